"""JUnit is red exactly if the run is."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml
from tests.unit.journals import V3_ECF, V3_NPQ, Run
from tests.unit.samples import REQUIREMENTS, conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.junit import junit_xml


def root(run: Run) -> ET.Element:
    return ET.fromstring(junit_xml(run.verdict()))


def case(run: Run, name: str) -> ET.Element:
    found = root(run).find(f".//testcase[@name='{name}']")
    assert found is not None
    return found


def kind(run: Run, name: str) -> str:
    results = [child.tag for child in case(run, name)]
    assert len(results) <= 1
    return results[0] if results else "passed"


def test_suite_per_scope_and_case_per_requirement() -> None:
    suites = root(conformant()).findall("testsuite")

    assert [suite.get("name") for suite in suites] == ["v3-ecf", "v3-npq"]
    assert [(each.get("name"), each.get("value")) for each in suites[0].iter("property")] == [
        ("suite-version", "0.1.0"),
        ("contract-edition", "2024-12"),
    ]
    assert [(each.get("classname"), each.get("name")) for each in suites[0].iter("testcase")][:1] == [
        ("declarations", "declarations/accepted")
    ]
    assert all(suite.get("tests") == "14" for suite in suites)


@pytest.mark.parametrize(
    ("outcome", "level", "expected"),
    [
        (Outcome.PASSED, "MUST", "passed"),
        (Outcome.FAILED, "MUST", "failure"),
        (Outcome.FAILED, "SHOULD", "skipped"),
        (Outcome.FAILED, "MAY", "skipped"),
        (Outcome.COULD_NOT_RUN, "MUST", "error"),
        (Outcome.COULD_NOT_RUN, "SHOULD", "skipped"),
        (Outcome.NOT_APPLICABLE, "MUST", "skipped"),
        (Outcome.SUITE_ERROR, "MUST", "error"),
        (Outcome.SUITE_ERROR, "SHOULD", "error"),
    ],
)
def test_outcome_and_level_map_to_a_result(outcome: Outcome, level: str, expected: str) -> None:
    run = Run().requires("a/kept").found(Outcome.PASSED, "a/kept")
    run.requires("a/b", level=level).found(outcome, "a/b", "because", "do this")

    assert kind(run, "a/b") == expected
    red = bool(run.verdict().exit_status)
    assert red == any(root(run).iter(each) and list(root(run).iter(each)) for each in ("failure", "error"))


def test_waived_failure_is_skipped_with_its_owner() -> None:
    assert kind(troubled(), "paging/links") == "skipped"
    message = case(troubled(), "paging/links")[0].get("message")
    assert message == "MAY waived by Team A until 2099-01-01: Agreed in May"


@pytest.mark.parametrize("ending", ["interrupted", "target-lost", None])
def test_unfinished_run_is_red_even_if_every_test_passed(ending: str | None) -> None:
    run = conformant()
    run.ending = ending

    assert [suite.find("testcase[@classname='run']/error") is not None for suite in root(run)] == [True, True]


def test_run_without_scopes_is_red() -> None:
    assert root(Run(scopes=())).get("errors") == "1"
    assert root(Run(scopes=(V3_ECF, V3_NPQ))).get("errors") == "2"


def test_totals_match_the_cases() -> None:
    everything = root(troubled())
    ecf = everything.find("testsuite[@name='v3-ecf']")

    assert ecf is not None
    assert {name: ecf.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "14",
        "failures": "4",
        "errors": "3",
        "skipped": "2",
    }
    for attribute in ("tests", "failures", "errors", "skipped"):
        assert int(everything.get(attribute, "")) == sum(int(s.get(attribute, "")) for s in everything)


def test_failure_shows_statement_source_and_curl() -> None:
    text = case(troubled(), "declarations/idempotent")[0].text or ""

    assert "Posting an exact copy of a declaration returns the same body again." in text
    assert "Source: published OpenAPI v3, December 2024" in text
    assert "curl --include --request POST" in text
    assert text.endswith("→ 200")


@pytest.mark.parametrize("requirement", ["declarations/void-once", "declarations/timestamps", "paging/links"])
def test_untested_skipped_and_waived_requirements_show_statement_and_source(requirement: str) -> None:
    text = case(troubled(), requirement)[0].text or ""

    assert {each: statement for each, _, statement in REQUIREMENTS}[requirement] in text
    assert "Source: published OpenAPI v3, December 2024" in text


def test_long_request_is_replaced_by_its_exchange_id() -> None:
    run = Run().requires("a/b")
    sent = run.exchanged("POST", "/", 500, sent="x" * 16_000)
    text = case(run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent]), "a/b")[0].text or ""

    assert "See exchange main-00001 in exchanges.ndjson.\n→ 500" in text
    assert len(text) < 1_000


def test_characters_invalid_in_xml_are_shown_as_code_points() -> None:
    text = junit_xml(hostile().verdict())

    assert "⟨U+0000⟩" in text
    assert "⟨U+001B⟩" in text
    assert kind(hostile(), "errors/unknown-id") == "failure"


def test_time_is_the_sum_of_response_times() -> None:
    assert case(troubled(), "declarations/idempotent").get("time") == "0.512"


@pytest.mark.parametrize("sample", [conformant, troubled, hostile])
def test_totals_match_those_of_another_parser(sample: Callable[[], Run]) -> None:
    text = junit_xml(sample().verdict())
    stated = JUnitXml.fromstring(text)
    counted = JUnitXml.fromstring(text)
    counted.update_statistics()

    assert stated.tests
    for count in ("tests", "failures", "errors", "skipped"):
        assert getattr(stated, count) == getattr(counted, count)
        assert [getattr(each, count) for each in stated] == [getattr(each, count) for each in counted]

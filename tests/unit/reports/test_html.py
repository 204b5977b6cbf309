"""The HTML report: verdict, evidence, requirements, coverage, and safety."""

import base64
import hashlib
import re
from collections import Counter

import pytest
from tests.unit.journals import Run
from tests.unit.samples import HOSTILE, broad, conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.html import server_html

from .page import Node, parsed


def page(run: Run) -> Node:
    return parsed(server_html(run.verdict()))


@pytest.fixture(scope="module")
def report() -> Node:
    return page(troubled())


def test_verdict_comes_first(report: Node) -> None:
    panel = report.one("div", class_="panel")

    assert "not-conformant" in panel.attributes["class"]
    assert panel.text == "Not conformant No. The server fails 4 mandatory requirements."
    assert report.one("title").text.startswith("Not conformant: Staging, new service")


def test_each_scope_shows_verdict_and_counts(report: Node) -> None:
    ecf, npq = report.all("section", class_="scope")

    assert ecf.text == ("v3 ECF Not conformant 14 requirements 5 passed 4 failed 1 difference 1 waived 3 not tested")
    assert npq.text == "v3 NPQ Incomplete 14 requirements 11 passed 1 waived 2 not tested"
    assert [float(rect.attributes["width"]) for rect in ecf.all("rect")] == [5, 4, 1, 1, 3]


@pytest.mark.parametrize(
    ("run", "title", "sentence"),
    [
        (conformant(), "Conformant", "Yes."),
        (Run(scopes=()), "Incomplete", "The run selected no mandatory requirement"),
        (Run().requires("a/b").found(Outcome.SUITE_ERROR, "a/b", "x"), "Incomplete", "The suite itself failed"),
        (
            Run().requires("a/b").found(Outcome.COULD_NOT_RUN, "a/b", "x"),
            "Incomplete",
            "1 mandatory requirement could not be tested",
        ),
    ],
)
def test_panel_explains_the_verdict(run: Run, title: str, sentence: str) -> None:
    panel = page(run).one("div", class_="panel")

    assert panel.one(class_="panel-title").text == title
    assert sentence in panel.text


def test_killed_run_is_reported_below_the_verdict() -> None:
    run = conformant()
    run.ending = None

    assert "The run was killed" in page(run).one(class_="warning").text


def test_failure_shows_statement_source_exchange_and_curl(report: Node) -> None:
    failure = report.one("article", id="requirement-declarations/idempotent")

    assert failure.one("h3").text == "Posting an exact copy of a declaration returns the same body again."
    assert "Source: published OpenAPI v3, December 2024" in failure.one(class_="source").text
    assert failure.one(class_="reason").text.startswith("The server returned: The second response differs")
    decisive = failure.one("details", id="exchange-main-00003")
    assert "open" in decisive.attributes
    assert decisive.one("summary").text == "POST /api/v3/participant-declarations → 200"
    assert decisive.one(class_="command").source.startswith("curl --include --request POST")
    assert "suites/rules/test_declarations.py:41" in failure.one(class_="where").text


def test_violating_field_is_marked_in_the_body(report: Node) -> None:
    failure = report.one("article", id="requirement-participants/schema")
    wrong = failure.one(class_="wrong")

    assert wrong.one("mark").text == '"cohort": 2023,'
    assert "2023 is not of type 'string'." in wrong.text
    assert failure.all(class_="fold")[0].text.endswith("lines not shown")


def test_violation_of_another_requirement_names_it(report: Node) -> None:
    wrong = report.one("details", id="exchange-main-00003").all(class_="wrong")

    assert ["(declarations/timestamps)" in each.text for each in wrong] == [False, True]


def test_earlier_exchanges_are_shown_in_order(report: Node) -> None:
    journey = report.one("article", id="requirement-declarations/idempotent").one("details", class_="journey")

    assert [step.attributes["id"] for step in journey.all("details", class_="step")] == [
        "exchange-main-00001",
        "exchange-main-00002",
    ]


def test_exchange_already_shown_is_linked(report: Node) -> None:
    links = report.one("article", id="requirement-declarations/timestamps").all("a", href="#exchange-main-00004")

    assert len(links) == 1


def test_missing_response_is_shown_with_its_reason(report: Node) -> None:
    failure = report.one("article", id="requirement-errors/unknown-id")

    assert failure.one(class_="status").text == "no response"
    assert failure.one(class_="reason").text.startswith("No response:")
    assert "The server closed the connection without a response." in failure.text


def test_untested_requirements_are_listed_with_their_remedy(report: Node) -> None:
    section = report.one("section", id="could-not-run")
    tokens = section.all("article")[1]

    assert tokens.one("h3").text == "The target has one token, and this needs two lead providers."
    assert tokens.one(class_="inset").text == "To do: Add a second token under tokens: in the target file."
    assert "v3 ECF" in tokens.one("li").text


def test_waivers_are_listed_and_stale_ones_are_on_the_first_screen(report: Node) -> None:
    section = report.one("section", id="waivers")

    assert "Waived by Team A until 2099-01-01: Agreed in May" in section.text
    assert "The waiver of errors/malformed-body, owned by Team A, expired on 2020-01-01." in section.text
    assert report.one(class_="warning").text.startswith("To remove: 1 waiver.")


def test_requirement_row_has_its_outcome_in_each_scope(report: Node) -> None:
    tables = report.all("table", class_="requirements")
    rows = {row.one("summary").text: row for each in tables for row in each.all("tr") if "data-level" in row.attributes}

    assert len(rows) == 14
    row = rows["security/tenancy"]
    assert [tag.text for tag in row.all(class_="tag")] == ["Not tested", "Passed"]
    assert row.attributes["data-outcomes"].split() == ["could-not-run", "passed"]
    assert [cell.text for cell in row.all("td", class_="outcome")] == ["v3 ECF Not tested", "v3 NPQ Passed"]
    assert "1 exchange" in rows["paging/complete"].one(class_="basis").text


def test_area_counts_the_worst_outcome_of_each_requirement(report: Node) -> None:
    areas = {each.attributes["data-area"]: each for each in report.all("details", class_="area")}

    assert areas["declarations"].all("summary")[0].text == (
        "Declarations 5 requirements: 1 passed, 1 failed, 1 difference, 2 not tested"
    )


def test_content_of_closed_details_is_on_demand_once(report: Node) -> None:
    for each in report.all("noscript"):
        assert not each.all("noscript")
    for name in ("area", "more", "journey"):
        assert [each.children for each in report.all("details", class_=name) if not each.all("noscript")] == []


def test_every_cause_is_in_the_index(report: Node) -> None:
    section = report.one("section", id="failures")
    targets = [each.attributes["href"][1:] for each in section.one("ol", class_="index").all("a")]

    assert len(targets) == 4
    assert set(targets) <= {node.attributes.get("id") for node in section.all()}


def test_not_applicable_requirement_has_its_reason() -> None:
    run = Run().requires("schools/cohort-filter").requires("paging/page").found(Outcome.PASSED, "paging/page")
    run.found(Outcome.NOT_APPLICABLE, "schools/cohort-filter", reason="It has no schools.")

    whole = page(run)

    assert "It has no schools." in whole.one("tr", id="requirement-schools/cohort-filter").text
    assert "Not applicable" not in whole.one("tr", id="requirement-paging/page").text


def test_backticks_in_a_statement_become_code(report: Node) -> None:
    row = report.one("tr", id="requirement-paging/per-page")

    assert "page[per_page]" in [code.text for code in row.all("code")]


def test_internal_links_have_targets_and_ids_are_unique() -> None:
    for run in (conformant(), troubled(), broad(), hostile()):
        whole = page(run)
        ids = Counter(node.attributes["id"] for node in whole.all() if "id" in node.attributes)
        assert [each for each, count in ids.items() if count > 1] == []
        inner = [each.attributes["href"][1:] for each in whole.all("a") if each.attributes["href"].startswith("#")]
        assert [each for each in inner if each not in ids] == []


def test_requirement_anchor_does_not_depend_on_its_outcome() -> None:
    for run in (conformant(), troubled()):
        ids = {node.attributes.get("id") for node in page(run).all()}
        assert {f"requirement-{each.requirement.id}" for each in run.verdict().scopes[0].requirements} <= ids


def test_coverage_and_latency_are_shown_by_operation(report: Node) -> None:
    grid = report.one("section", id="coverage").one("tbody")
    cells = {row.one("th").text: [cell.text for cell in row.all("td")] for row in grid.all("tr")}
    latency = report.one("section", id="latency").one("tbody").all("tr")

    assert cells["show_ecf_participant"] == ["1", "1"]
    assert cells["withdraw_ecf_participant"] == ["1", "none"]
    assert latency[0].text.startswith("create_participant_declaration v3 2 88 ms 412 ms 412 ms")


def test_run_facts_are_shown(report: Node) -> None:
    facts = {row.one("dt").text: row.one("dd").text for row in report.one("dl", class_="summary-list").all("div")}

    assert facts["Address"] == "https://lead-provider.example"
    assert facts["Started"] == "22 November 2026, 10:00 UTC"
    assert facts["Duration"] == "42.5 s"
    assert facts["Contract"] == "Edition 2024-12 v3 " + "ab" * 32
    assert facts["Profile and seed"] == "standard, 20241201"
    assert facts["Exit status"] == "1: not conformant"


def test_content_security_policy_allows_only_own_script_and_style(report: Node) -> None:
    policy = report.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]

    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(report.one(tag).source.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


def test_page_loads_nothing_and_has_no_inline_handlers() -> None:
    for run in (conformant(), troubled(), hostile()):
        for node in page(run).all():
            assert not any(name.startswith("on") or name == "style" for name in node.attributes)
            allowed = ("#", "https://github.com/") if node.tag == "a" else ("#", "data:,")
            assert node.attributes.get("href", "#").startswith(allowed)
            assert "src" not in node.attributes


def test_server_text_is_escaped_and_visible() -> None:
    html = server_html(hostile().verdict())
    whole = parsed(html)

    assert len(whole.all("script")) == 1
    assert not set(HOSTILE) & set(html) & set("\x00\x07\x1b\u202e")
    assert (
        "<script>alert(1)</script>⟨U+0000⟩⟨U+001B⟩[31mred"
        in whole.one("article", id="requirement-errors/unknown-id").text
    )
    assert re.search(r"The response has [\d,]+ bytes; only the beginning was recorded\.", whole.text)


def test_page_is_complete_without_script(report: Node) -> None:
    hidden = [node.attributes.get("id") for node in report.all() if "hidden" in node.attributes]

    assert hidden == ["filters", "filter-address", "filter-none"]


def test_failures_with_one_cause_are_grouped() -> None:
    run = Run()
    for requirement_id in ("a/b", "c/d", "e/f"):
        crashes = requirement_id != "e/f"
        shown = run.requires(requirement_id).exchanged("GET", "/x", 500 if crashes else 200, operation="list_x")
        run.found(Outcome.FAILED, requirement_id, "no", exchanges=[shown])
    section = page(run).one("section", id="failures")
    cause = section.one("section", class_="cause")

    assert cause.all("h3")[0].text == "list_x failed with 500"
    assert cause.text.startswith("list_x failed with 500 2 requirements, probably for this reason.")
    assert [each.attributes["id"] for each in cause.all("article")] == ["requirement-a/b", "requirement-c/d"]
    assert len(section.all("article")) == 3


def test_requirements_that_were_not_tested_in_every_situation_can_be_filtered() -> None:
    run = Run().requires("a/b").requires("c/d").found(Outcome.PASSED, "c/d").found(Outcome.PASSED, "a/b")
    run.found(Outcome.COULD_NOT_RUN, "a/b", "The server takes one request at a time.", left_out=True)
    text = server_html(run.verdict())

    assert '<option value="in-part">Passed, not in every situation</option>' in text
    assert text.count('data-outcomes="passed in-part"') == 1
    assert 'href="#requirements?outcome=in-part"' in text

"""The text of --plan: tests, states needed and found, requests, and remedies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.config.target import Provisioning, Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.fuzzing.stateful import journeys
from lead_provider_conformance.model import Safety, Scope
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, uses_states
from lead_provider_conformance.pytest_plugin.plan import MOST_BEYOND_BUDGET, MOST_REQUESTS, PlannedTest, plan_text
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS
from lead_provider_conformance.testdata import CATALOGUE

SCOPE = Scope("v3", "ecf")
NOWHERE = Path("/no/such/folder")
REGISTRY = Registry.load()
TOKENS = ("token-of-the-first", "token-of-the-second")


def planned(*states: str, test: str = "suites/scenarios/test_voiding.py::test_it", requirement: str = "void/persists"):
    return PlannedTest(test, SCOPE, (REGISTRY[requirement],), frozenset(states))


def plan(
    *tests: PlannedTest,
    found: Mapping[str, int] | None = None,
    safety: Safety = Safety.SANDBOX,
    tokens: tuple[str, ...] = TOKENS,
    last_run: Path = NOWHERE,
    scopes: Sequence[Scope] = (SCOPE,),
    provisioning: Provisioning | None = None,
    responds: bool = True,
    edition: str = "2024-12",
) -> str:
    target = Target(name="t", base_url="http://127.0.0.1:9", tokens=tokens, safety=safety, provisioning=provisioning)
    run: Any = SimpleNamespace(
        target=target, requests=600, scopes=scopes, edition=edition, calendar=Calendar.load(edition)
    )
    states: Any = SimpleNamespace(count=lambda name: (found or {}).get(name, 0))
    return plan_text(run, tests, {"ecf": states, "npq": states} if responds else None, last_run=last_run)


def rows(text: str) -> dict[str, str]:
    """Return the rows of states in a plan: the numbers needed and found, and the remark."""
    found = (line.split(maxsplit=1) for line in text.splitlines())
    return {words[0]: " ".join(words[1].split()) for words in found if len(words) == 2 and words[0] in CATALOGUE}


def test_plan_has_the_states_needed_and_found() -> None:
    text = plan(planned("ect.paid"), planned("ect.paid"), found={"ect.paid": 7})

    assert "v3 ECF: 1 requirements by 2 tests" in text
    assert rows(text) == {"ect.paid": "2 7"}
    assert "could not run" not in text


def test_need_of_all_versions_is_added() -> None:
    v1 = Scope("v1", "ecf")
    tests = (planned("ect.paid", "ect.started"), replace(planned("ect.paid", "ect.started"), scope=v1))

    text = plan(*tests, scopes=(v1, SCOPE), found={"ect.paid": 1, "ect.started": 3})

    assert "Records for v1, v3 ECF together" in text
    assert rows(text) == {"ect.paid": "2 1 some tests may find none left", "ect.started": "1 3"}


def test_missing_records_are_added_to_the_state_that_they_are_derived_from() -> None:
    npq = Scope("v3", "npq")
    tests = [replace(planned("npq.started", "npq.no-declarations", "application.accepted"), scope=npq)] * 3

    text = plan(
        *tests, scopes=(npq,), found={"application.accepted": 1, "application.capped": 1, "application.uncapped": 9}
    )

    assert rows(text) == {
        "application.accepted": "3 1 the rest is derived from application.capped",
        "application.capped": "2 1 some tests may find none left",
        "application.uncapped": "4 9",
        "npq.no-declarations": "4 0 the rest is derived from application.uncapped",
        "npq.started": "1 0 the rest is derived from npq.no-declarations",
    }


def test_state_whose_source_has_no_records_either_blocks_its_requirements() -> None:
    text = plan(planned("ect.started"))

    assert rows(text) == {"ect.no-declarations": "1 0 none", "ect.started": "1 0 none"}
    assert "1 MUST could not run without records in ect.no-declarations, ect.started" in text


def test_state_that_the_provisioning_creates_is_not_missing() -> None:
    text = plan(planned("ect.not-registered"), provisioning=Provisioning("http://127.0.0.1:8", ("ect.not-registered",)))

    assert rows(text) == {"ect.not-registered": "1 0 the target's provisioning creates the rest"}
    assert "could not run" not in text


def test_most_requests_are_for_both_programmes_if_both_are_tested() -> None:
    assert f"  at most {MOST_REQUESTS:,} requests; a run shows how many" in plan(planned("ect.paid"))
    assert f"  at most {MOST_REQUESTS:,} requests for both programmes; a run shows how many" in plan(
        planned("ect.paid"), scopes=(SCOPE, Scope("v3", "npq"))
    )


def test_plan_without_response_has_only_the_need() -> None:
    text = plan(planned("ect.paid"), responds=False)

    assert rows(text) == {"ect.paid": "1 ?"}
    assert "could not run" not in text


@pytest.mark.parametrize(
    ("operation", "states"),
    [
        ("void_participant_declaration", {"ect.no-declarations"}),
        ("withdraw_ecf_participant", {"ect.started"}),
        ("create_ecf_partnership", set()),
        ("list_ecf_participants", set()),
    ],
)
def test_generated_test_needs_the_record_that_it_changes(operation: str, states: set[str]) -> None:
    made = PlannedTest.of(a_test(ANY_STATE, operation=Contract.load("v3").operation(operation)), SCOPE, [])

    assert made.states == states


def test_journey_needs_the_record_that_it_starts_with() -> None:
    states = {PlannedTest.of(a_test(ANY_STATE, number=n), SCOPE, [], seed=1).states for n in range(3)}

    assert states == {frozenset({journey.state}) for journey in journeys("ecf", 3, 1)}


def test_must_without_records_is_listed_with_the_remedy() -> None:
    text = plan(planned("ect.paid"))

    assert "1 MUST could not run without records in ect.paid: void/persists" in text
    assert "list their ids under `states` in the target file" in text


def test_state_that_can_be_derived_is_not_missing() -> None:
    text = plan(planned("ect.started"), found={"ect.no-declarations": 1})

    assert "the rest is derived from ect.no-declarations" in text
    assert "could not run" not in text


@pytest.mark.parametrize(
    ("options", "remedy"),
    [({"safety": Safety.READ_ONLY}, "See --safety."), ({"tokens": TOKENS[:1]}, "See --other-token.")],
)
def test_limits_of_the_target_are_listed(options: dict[str, Any], remedy: str) -> None:
    assert remedy in plan(planned(), **options)
    assert remedy not in plan(planned())


def test_first_plan_has_the_most_requests() -> None:
    assert f"at most {MOST_REQUESTS:,} requests" in plan(planned())
    generated = planned(test="suites/generated/test_generated.py::test_it")
    assert f"at most {MOST_REQUESTS + 600 + MOST_BEYOND_BUDGET:,} requests" in plan(planned(), generated)
    assert f"at most {MOST_REQUESTS + 180 + MOST_BEYOND_BUDGET:,} requests" in plan(generated, edition="2026-08")


def write_journals(folder: Path, *tests: str, safety: Safety = Safety.SANDBOX) -> None:
    """Write the journals of a killed run that sent one request for each of these tests."""
    started = {"kind": "run", "target": {"name": "t", "safety": safety}}
    (folder / RESULTS).write_text(f"{json.dumps(started)}\n", encoding="utf-8")
    sent = "".join(f"{json.dumps({'test': each})}\n" for each in tests)
    (folder / EXCHANGES).write_text(sent + '{"cut o', encoding="utf-8")


def test_later_plan_has_the_requests_of_the_last_run(tmp_path: Path) -> None:
    write_journals(tmp_path, planned().id, planned().id, "another")

    assert f"about 2 requests, as in the run that is in {tmp_path}" in plan(planned(), last_run=tmp_path)


def test_run_in_another_safety_mode_says_nothing_about_the_requests(tmp_path: Path) -> None:
    write_journals(tmp_path, planned().id, safety=Safety.READ_ONLY)

    assert f"at most {MOST_REQUESTS:,} requests" in plan(planned(), last_run=tmp_path)


def test_requirement_of_another_version_is_not_counted() -> None:
    made = PlannedTest.of(a_test("ect.paid"), SCOPE, [REGISTRY["void/persists"], REGISTRY["void/voided-member"]])

    assert [each.id for each in made.requirements] == ["void/persists"]


def test_state_of_the_other_programme_is_not_counted() -> None:
    assert PlannedTest.of(a_test("ect.paid", "npq.started"), SCOPE, []).states == {"ect.paid"}


def a_test(*states: str, **params: Any) -> Any:
    node = pytest.Function.__new__(pytest.Function)
    node.callspec = SimpleNamespace(params=params)
    node._nodeid, node._fixtureinfo = "x", SimpleNamespace(name2fixturedefs={})
    node.obj = uses_states(*states)(lambda: None)
    return node


def test_shared_operation_counts_for_both_programmes_and_its_requests_once(tmp_path: Path) -> None:
    other = Scope("v3", "npq")
    shared = PlannedTest("shared", SCOPE, (REGISTRY["paging/page"],), frozenset(), (other,))
    write_journals(tmp_path, *["shared"] * 5)

    text = plan(shared, scopes=(SCOPE, other), last_run=tmp_path)

    assert "v3 ECF: 1 requirements by 1 tests" in text
    assert "v3 NPQ: 1 requirements by 1 tests" in text
    assert text.count("about 5 requests") == 1

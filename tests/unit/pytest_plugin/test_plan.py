"""The text of --plan: tests, states needed and found, requests, and remedies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Safety, Scope
from lead_provider_conformance.pytest_plugin.markers import uses_states
from lead_provider_conformance.pytest_plugin.plan import MOST_REQUESTS, PlannedTest, plan_text
from lead_provider_conformance.results.journal import EXCHANGES

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
) -> str:
    target = Target(name="t", base_url="http://127.0.0.1:9", tokens=tokens, safety=safety)
    run: Any = SimpleNamespace(target=target, requests=600)
    states: Any = SimpleNamespace(count=lambda name: (found or {}).get(name, 0))
    return plan_text(run, tests, {SCOPE: states}, last_run=last_run)


def test_plan_has_the_states_needed_and_found() -> None:
    text = plan(planned("ect.paid"), planned("ect.paid"), found={"ect.paid": 7})

    assert "v3 ECF: 1 requirements by 2 tests" in text
    assert ["ect.paid", "2", "7"] in [line.split() for line in text.splitlines()]
    assert "could not run" not in text


def test_must_without_records_is_listed_with_the_remedy() -> None:
    text = plan(planned("ect.paid"))

    assert "1 MUSTs could not run without records in ect.paid: void/persists" in text
    assert "list their ids under `states` in the target file" in text


def test_state_that_can_be_derived_is_not_missing() -> None:
    text = plan(planned("ect.started"), found={"ect.no-declarations": 1})

    assert "the rest is derived from others" in text
    assert "could not run" not in text


@pytest.mark.parametrize(
    ("options", "remedy"),
    [({"safety": Safety.READ_ONLY}, "See --safety."), ({"tokens": TOKENS[:1]}, "See --other-token.")],
)
def test_limits_of_the_target_are_listed(options: dict[str, Any], remedy: str) -> None:
    assert remedy in plan(planned(), **options)
    assert remedy not in plan(planned())


def test_first_plan_has_the_most_requests() -> None:
    assert f"at most {MOST_REQUESTS} requests" in plan(planned())
    generated = planned(test="suites/generated/test_generated.py::test_it")
    assert f"at most {MOST_REQUESTS + 600} requests" in plan(planned(), generated)


def test_later_plan_has_the_requests_of_the_last_run(tmp_path: Path) -> None:
    sent = [{"test": planned().id}, {"test": planned().id}, {"test": "another"}]
    (tmp_path / EXCHANGES).write_text("".join(f"{json.dumps(each)}\n" for each in sent) + '{"cut o', encoding="utf-8")

    assert f"about 2 requests, as in the run that is in {tmp_path}" in plan(planned(), last_run=tmp_path)


def test_requirement_of_another_version_is_not_counted() -> None:
    made = PlannedTest.of(a_test("ect.paid"), SCOPE, [REGISTRY["void/persists"], REGISTRY["void/voided-member"]])

    assert [each.id for each in made.requirements] == ["void/persists"]


def test_state_of_the_other_programme_is_not_counted() -> None:
    assert PlannedTest.of(a_test("ect.paid", "npq.started"), SCOPE, []).states == {"ect.paid"}


def a_test(*states: str) -> Any:
    node = pytest.Function.__new__(pytest.Function)
    node._nodeid, node._fixtureinfo = "x", SimpleNamespace(name2fixturedefs={})
    node.obj = uses_states(*states)(lambda: None)
    return node


def test_shared_operation_counts_for_both_programmes_and_its_requests_once(tmp_path: Path) -> None:
    other = Scope("v3", "npq")
    shared = PlannedTest("shared", SCOPE, (REGISTRY["paging/page"],), frozenset(), (other,))
    sent = "".join(json.dumps({"test": "shared"}) + "\n" for _ in range(5))
    (tmp_path / EXCHANGES).write_text(sent, encoding="utf-8")
    run: Any = SimpleNamespace(target=Target(name="t", base_url="http://127.0.0.1:9", tokens=TOKENS), requests=600)
    states: Any = SimpleNamespace(count=lambda name: 0)

    text = plan_text(run, [shared], {SCOPE: states, other: states}, last_run=tmp_path)

    assert "v3 ECF: 1 requirements by 1 tests" in text
    assert "v3 NPQ: 1 requirements by 1 tests" in text
    assert text.count("about 5 requests") == 1

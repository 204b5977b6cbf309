"""Findings, levels, waivers and the ending of a run decide the verdict and the exit status."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Conformance, Ending, ExitStatus, Level, Outcome, Scope
from lead_provider_conformance.results.journal import Finding, Journals
from lead_provider_conformance.results.verdict import Verdict

SCOPE = Scope("v3", "ecf")
OTHER_SCOPE = Scope("v1", "ecf")
P, F, C, E, N = Outcome.PASSED, Outcome.FAILED, Outcome.COULD_NOT_RUN, Outcome.SUITE_ERROR, Outcome.NOT_APPLICABLE
MUST, SHOULD, MAY = Level.MUST, Level.SHOULD, Level.MAY


def verdict(
    *found: tuple[str, Outcome],
    levels: dict[str, Level] | None = None,
    scopes: tuple[Scope, ...] = (SCOPE,),
    waivers: tuple[dict[str, Any], ...] = (),
    ending: Ending = Ending.FINISHED,
    tests: int = 1,
) -> Verdict:
    """Return the verdict on findings in the first scope; `levels` has every requirement in the plan."""
    plan = {
        "scopes": [{"version": scope.version, "programme": scope.programme} for scope in scopes],
        "requirements": [
            {
                "id": name,
                "level": str(level),
                "versions": ["v1", "v3"],
                "programmes": ["ecf"],
                "statement": "A server does this.",
                "sources": ["somewhere"],
            }
            for name, level in (levels or {name: MUST for name, _ in found}).items()
        ],
        "waivers": list(waivers),
    }
    findings = tuple(Finding(name, scopes[0], outcome, "test", reason=str(outcome)) for name, outcome in found)
    run = {"format": 1, "started_at": "2024-12-03T10:00:00.000Z"}
    return Verdict.of(Journals(Path(), run, plan, findings, {}, (), ending, tests))


def waiver(**changes: Any) -> dict[str, Any]:
    return {"requirement": "a/b", "owner": "Jo", "reason": "known", "expires": "2024-12-03", "versions": []} | changes


@pytest.mark.parametrize(
    ("outcome", "level", "conformance", "status"),
    [
        (P, MUST, "conformant", 0), (F, MUST, "not conformant", 1), (C, MUST, "incomplete", 6),
        (E, MUST, "incomplete", 3),
        (N, MUST, "conformant", 0),
        (P, SHOULD, "conformant", 0), (F, SHOULD, "conformant", 0), (C, SHOULD, "conformant", 0),
        (E, SHOULD, "conformant", 3),
        (P, MAY, "conformant", 0), (F, MAY, "conformant", 0), (C, MAY, "conformant", 0), (E, MAY, "conformant", 3),
    ],
)  # fmt: skip
def test_outcome_and_level_decide_the_verdict(outcome: Outcome, level: Level, conformance: str, status: int) -> None:
    found = verdict(("a/b", outcome), ("passing/too", P), levels={"a/b": level, "passing/too": MUST})

    assert (str(found.scopes[0].conformance), int(found.exit_status)) == (conformance, status)


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [((P, F), F), ((F, P), F), ((P, C), C), ((C, F), F), ((F, E), E), ((N, P), P), ((N, N), N), ((C, N), C)],
)
def test_worst_finding_decides_a_requirement(outcomes: tuple[Outcome, ...], worst: Outcome) -> None:
    found = verdict(*(("a/b", outcome) for outcome in outcomes)).scopes[0].requirements[0]

    assert found.outcome is worst
    assert found.findings[0].outcome is worst
    assert len(found.findings) == len(outcomes)


@pytest.mark.parametrize(
    ("others", "outcome"), [((P,), P), ((F,), F), ((C,), C), ((N,), C), ((), C), ((P, N), P), ((P, C), C)]
)
def test_part_that_was_left_out_decides_only_without_other_parts(others: tuple[Outcome, ...], outcome: Outcome) -> None:
    run = Run().requires("a/b").found(C, "a/b", "It writes.", "Let it write.", left_out=True)
    for each in others:
        run.found(each, "a/b", "Another part.", "Do something.")

    found = run.verdict().scopes[0].requirements[0]

    assert found.outcome is outcome
    assert found.left_out == (("It writes.",) if outcome is P else ())


@pytest.mark.parametrize(
    ("ending", "outcome", "conformance", "status"),
    [
        (Ending.FINISHED, P, "conformant", 0), (Ending.FINISHED, F, "not conformant", 1),
        (Ending.INTERRUPTED, P, "incomplete", 2), (Ending.INTERRUPTED, F, "not conformant", 2),
        (Ending.TARGET_LOST, P, "incomplete", 6), (Ending.TARGET_LOST, F, "not conformant", 1),
        (Ending.OUT_OF_TIME, P, "incomplete", 6), (Ending.OUT_OF_TIME, F, "not conformant", 1),
        (Ending.KILLED, P, "incomplete", 6), (Ending.KILLED, F, "not conformant", 1),
        (Ending.KILLED, E, "incomplete", 3),
    ],
)  # fmt: skip
def test_ending_of_run_decides_the_verdict(ending: Ending, outcome: Outcome, conformance: str, status: int) -> None:
    found = verdict(("a/b", outcome), ending=ending)

    assert (str(found.scopes[0].conformance), int(found.exit_status)) == (conformance, status)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (Ending.FINISHED, "No test of it was selected."),
        (Ending.INTERRUPTED, "The run was interrupted before a test of it."),
        (Ending.TARGET_LOST, "The server stopped responding before a test of it."),
        (Ending.OUT_OF_TIME, "The time limit of the run was reached before a test of it."),
        (Ending.KILLED, "The run was killed before a test of it."),
    ],
)
def test_untested_must_makes_the_verdict_incomplete(ending: Ending, reason: str) -> None:
    found = verdict(("a/b", P), levels={"a/b": MUST, "un/tested": MUST}, ending=ending)

    untested = found.scopes[0].requirements[1]
    assert (untested.outcome, untested.reason) == (C, reason)
    assert untested.remedy
    assert untested.findings == (Finding("un/tested", SCOPE, C, "", reason, untested.remedy),)
    assert found.scopes[0].conformance is Conformance.INCOMPLETE


def test_findings_count_only_in_their_scope() -> None:
    found = verdict(("a/b", P), scopes=(SCOPE, OTHER_SCOPE))

    assert [scope.conformance for scope in found.scopes] == [Conformance.CONFORMANT, Conformance.INCOMPLETE]
    assert found.exit_status is ExitStatus.INCOMPLETE


def test_failed_scope_fails_the_run() -> None:
    assert verdict(("a/b", F), scopes=(SCOPE, OTHER_SCOPE)).exit_status is ExitStatus.NOT_CONFORMANT


def test_run_without_tests_has_its_own_status() -> None:
    assert verdict(levels={"a/b": MUST}, tests=0).exit_status is ExitStatus.NOTHING_RAN


def test_scope_without_must_is_incomplete() -> None:
    assert verdict(("a/b", P), levels={"a/b": SHOULD}).scopes[0].conformance is Conformance.INCOMPLETE


def test_scope_in_which_no_must_was_tested_is_incomplete() -> None:
    found = verdict(("a/b", N), ("a/c", P), levels={"a/b": MUST, "a/c": SHOULD})

    assert found.scopes[0].conformance is Conformance.INCOMPLETE
    assert found.exit_status is ExitStatus.INCOMPLETE


@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({}, True),
        ({"expires": "2024-12-02"}, False),
        ({"versions": ["v3"]}, True),
        ({"versions": ["v1"]}, False),
        ({"requirement": "a/c"}, False),
    ],
)
def test_waiver_accepts_only_matching_failure(changes: dict[str, Any], covers: bool) -> None:
    found = verdict(("a/b", F), waivers=(waiver(**changes),))

    assert found.scopes[0].requirements[0].outcome is (Outcome.WAIVED if covers else F)
    assert found.scopes[0].requirements[0].waiver == (Waiver.from_mapping(waiver(**changes)) if covers else None)
    assert found.scopes[0].conformance is (Conformance.CONFORMANT if covers else Conformance.NOT_CONFORMANT)


def test_requirements_are_counted_by_outcome() -> None:
    scope = verdict(("a/b", P), ("a/c", P), ("a/d", F)).scopes[0]

    assert (scope.count(P), scope.count(F), scope.count(C)) == (2, 1, 0)
    assert [each.requirement.id for each in scope.with_outcome(F, C)] == ["a/d"]

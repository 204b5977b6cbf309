"""Gaps: untested requirements that the owner of a target accepts for a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from lead_provider_conformance.config.gaps import Gap, gaps_yaml
from lead_provider_conformance.model import Ending, Outcome, Scope
from lead_provider_conformance.results.gaps import GapProblem, accepting_gap, stale_gaps
from lead_provider_conformance.results.journal import Finding, Journals
from lead_provider_conformance.results.verdict import Verdict

TODAY = date(2026, 11, 1)
GAP = Gap("registration/appears", "Team A", "no way to register there", date(2026, 12, 31))
V3 = Scope("v3", "ecf")


def test_gap_in_force_accepts_its_requirement_in_its_versions() -> None:
    of_v1 = replace(GAP, versions=("v1",))

    assert accepting_gap(GAP.requirement, V3, [of_v1, GAP], TODAY) is GAP
    assert accepting_gap(GAP.requirement, V3, [of_v1], TODAY) is None
    assert accepting_gap("void/state", V3, [GAP], TODAY) is None
    assert accepting_gap(GAP.requirement, V3, [GAP], date(2027, 1, 1)) is None


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        (Outcome.GAP, None),
        (Outcome.COULD_NOT_RUN, None),
        (Outcome.PASSED, GapProblem.TESTED),
        (Outcome.FAILED, GapProblem.TESTED),
        (Outcome.NOT_APPLICABLE, GapProblem.TESTED),
    ],
)
def test_gap_of_tested_requirement_is_stale(outcome: Outcome, problem: GapProblem | None) -> None:
    stale = list(stale_gaps([GAP], [(GAP.requirement, V3, outcome)], on=TODAY, file="target file"))

    assert [each.problem for each in stale] == ([problem] if problem else [])


def test_expired_gap_is_stale_though_its_requirement_is_untested() -> None:
    (stale,) = stale_gaps([GAP], [(GAP.requirement, V3, Outcome.COULD_NOT_RUN)], on=date(2027, 1, 1), file="profile")

    assert stale.problem is GapProblem.EXPIRED
    assert stale.sentence == (
        "The gap of `registration/appears`, owned by Team A, expired on 2026-12-31. "
        "Let the requirement be tested, or agree a new date with Team A."
    )


def test_gap_whose_requirement_was_not_selected_stays() -> None:
    assert not list(stale_gaps([GAP], [("void/state", V3, Outcome.PASSED)], on=TODAY, file="target file"))


def test_mapping_of_a_gap_reads_back() -> None:
    gap = replace(GAP, versions=("v3",), link="https://example.org/agreement")

    assert Gap.from_mapping(gap.to_mapping()) == gap


def test_yaml_of_gaps_is_a_stanza_of_a_target_file() -> None:
    text = gaps_yaml([("a/b", "v3"), ("a/b", "v1"), ("a/c", "v3")], owner="me", reason="why", until=TODAY)

    first, second = yaml.safe_load(text)["gaps"]
    assert first == {"requirement": "a/b", "versions": ["v1", "v3"], "owner": "me", "reason": "why", "expires": TODAY}
    assert second["requirement"] == "a/c"


def verdict(outcome: Outcome, *gaps: Gap) -> Verdict:
    """Return the verdict of a run in which one MUST passed and another one has an outcome."""
    texts = {"level": "MUST", "statement": "A server does this.", "sources": ["somewhere"]}
    requirement = {**texts, "versions": ["v3"], "programmes": ["ecf"]}
    plan = {
        "scopes": [{"version": "v3", "programme": "ecf"}],
        "requirements": [{"id": name, **requirement} for name in ("void/state", GAP.requirement)],
        "waivers": [],
        "gaps": [each.to_mapping() for each in gaps],
    }
    findings = (
        Finding("void/state", V3, Outcome.PASSED, "test"),
        Finding(GAP.requirement, V3, outcome, "test", "no record", "add one"),
    )
    run = {"format": 1, "started_at": "2026-11-01T10:00:00.000Z"}
    return Verdict.of(Journals(Path(), run, plan, findings, {}, (), Ending.FINISHED, 2))


@pytest.mark.parametrize(
    ("outcome", "gaps", "word", "status"),
    [
        (Outcome.COULD_NOT_RUN, (), "incomplete", 6),
        (Outcome.COULD_NOT_RUN, (GAP,), "conformant", 0),
        (Outcome.COULD_NOT_RUN, (replace(GAP, versions=("v1",)),), "incomplete", 6),
        (Outcome.COULD_NOT_RUN, (replace(GAP, expires=date(2026, 10, 31)),), "incomplete", 1),
        (Outcome.PASSED, (GAP,), "conformant", 1),
        (Outcome.FAILED, (GAP,), "not conformant", 1),
    ],
)
def test_gap_accepts_an_untested_must_and_nothing_else(
    outcome: Outcome, gaps: tuple[Gap, ...], word: str, status: int
) -> None:
    judged = verdict(outcome, *gaps)

    assert (judged.word, judged.exit_status) == (word, status)


def test_gap_that_is_no_longer_needed_is_to_be_removed_from_the_target_file() -> None:
    (stale,) = verdict(Outcome.PASSED, GAP).stale_gaps

    assert stale.sentence.endswith("is no longer needed: the requirement was tested. Remove it from the target file.")


def test_accepted_gap_has_an_outcome_of_its_own() -> None:
    (scope,) = verdict(Outcome.COULD_NOT_RUN, GAP).scopes

    (gap,) = scope.with_outcome(Outcome.GAP)
    assert gap.gap == GAP
    assert gap.reason == "no record"

"""DfE's checklists for clients, each line with its result in a session and the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from lead_provider_conformance.model import Level, Outcome
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.verdict import RequirementVerdict, Verdict
from lead_provider_conformance.schemas import yaml_file

MAX_EXCHANGES = 3
"""The exchanges that a line links to for each requirement."""


class State(StrEnum):
    """The result of a line."""

    FAILED = "failed"
    DIFFERS = "differs"
    PARTLY = "partly"
    NOT_SHOWN = "not-shown"
    SHOWN = "shown"
    ATTESTED = "attested"
    LEFT_OUT = "left-out"
    OUTSIDE = "outside"


STATES = {
    State.FAILED: "Failed",
    State.DIFFERS: "Shown, with differences",
    State.PARTLY: "Partly shown",
    State.NOT_SHOWN: "Not shown",
    State.SHOWN: "Shown",
    State.ATTESTED: "Own statement",
    State.LEFT_OUT: "Does not apply",
    State.OUTSIDE: "Outside this session",
}
"""The results as reports show them."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A requirement of a line with ids of exchanges that decided it, or the `attestation` of it."""

    verdict: RequirementVerdict
    exchanges: tuple[str, ...]
    more: int
    attestation: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its result, the requirements seen in traffic, and the attested ones."""

    text: str
    state: State
    seen: tuple[Proof, ...]
    attested: tuple[Proof, ...]
    note: str | None

    @property
    def label(self) -> str:
        """Return the result in words."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A checklist of DfE."""

    name: str
    title: str
    source: str
    lines: tuple[Line, ...]


def checklists(verdict: Verdict) -> tuple[Checklist, ...]:
    """Return the checklists with the results of a session."""
    return tuple(
        Checklist(each["name"], each["title"], each["source"], tuple(_lines(each, verdict))) for each in _data()
    )


@cache
def _data() -> Sequence[Mapping[str, Any]]:
    file = suites_root() / "client/checklists.yaml"
    lists: Sequence[Mapping[str, Any]] = yaml_file.read_own(file, schema="checklists")
    return lists


def _lines(checklist: Mapping[str, Any], verdict: Verdict) -> Iterator[Line]:
    judged = [each for scope in verdict.scopes for each in scope.requirements]
    programmes = {scope.scope.programme for scope in verdict.scopes}
    attestations = {line["requirement"]: line for line in verdict.journals.script if line["kind"] == "attestation"}
    for line in checklist["lines"]:
        if not programmes & set(line.get("programmes", programmes)):
            continue
        own = [each for each in judged if {each.requirement.id, each.requirement.area} & {*line["requirements"]}]
        proofs = [_proof(each, attestations) for each in own if each.outcome is not Outcome.NOT_APPLICABLE]
        recorded = line.get("recorded", False) and bool(verdict.journals.exchanges)
        yield Line(
            text=line["text"],
            state=State.SHOWN if recorded else _state(own, outside="outside" in line),
            seen=tuple(each for each in proofs if each.verdict.outcome is not Outcome.ATTESTED),
            attested=tuple(each for each in proofs if each.verdict.outcome is Outcome.ATTESTED),
            note="The journals of this session are that record." if recorded else _note(line, own),
        )


def _proof(each: RequirementVerdict, attestations: Mapping[str, Mapping[str, Any]]) -> Proof:
    deciding = [finding for finding in each.findings if finding.outcome is each.outcome]
    ids = tuple(dict.fromkeys(finding.exchanges[-1] for finding in deciding if finding.exchanges))
    attested = each.outcome is Outcome.ATTESTED
    attestation = attestations.get(each.requirement.id) if attested else None
    return Proof(each, ids[:MAX_EXCHANGES], len(ids[MAX_EXCHANGES:]), attestation)


def _state(own: Sequence[RequirementVerdict], *, outside: bool) -> State:
    """Return the result of the requirements of a line. A failed MUST is worse than one that was not shown."""
    outcomes = {each.outcome for each in own} - {Outcome.NOT_APPLICABLE}
    if any(each.outcome is Outcome.FAILED and each.requirement.level is Level.MUST for each in own):
        return State.FAILED
    if not outcomes:
        return State.OUTSIDE if outside else State.LEFT_OUT
    if outcomes & {Outcome.COULD_NOT_RUN, Outcome.SUITE_ERROR}:
        return State.PARTLY if outcomes & {Outcome.PASSED, Outcome.ATTESTED} else State.NOT_SHOWN
    if outcomes == {Outcome.ATTESTED}:
        return State.ATTESTED
    return State.DIFFERS if outcomes & {Outcome.FAILED, Outcome.WAIVED} else State.SHOWN


def _note(line: Mapping[str, Any], own: Sequence[RequirementVerdict]) -> str | None:
    """Return why a line has no result."""
    if any(each.outcome is not Outcome.NOT_APPLICABLE for each in own):
        return None
    outside: str | None = line.get("outside")
    reasons = dict.fromkeys(each.reason for each in own if each.reason)
    return outside or " ".join(reasons) or "The edition of this session has no requirement of it."

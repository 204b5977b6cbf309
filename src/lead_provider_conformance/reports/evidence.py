"""The evidence for a failure: its distinct reasons, each with the exchanges that led to it, laid out for the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lead_provider_conformance.reports.body import Fold, Line, lay_out
from lead_provider_conformance.reports.causes import Symptom, request_size, symptom
from lead_provider_conformance.reports.request_target import readable_target
from lead_provider_conformance.reports.summary import NO_REASON, Failure, quantity
from lead_provider_conformance.results.causes import is_of_client
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import Finding, decisive_exchange
from lead_provider_conformance.text import without_positions

MAX_REASONS = 4
MAX_EARLIER_STEPS = 6
MAX_VIOLATIONS = 10
LONGEST_CURL = 20_000

# The page must be small enough for e-mail: past this many characters, exchanges take one line each.
ROOM = 1_200_000


@dataclass(frozen=True, slots=True)
class Violation:
    """A contract violation in a response, or in a client's request. `requirement` is empty if it is being shown.

    `places` counts the list items with the same violation.
    """

    where: str
    message: str
    requirement: str
    places: int

    @property
    def note(self) -> str:
        """Return the message as shown beside the marked line."""
        others = f"and in {quantity(self.places - 1, 'more place')}" if self.places > 1 else ""
        details = "; ".join(filter(None, (self.requirement, others)))
        return f"{self.message} ({details})" if details else self.message


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response, laid out."""

    headers: tuple[tuple[str, str], ...]
    lines: tuple[Line | Fold, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. It takes one line if it is `already_shown` on the page, or `brief` because there is no room.

    `violations` are those that no line of a body carries.
    """

    id: str
    method: str
    path: str
    status: int | None
    error: str | None
    milliseconds: int
    deliberate: str | None
    violations: tuple[Violation, ...] = ()
    more_violations: int = 0
    curl: str = ""
    request: Message | None = None
    response: Message | None = None
    already_shown: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a failure: the number of tests that found it, the first of them, and its exchanges."""

    text: str
    tests: int
    test: str
    checked_at: str | None
    remedy: str | None
    decisive: Step | None
    before: tuple[Step, ...]
    omitted: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for one failure. `first` unless the page already shows another outcome of the requirement."""

    failure: Failure
    first: bool
    reasons: tuple[Reason, ...]
    more_reasons: int


class EvidenceBuilder:
    """Builds the evidence for one page. Each exchange is laid out once, as long as there is room."""

    def __init__(self, exchanges: Mapping[str, Mapping[str, Any]], *, room: int = ROOM) -> None:
        self._exchanges = exchanges
        self._room = room
        self._shown: set[str] = set()
        self._requirements: set[str] = set()

    def build(self, failure: Failure) -> Evidence:
        """Return the evidence for `failure`."""
        groups: dict[Symptom | str, list[Finding]] = defaultdict(list)
        for finding in failure.findings:
            groups[finding.group or symptom(finding, self._exchanges)].append(finding)
        first = failure.requirement.id not in self._requirements
        self._requirements.add(failure.requirement.id)
        reasons = tuple(self._reason(findings) for findings in list(groups.values())[:MAX_REASONS])
        return Evidence(failure, first, reasons, more_reasons=len(groups) - len(reasons))

    def _reason(self, findings: Sequence[Finding]) -> Reason:
        first = min(findings, key=lambda each: request_size(each, self._exchanges))
        decisive = decisive_exchange(first, self._exchanges)
        known = [each for each in first.exchanges if each in self._exchanges]
        before = known[: known.index(decisive["id"])] if decisive else []
        shown = before[-MAX_EARLIER_STEPS:]
        return Reason(
            text=first.reason or NO_REASON,
            tests=len({finding.test for finding in findings}),
            test=first.test,
            checked_at=first.checked_at,
            remedy=first.remedy,
            decisive=self.step(decisive, first.requirement) if decisive else None,
            before=tuple(self.step(self._exchanges[each], first.requirement) for each in shown),
            omitted=len(before) - len(shown),
        )

    def step(self, exchange: Mapping[str, Any], requirement: str) -> Step:
        """Return an exchange as evidence for a requirement."""
        request, response = exchange["request"], exchange["response"]
        step = Step(
            id=exchange["id"],
            method=request["method"],
            path=readable_target(request["url"]),
            status=response["status"] if response and not exchange["error"] else None,
            error=exchange["error"],
            milliseconds=round(exchange["seconds"] * 1000),
            deliberate=exchange["deliberate"],
            already_shown=exchange["id"] in self._shown,
            brief=self._room <= 0,
        )
        if step.already_shown or step.brief:
            return step
        self._shown.add(exchange["id"])
        return self._in_full(step, exchange, requirement)

    def _in_full(self, step: Step, exchange: Mapping[str, Any], requirement: str) -> Step:
        request = exchange["request"]
        every_violation = _violations(exchange["violations"], requirement)
        violations = every_violation[:MAX_VIOLATIONS]
        of_client = is_of_client(exchange)
        notes = _notes(violations)
        sent = lay_out(request["body"] or "", notes if of_client else {})
        response = _response(exchange["response"], {} if of_client else notes) if exchange["response"] else None
        noted = sent if of_client else response.lines if response else ()
        in_body = {note for line in noted for note in getattr(line, "notes", ())}
        command = "" if of_client else curl(exchange)  # the server of a client's session is gone
        full = replace(
            step,
            violations=tuple(violation for violation in violations if violation.note not in in_body),
            more_violations=len(every_violation) - len(violations),
            curl=command if len(command) <= LONGEST_CURL else "",
            request=Message(tuple(request["headers"].items()), sent),
            response=response,
        )
        self._room -= len(full.curl) + _size(full.request) + _size(full.response)
        return full


def _violations(violations: Sequence[Mapping[str, str]], requirement: str) -> list[Violation]:
    """Return the violations of an exchange, those of `requirement` first, and merge those of many list items."""
    groups: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for each in sorted(violations, key=lambda each: each["requirement"] != requirement):
        groups[each["requirement"], without_positions(each["where"]) or each["message"]].append(each)
    return [
        Violation(group[0]["where"], group[0]["message"], "" if violated == requirement else violated, len(group))
        for (violated, _), group in groups.items()
    ]


def _notes(violations: Sequence[Violation]) -> Mapping[str, list[str]]:
    """Return the notes of violations within a body, by JSON pointer."""
    notes: dict[str, list[str]] = defaultdict(list)
    for violation in violations:
        if violation.where.startswith("/"):
            notes[violation.where].append(violation.note)
    return notes


def _response(response: Mapping[str, Any], notes: Mapping[str, list[str]]) -> Message:
    return Message(
        tuple(response["headers"].items()),
        lay_out(response["body"], notes, cut=response["cut"]),
        f"The response has {response['bytes']:,} bytes; only the beginning was recorded." if response["cut"] else "",
    )


def _size(message: Message | None) -> int:
    if message is None:
        return 0
    lines = sum(len(line.text) + 1 for line in message.lines if isinstance(line, Line))
    return lines + sum(len(name) + len(value) for name, value in message.headers)

"""The evidence for a failure: its distinct reasons, each with the exchanges that lead up to it, ready to be shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lead_provider_conformance.reports.body import Fold, Line, laid_out
from lead_provider_conformance.reports.causes import Symptom, symptom, without_positions
from lead_provider_conformance.reports.digest import NO_REASON, Failure, number
from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import Finding, decisive_exchange

REASONS_TOLD = 4
STEPS_TOLD = 6
VIOLATIONS_TOLD = 10
LONGEST_CURL = 20_000

# A page of evidence has to survive e-mail: past this many characters, exchanges are told in one line.
ROOM = 1_200_000


@dataclass(frozen=True, slots=True)
class Mark:
    """What in an answer breaks the contract, and where; `other` names the requirement if it is not the one told of."""

    where: str
    message: str
    other: str
    places: int

    @property
    def note(self) -> str:
        """What the marked line says."""
        elsewhere = f"and in {number(self.places - 1, 'more place')}" if self.places > 1 else ""
        asides = "; ".join(aside for aside in (self.other, elsewhere) if aside)
        return f"{self.message} ({asides})" if asides else self.message


@dataclass(frozen=True, slots=True)
class Message:
    """A request or a response, laid out."""

    headers: tuple[tuple[str, str], ...]
    lines: tuple[Line | Fold, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of a journey. `told_before` when the page has shown it already, `brief` when there is no room.

    `marks` are those that no line of the answer's body carries.
    """

    id: str
    method: str
    path: str
    status: int | None
    error: str | None
    milliseconds: int
    deliberate: str | None
    marks: tuple[Mark, ...] = ()
    more_violations: int = 0
    curl: str = ""
    request: Message | None = None
    response: Message | None = None
    told_before: bool = False
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """One reason for a failure: how many tests found it, where the first was checked, and the steps that led to it."""

    reason: str
    tests: int
    test: str
    checked_at: str | None
    decisive: Step | None
    before: tuple[Step, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a page tells of one failure. `first` unless the page has told of another outcome of the requirement."""

    failure: Failure
    first: bool
    proofs: tuple[Proof, ...]
    more_reasons: int


class Teller:
    """Lays out the evidence of one page, each exchange once, as long as there is room."""

    def __init__(self, exchanges: Mapping[str, Mapping[str, Any]], *, room: int = ROOM) -> None:
        self._exchanges = exchanges
        self._room = room
        self._told: set[str] = set()
        self._requirements: set[str] = set()

    def evidence(self, failure: Failure) -> Evidence:
        """The evidence for `failure`."""
        by_reason: dict[Symptom | str, list[Finding]] = defaultdict(list)
        for finding in failure.findings:
            by_reason[finding.cause or symptom(finding, self._exchanges)].append(finding)
        told = list(by_reason.items())[:REASONS_TOLD]
        first = failure.requirement.id not in self._requirements
        self._requirements.add(failure.requirement.id)
        return Evidence(
            failure,
            first,
            tuple(self._proof(findings) for _, findings in told),
            more_reasons=len(by_reason) - len(told),
        )

    def _proof(self, findings: Sequence[Finding]) -> Proof:
        first = findings[0]
        if first.cause:
            first = min(findings, key=self._to_be_read)
        decisive = decisive_exchange(first, self._exchanges)
        known = [each for each in first.exchanges if each in self._exchanges]
        before = known[: known.index(decisive["id"])] if decisive else []
        told = before[-STEPS_TOLD:]
        return Proof(
            reason=first.reason or NO_REASON,
            tests=len({finding.test for finding in findings}),
            test=first.test,
            checked_at=first.checked_at,
            decisive=self._step(decisive, first.requirement) if decisive else None,
            before=tuple(self._step(self._exchanges[each], first.requirement) for each in told),
            left_out=len(before) - len(told),
        )

    def _to_be_read(self, finding: Finding) -> tuple[int, int]:
        """How much there is to read to see what a finding is about."""
        exchange = decisive_exchange(finding, self._exchanges)
        if exchange is None:
            return len(finding.exchanges), 0
        return len(finding.exchanges), len(exchange["request"]["url"]) + len(exchange["request"]["body"] or "")

    def _step(self, exchange: Mapping[str, Any], requirement: str) -> Step:
        request, response = exchange["request"], exchange["response"]
        in_one_line = Step(
            id=exchange["id"],
            method=request["method"],
            path=_without_host(request["url"]),
            status=response["status"] if response else None,
            error=exchange["error"],
            milliseconds=round(exchange["seconds"] * 1000),
            deliberate=exchange["deliberate"],
            told_before=exchange["id"] in self._told,
            brief=self._room <= 0,
        )
        if in_one_line.told_before or in_one_line.brief:
            return in_one_line
        self._told.add(exchange["id"])
        return self._in_full(in_one_line, exchange, requirement)

    def _in_full(self, step: Step, exchange: Mapping[str, Any], requirement: str) -> Step:
        every_mark = _marks(exchange["violations"], requirement)
        marks = every_mark[:VIOLATIONS_TOLD]
        response = _response(exchange["response"], marks) if exchange["response"] else None
        in_body = {note for line in response.lines for note in getattr(line, "notes", ())} if response else set()
        command = curl(exchange)
        full = replace(
            step,
            marks=tuple(mark for mark in marks if mark.note not in in_body),
            more_violations=len(every_mark) - len(marks),
            curl=command if len(command) <= LONGEST_CURL else "",
            request=_request(exchange["request"]),
            response=response,
        )
        self._room -= len(full.curl) + _size(full.request) + _size(full.response)
        return full


def _without_host(url: str) -> str:
    """The path and query as they were sent, which a parser of addresses would tidy up or refuse."""
    return "/" + url.partition("://")[2].partition("/")[2]


def _marks(violations: Sequence[Mapping[str, str]], requirement: str) -> list[Mark]:
    """The marks for an answer, those of `requirement` first; the same fault of many items of a list is one mark."""
    alike: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for each in sorted(violations, key=lambda each: each["requirement"] != requirement):
        alike[each["requirement"], without_positions(each["where"]) or each["message"]].append(each)
    return [
        Mark(group[0]["where"], group[0]["message"], "" if broken == requirement else broken, len(group))
        for (broken, _), group in alike.items()
    ]


def _request(request: Mapping[str, Any]) -> Message:
    return Message(tuple(request["headers"].items()), laid_out(request["body"] or "", {}))


def _response(response: Mapping[str, Any], marks: Sequence[Mark]) -> Message:
    notes: dict[str, list[str]] = defaultdict(list)
    for mark in marks:
        if mark.where.startswith("/"):
            notes[mark.where].append(mark.note)
    note = ""
    if response["cut"]:
        note = f"The answer goes on: it has {response['bytes']:,} bytes, of which the first part was kept."
    return Message(
        tuple(response["headers"].items()),
        laid_out(response["body"], notes, cut=response["cut"]),
        note,
    )


def _size(message: Message | None) -> int:
    if message is None:
        return 0
    lines = sum(len(line.text) + 1 for line in message.lines if isinstance(line, Line))
    return lines + sum(len(name) + len(value) for name, value in message.headers)

"""A builder for the traces of invented client sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

import lead_provider_conformance.readiness.rules  # noqa: F401, registers the rules
from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.model import Outcome, Scope
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import RULES, Result
from lead_provider_conformance.readiness.script import ActLine, CueLine, EventLine, SituationLine, Task, TaskKind
from lead_provider_conformance.readiness.trace import Trace

START = 1_789_031_580.0
"""10 September 2026, 09:13:00 UTC: the machine's time at the start of each trace."""
BASE_URL = "http://127.0.0.1:8765"


def identifier(number: int) -> str:
    """Return a UUID for the record of that number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def records(ids: Iterable[int | str], kind: str = "participant", **attributes: Any) -> list[dict[str, Any]]:
    """Return a resource object with the same attributes for each id or number."""
    return [record(each, kind, **attributes) for each in ids]


def record(record_id: int | str, kind: str = "participant", **attributes: Any) -> dict[str, Any]:
    """Return a resource object."""
    name = record_id if isinstance(record_id, str) else identifier(record_id)
    return {"id": name, "type": kind, "attributes": attributes}


def task(do: str, number: int | str = 1, **others: Any) -> Task:
    """Return a task about a participant; `purpose`, `trap` and the members of a task are set, others are its fields."""
    own = {
        name: others.pop(name)
        for name in ("id", "participant_id", "course_identifier", "application_id", "purpose", "trap")
        if name in others
    }
    participant = number if isinstance(number, str) else identifier(number)
    return Task(do=TaskKind(do), fields=others, **{"id": f"t-{number}", "participant_id": participant, **own})


@dataclass(slots=True)
class TraceBuilder:
    """Builds a trace: add acts, events, situations and exchanges in their order in time, then `build`.

    Times are in seconds after START, on the machine's clock. Each request starts `gap` seconds after the end of the
    one before it, unless `at` is given, and takes `seconds`. Give `at` and `in_flight` for parallel requests;
    `connection` is the same number by default.
    """

    programme: str = "ecf"
    edition: str = "2026-08"
    gap: float = 0.2
    settings: Mapping[str, Any] = field(default_factory=dict)
    uses: frozenset[str] | None = None
    clock: float = 0.0
    offset: float = 0.0
    exchanges: list[Exchange] = field(default_factory=list)
    acts: list[ActLine] = field(default_factory=list)
    cues: list[CueLine] = field(default_factory=list)
    events: list[EventLine] = field(default_factory=list)
    situations: list[SituationLine] = field(default_factory=list)

    def wait(self, seconds: float) -> Self:
        """Let time pass."""
        self.clock += seconds
        return self

    def act(self, name: str) -> Self:
        """End the act before, and begin an act."""
        self.end_act()
        self.acts.append(ActLine(name, START + self.clock))
        return self

    def end_act(self) -> Self:
        """End the current cue and act, if there are any."""
        self.end_cue()
        if self.acts and self.acts[-1].end is None:
            self.clock += 0.1
            self.acts[-1] = replace(self.acts[-1], end=START + self.clock)
        return self

    def cue(self, *tasks: Task, text: str = "Let the system run.") -> Self:
        """End the cue before, and begin a cue of the current act."""
        self.end_cue()
        if not self.acts:
            self.act("connect")
        act = self.acts[-1].name
        number = 1 + sum(each.act == act for each in self.cues)
        self.cues.append(CueLine(act, number, text, START + self.clock, self.offset, tasks))
        return self

    def end_cue(self, status: int | None = 0, problem: str | None = None) -> Self:
        """End the current cue, if there is one."""
        if self.cues and self.cues[-1].end is None:
            self.clock += 0.1
            self.cues[-1] = replace(self.cues[-1], end=START + self.clock, status=status, problem=problem)
        return self

    def event(self, name: str, **facts: Any) -> Self:
        """Let an event happen. `clock-moved` and `clock-apart` move the session's clock by their `seconds`."""
        if name in ("clock-moved", "clock-apart"):
            self.offset += facts["seconds"]
        self.clock += 0.1
        self.events.append(EventLine(name, self._act, START + self.clock, self.offset, facts))
        return self

    def situation(self, name: str, **facts: Any) -> Self:
        """Arm a situation. A request with `situation=name` is one that it is delivered with."""
        number = f"s-{len(self.situations) + 1:04d}"
        self.situations.append(SituationLine(number, name, self._act, START + self.clock, facts))
        return self

    def withdraw_situation(self, problem: str | None = None) -> Self:
        """Withdraw the situation that was armed last."""
        self.situations[-1] = replace(self.situations[-1], withdrawn=START + self.clock, problem=problem)
        return self

    def get(self, target: str, **others: Any) -> Self:
        """Add a GET; see `send`."""
        return self.send("GET", target, **others)

    def post(self, target: str, attributes: Mapping[str, Any] | None = None, **others: Any) -> Self:
        """Add a POST with the attributes in a JSON:API body; see `send`."""
        return self.send("POST", target, attributes=attributes, **others)

    def put(self, target: str, attributes: Mapping[str, Any] | None = None, **others: Any) -> Self:
        """Add a PUT with the attributes in a JSON:API body; see `send`."""
        return self.send("PUT", target, attributes=attributes, **others)

    def send(
        self,
        method: str,
        target: str,
        *,
        attributes: Mapping[str, Any] | None = None,
        kind: str = "participant",
        body: str | None = None,
        records: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None,
        text: str = "",
        status: int | None = 200,
        at: float | None = None,
        seconds: float = 0.05,
        in_flight: int = 1,
        connection: int | None = None,
        error: str | None = None,
        situation: str | None = None,
        headers: Mapping[str, str] | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Add an exchange.

        `records` are the `data` of the response: a list of records, or one. `status=None` stands for a response that
        was not sent to its end, for the reason in `error`. `situation` names an armed one that it is delivered with.
        """
        start = self.clock + self.gap if at is None else at
        if attributes is not None:
            body = orjson.dumps({"data": {"type": kind, "attributes": attributes}}).decode()
        sent = {"authorization": "Bearer $TOKEN", "host": urlsplit(BASE_URL).netloc}
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= headers or {}
        contract = Contract.of(self.edition, Scope("v3", self.programme))
        parts = urlsplit(target)
        operation = contract.find(method, parts.path)
        violations: tuple[Mapping[str, Any], ...] = ()
        if operation is not None:
            query = parse_qsl(parts.query, keep_blank_values=True)
            content = None if body is None else body.encode()
            violations = tuple(
                {"requirement": f"contract/{each.rule}", "where": each.where, "message": each.message}
                for each in contract.check_request(operation, parts.path, query, sent.get("content-type"), content)
            )
        if records is not None:
            text = orjson.dumps({"data": records}).decode()
        exchange = Exchange(
            id=f"e-{len(self.exchanges) + 1:06d}",
            act=self._act,
            start=START + start,
            end=START + start + seconds,
            offset=self.offset,
            method=method,
            target=target,
            headers={name: value for name, value in sent.items() if value},
            body=body,
            operation=operation.id if operation else None,
            status=status,
            response_headers={"content-type": "application/json; charset=utf-8"} | dict(response_headers or {}),
            response_body=text,
            situation=self._deliver(situation, f"e-{len(self.exchanges) + 1:06d}") if situation else None,
            in_flight=in_flight,
            error=error or (None if status else "reset by the sandbox"),
            violations=violations,
            connection=in_flight if connection is None else connection,
        )
        self.exchanges.append(exchange)
        self.clock = max(self.clock, start + seconds)
        return self

    def walk(self, target: str, pages: Sequence[Sequence[Mapping[str, Any]]], **others: Any) -> Self:
        """Add the requests of a walk through a list, one for each page of records."""
        joint = "&" if "?" in target else "?"
        for number, page in enumerate(pages, 1):
            self.get(f"{target}{joint}page[page]={number}", records=page, **others)
        return self

    def build(self, *, is_over: bool = True) -> Trace:
        """Return the trace. If the session is over, its last act has ended."""
        if is_over:
            self.end_act()
        return Trace(
            scope=Scope("v3", self.programme),
            edition=self.edition,
            base_url=BASE_URL,
            exchanges=tuple(sorted(self.exchanges, key=lambda each: (each.start, each.id))),
            acts=tuple(self.acts),
            cues=tuple(self.cues),
            events=tuple(self.events),
            situations=tuple(self.situations),
            uses=self.uses,
            settings=self.settings,
            is_over=is_over,
        )

    @property
    def _act(self) -> str:
        return self.acts[-1].name if self.acts else "connect"

    def _deliver(self, name: str, exchange: str) -> str:
        """Note the delivery of the situation of that name that was armed last, and return its id."""
        index = max(number for number, each in enumerate(self.situations) if each.name == name)
        known = self.situations[index]
        self.situations[index] = replace(known, delivered=(*known.delivered, exchange))
        return known.id


def trace(**settings: Any) -> TraceBuilder:
    """Return a builder; the arguments are its fields, such as `programme="npq"`."""
    return TraceBuilder(**settings)


def judge(obligation: str, built: TraceBuilder | Trace) -> tuple[Result, ...]:
    """Return the results of an obligation's rule on a trace."""
    return tuple(RULES[obligation](built if isinstance(built, Trace) else built.build()))


def outcomes(obligation: str, built: TraceBuilder | Trace) -> set[Outcome]:
    """Return the different outcomes of an obligation's rule on a trace; empty if it applies to nothing."""
    return {each.outcome for each in judge(obligation, built)}

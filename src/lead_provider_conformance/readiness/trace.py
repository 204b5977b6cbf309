"""A session's journal as the rules read it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from typing import Any

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import Scope
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.script import (
    ActLine,
    Attestation,
    CueLine,
    EventLine,
    RepeatedAct,
    SituationLine,
    Task,
)
from lead_provider_conformance.readiness.shown import Shown, shown_by
from lead_provider_conformance.readiness.walks import Walk, walks_of
from lead_provider_conformance.results.journal import Journals

REPEATED = "the act was begun again."
"""The problem of a cue of such an act: no client can be blamed for leaving it."""


@dataclass(frozen=True, eq=False)
class Trace:
    """A session: its exchanges in the order of their start, and the lines of its script.

    `uses` are the operationIds that the client uses; None if it uses all. `is_over` is whether the session has ended:
    while it has not, a rule that waits for something must not fail.
    """

    scope: Scope
    edition: str
    base_url: str
    exchanges: tuple[Exchange, ...]
    acts: tuple[ActLine, ...] = ()
    cues: tuple[CueLine, ...] = ()
    events: tuple[EventLine, ...] = ()
    situations: tuple[SituationLine, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    uses: frozenset[str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The profile's other settings, such as `poll_minutes`."""
    drive: str = "command"
    """How the client is driven."""
    is_over: bool = True
    repeated: tuple[RepeatedAct, ...] = ()
    """The attempts at acts that were begun again."""

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar of the edition."""
        return Calendar.load(self.edition)

    @cached_property
    def shown(self) -> Shown:
        """The records that responses have shown."""
        return shown_by(self.exchanges)

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The walks through lists."""
        return walks_of(self.exchanges, self.shown.pages)

    @cached_property
    def by_id(self) -> Mapping[str, Exchange]:
        """The exchanges by id."""
        return {each.id: each for each in self.exchanges}

    @cached_property
    def largest_in_flight(self) -> int:
        """The largest number of requests that the client can have under way; 1 for a sequential client.

        A fast response hides that requests are parallel, so connections that are used by turns count as well.
        """
        return max(1, _most_connections(self.exchanges), *(each.in_flight for each in self.exchanges))

    @cached_property
    def _writes(self) -> tuple[Exchange, ...]:
        return tuple(each for each in self.exchanges if each.is_write)

    @property
    def tasks(self) -> Iterator[tuple[CueLine, Task]]:
        """Yield every task with the cue that gave it."""
        for cue in self.cues:
            for task in cue.tasks:
                yield cue, task

    def events_named(self, *names: str) -> tuple[EventLine, ...]:
        """Return the events of those names in order."""
        return tuple(each for each in self.events if each.name in names)

    def situations_named(self, *names: str) -> tuple[SituationLine, ...]:
        """Return the armed situations of those names in order."""
        return tuple(each for each in self.situations if each.name in names)

    def writes(self, *operations: str) -> tuple[Exchange, ...]:
        """Return the writing requests, of those operationIds if there are any, in the order of their start."""
        return tuple(each for each in self._writes if not operations or each.operation in operations)

    def after(self, moment: float) -> tuple[Exchange, ...]:
        """Return the requests that started after a time on the machine's clock, in order."""
        return self.exchanges[bisect_right(self.exchanges, moment, key=lambda each: each.start) :]

    def reaction(self, exchange: Exchange) -> tuple[Exchange, ...]:
        """Return the requests that the client sent after it had the response of an exchange, in order.

        A client with several connections continues with the requests that it had under way: as many as its largest
        number in flight, less one. They are left out, so the first one returned can be a reaction to the response.
        """
        later = self.after(exchange.end)
        return later[self.largest_in_flight - 1 :]

    def outlived(self, exchange: Exchange) -> bool:
        """Return whether the client sent another request after the response of an exchange."""
        return bool(self.after(exchange.end))

    def is_repeated(self, exchange: Exchange) -> bool:
        """Return whether an exchange belongs to an act that was begun again later."""
        return any(each.act == exchange.act and each.start <= exchange.start < each.end for each in self.repeated)

    def has_ended(self, act: str) -> bool:
        """Return whether an act has ended."""
        return any(each.name == act and each.end is not None for each in self.acts)


def trace_of(journals: Journals) -> Trace:
    """Return the trace of a client's session."""
    by_kind: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in journals.script:
        by_kind[line["kind"]].append(line)
    run = journals.run
    client = run["client"]
    acts: dict[str, ActLine] = {}
    repeated: list[RepeatedAct] = []
    for line in by_kind["act"]:
        at = _seconds(line["at"])
        match line["phase"]:
            case "begin":
                acts[line["act"]] = ActLine(line["act"], at)
            case "end" if line["act"] in acts:
                acts[line["act"]] = replace(acts[line["act"]], end=at)
            case "repeated" if line["act"] in acts:
                repeated.append(RepeatedAct(line["act"], acts.pop(line["act"]).start, at))
            case "skipped":
                acts[line["act"]] = ActLine(line["act"], at, skipped=line["reason"])
    cues: dict[tuple[str, int, int], CueLine] = {}
    for line in by_kind["cue"]:
        act, number, at = line["act"], line["number"], _seconds(line["at"])
        key = act, number, sum(each.act == act and each.end <= at for each in repeated)
        if line["phase"] == "begin":
            tasks = tuple(map(Task.from_line, line["tasks"]))
            cues[key] = CueLine(act, number, line["text"], at, line["offset"], tasks)
        elif key in cues:
            cues[key] = replace(cues[key], end=at, status=line["status"], problem=line["problem"])
    for key, cue in cues.items():
        if key[2] < sum(each.act == key[0] for each in repeated):
            cues[key] = replace(cue, status=None, problem=REPEATED)
    situations: dict[str, SituationLine] = {}
    for line in by_kind["situation"]:
        known = situations.get(line["id"])
        match line["phase"]:
            case "armed":
                at = _seconds(line["at"])
                situations[line["id"]] = SituationLine(line["id"], line["situation"], line["act"], at, line["facts"])
            case "delivered" if known:
                situations[line["id"]] = replace(known, delivered=(*known.delivered, line["exchange"]))
            case "withdrawn" if known:
                situations[line["id"]] = replace(known, withdrawn=_seconds(line["at"]), problem=line["problem"])
    operations = run["target"].get("operations")
    return Trace(
        scope=Scope(client["version"], client["programme"]),
        edition=run["contract"]["edition"],
        base_url=run["target"]["base_url"],
        exchanges=tuple(
            sorted(map(Exchange.from_line, journals.exchanges.values()), key=lambda each: (each.start, each.id))
        ),
        acts=tuple(acts.values()),
        cues=tuple(cues.values()),
        events=tuple(
            EventLine(line["event"], line["act"], _seconds(line["at"]), line["offset"], line["facts"])
            for line in by_kind["event"]
        ),
        situations=tuple(situations.values()),
        attestations=tuple(
            Attestation(line["requirement"], line["by"], line["on"], line["note"]) for line in by_kind["attestation"]
        ),
        uses=None if operations is None else frozenset(operations),
        settings=client["settings"],
        drive=client.get("drive", "command"),
        is_over=journals.ended_at is not None,
        repeated=tuple(repeated),
    )


def _most_connections(exchanges: Iterable[Exchange]) -> int:
    """Return the largest number of connections between their first and their last request at one time."""
    spans: dict[int, tuple[float, float]] = {}
    for each in exchanges:
        if each.connection:
            first, last = spans.get(each.connection, (each.start, each.end))
            spans[each.connection] = first, max(last, each.end)
    # A connection that ends when another begins does not overlap with it: ends come first.
    moments = sorted([(first, 1) for first, _ in spans.values()] + [(last, -1) for _, last in spans.values()])
    return max(accumulate(change for _, change in moments), default=0)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

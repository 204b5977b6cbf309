"""The timeline of a client's session: its acts, each with its cues, events, situations and requests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from lead_provider_conformance.contract.values import UUID_PATTERN
from lead_provider_conformance.reports.request_target import readable_target
from lead_provider_conformance.results.journal import Journals
from lead_provider_conformance.text import one_line

MAX_LINES = 250
"""The lines of an act that the page shows at most."""
MAX_TASKS = 12
IDS = re.compile(UUID_PATTERN, re.IGNORECASE)

Facts = tuple[tuple[str, str], ...]


class Kind(StrEnum):
    """The kind of a line."""

    CUE = "cue"
    CUE_ENDED = "cue-ended"
    EVENT = "event"
    SITUATION = "situation"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a cue. `trap` says why it is wrong on purpose."""

    do: str
    person: str
    fields: Facts
    trap: str | None
    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline.

    `text` is a sentence, or the name of the event or situation. A request has its exchange line and the name of the
    situation that was delivered with it; `count` similar ones may share a line. `trouble` marks a line to look at.
    """

    at: datetime
    act: str
    kind: Kind
    text: str
    facts: Facts = ()
    tasks: tuple[Task, ...] = ()
    more_tasks: int = 0
    exchange: Mapping[str, Any] = field(default_factory=dict, compare=False)
    situation: str | None = None
    count: int = 1
    trouble: bool = False

    @property
    def clock(self) -> str:
        """Return the time of day, in UTC."""
        return f"{self.at:%H:%M:%S}"

    @property
    def status(self) -> int | None:
        """Return the status of a request; None without a complete response."""
        response = self.exchange.get("response")
        return response["status"] if response and not self.exchange["error"] else None

    @property
    def exchange_id(self) -> str:
        """Return the id of the exchange of a request; empty for another line."""
        return str(self.exchange.get("id", ""))


@dataclass(frozen=True, slots=True)
class Act:
    """An act with its lines; `omitted` more are in the journals. `skipped` is the reason for leaving it out."""

    name: str
    start: datetime
    end: datetime | None
    skipped: str | None
    moments: tuple[Moment, ...]
    omitted: int
    requests: int
    statuses: tuple[int, ...]
    """The exit statuses of the client's command, in the order of the cues."""
    delivered: tuple[str, ...]
    undelivered: tuple[str, ...]
    """The situations that were armed in the act and never delivered."""


class Timeline:
    """The lines of a session in the order of their times."""

    def __init__(self, journals: Journals) -> None:
        self._journals = journals
        self._situations = {line["id"]: line["situation"] for line in journals.script if line["kind"] == "situation"}
        unordered = [*self._script(), *map(self._request, journals.exchanges.values())]
        self.moments: tuple[Moment, ...] = tuple(sorted(unordered, key=lambda moment: moment.at))

    def acts(self, noted: Collection[str]) -> Iterator[Act]:
        """Yield the acts in order. Exchanges with ids in `noted` have lines of their own."""
        by_act: dict[str, list[Moment]] = defaultdict(list)
        for moment in self.moments:
            by_act[moment.act].append(moment)
        begun: dict[str, Mapping[str, Any]] = {}
        ended: dict[str, Mapping[str, Any]] = {}
        for line in self._of("act"):
            (ended if line["phase"] == "end" else begun)[line["act"]] = line
        if "" in by_act:  # requests between the acts
            begun = {"": {"at": self._journals.run["started_at"], "phase": "begin"}, **begun}
        for name, line in begun.items():
            end = ended[name]["at"] if name in ended else None
            skipped = line["reason"] if line["phase"] == "skipped" else None
            yield self._act(name, by_act.get(name, ()), noted, (line["at"], end), skipped)

    def around(self, exchange_id: str, since: str | None, *, before: int = 8, after: int = 2) -> tuple[Moment, ...]:
        """Return the lines around an exchange: from the exchange `since` on, and the cue that they belong to.

        At most `before` lines before the exchange, and `after` lines after it, all of the same act.
        """
        act = self._journals.exchanges[exchange_id]["test"]
        own = [moment for moment in self.moments if moment.act == act]
        place = next(index for index, moment in enumerate(own) if moment.exchange_id == exchange_id)
        first = next((index for index, moment in enumerate(own[:place]) if moment.exchange_id == since), place - before)
        first = max(first, place - before, 0)
        cue = next((moment for moment in reversed(own[:place]) if moment.kind is Kind.CUE), None)
        shown = own[first : place + 1 + after]
        lines = [cue, *shown] if cue and cue not in shown else shown
        sent = self._journals.exchanges[exchange_id]["request"]
        named = _ids(f"{sent['url']} {sent['body'] or ''}")
        return tuple(_with_tasks_of(moment, named) for moment in lines)

    def received_before(self, exchange_id: str) -> Mapping[str, Any] | None:
        """Return the last exchange of the same act that had ended when an exchange began."""
        exchange = self._journals.exchanges[exchange_id]
        start = _at(exchange["at"]).timestamp()
        ended = [
            each
            for each in self._journals.exchanges.values()
            if each["test"] == exchange["test"] and _at(each["at"]).timestamp() + each["seconds"] <= start
        ]
        return max(ended, key=lambda each: _at(each["at"]).timestamp() + each["seconds"], default=None)

    def situation_of(self, exchange_id: str) -> str | None:
        """Return the name of the situation that was delivered with an exchange."""
        return self._situations.get(self._journals.exchanges[exchange_id]["observed"]["situation"] or "")

    def _act(
        self,
        name: str,
        moments: Sequence[Moment],
        noted: Collection[str],
        times: tuple[str, str | None],
        skipped: str | None,
    ) -> Act:
        lines = tuple(_folded(moments, noted))
        shown = _most_important(lines, noted)
        armed = {line["id"]: line["situation"] for line in self._of("situation") if line["act"] == name}
        delivered = [line["id"] for line in self._of("situation") if line["phase"] == "delivered"]
        ends = (line for line in self._of("cue") if line["phase"] == "end" and line["act"] == name)
        return Act(
            name=name,
            start=_at(times[0]),
            end=_at(times[1]) if times[1] else None,
            skipped=skipped,
            moments=shown,
            omitted=len(lines) - len(shown),
            requests=sum(moment.kind is Kind.REQUEST for moment in moments),
            statuses=tuple(line["status"] for line in ends if line["status"] is not None),
            delivered=tuple(dict.fromkeys(armed[each] for each in delivered if each in armed)),
            undelivered=tuple(dict.fromkeys(text for each, text in armed.items() if each not in delivered)),
        )

    def _of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        return (line for line in self._journals.script if line["kind"] == kind)

    def _script(self) -> Iterator[Moment]:
        delivered = {line["id"] for line in self._of("situation") if line["phase"] == "delivered"}
        for line in self._journals.script:
            match line["kind"], line.get("phase"):
                case "situation", "withdrawn" if line["id"] in delivered:
                    continue  # the requests show it
                case "cue", "begin":
                    tasks = tuple(map(_task, line["tasks"]))
                    yield Moment(_at(line["at"]), line["act"], Kind.CUE, line["text"] or "", tasks=tasks)
                case "cue", "end":
                    status, problem = line["status"], line["problem"]
                    text = problem or ("Done." if status is None else f"The command ended with status {status}.")
                    yield Moment(
                        _at(line["at"]), line["act"], Kind.CUE_ENDED, text, trouble=bool(status) or problem is not None
                    )
                case "event", _:
                    yield Moment(_at(line["at"]), line["act"], Kind.EVENT, line["event"], _facts(line["facts"]))
                case "situation", ("armed" | "withdrawn") as phase:
                    problem = {"problem": line["problem"]} if line["problem"] else {}
                    yield Moment(
                        _at(line["at"]),
                        line["act"],
                        Kind.SITUATION,
                        f"{line['situation']} {phase}",
                        _facts({**line["facts"], **problem}),
                    )

    def _request(self, exchange: Mapping[str, Any]) -> Moment:
        url = exchange["request"]["url"]
        response = exchange["response"]
        return Moment(
            at=_at(exchange["at"]),
            act=exchange["test"],
            kind=Kind.REQUEST,
            text=readable_target(url),
            exchange=exchange,
            situation=self.situation_of(exchange["id"]),
            trouble=bool(exchange["error"]) or not response or response["status"] >= 400,
        )


def _folded(moments: Iterable[Moment], noted: Collection[str]) -> Iterator[Moment]:
    """Yield the moments, with one line for consecutive ones alike: all but the first are then not shown."""
    for _, group in groupby(enumerate(moments), key=lambda numbered: _fold_key(numbered[0], numbered[1], noted)):
        alike = [moment for _, moment in group]
        yield replace(alike[0], count=len(alike)) if len(alike) > 1 else alike[0]


def _fold_key(number: int, moment: Moment, noted: Collection[str]) -> tuple[object, ...]:
    """Return an equal key for the same event, and for successful reads of the same list or kind of record."""
    if moment.kind is Kind.EVENT:
        return moment.kind, moment.text
    if moment.kind is not Kind.REQUEST or _is_important(moment, noted):
        return (number,)
    return moment.kind, IDS.sub("…", moment.text.partition("?")[0]), moment.exchange["response"]["status"]


def _is_important(moment: Moment, noted: Collection[str]) -> bool:
    """Return whether a line says more than that a read succeeded or an event took place."""
    if moment.kind is not Kind.REQUEST:
        return moment.kind is not Kind.EVENT
    reads = moment.exchange["request"]["method"] == "GET"
    return not reads or moment.trouble or bool(moment.situation) or moment.exchange_id in noted


def _most_important(lines: Sequence[Moment], noted: Collection[str]) -> tuple[Moment, ...]:
    """Return at most MAX_LINES lines in their order: important ones before others, earlier ones before later ones."""
    ranked = sorted(range(len(lines)), key=lambda index: (not _is_important(lines[index], noted), index))
    return tuple(lines[index] for index in sorted(ranked[:MAX_LINES]))


def _with_tasks_of(moment: Moment, ids: Collection[str]) -> Moment:
    """Return a cue with the tasks about some records; with its first tasks if none is about them."""
    own = tuple(task for task in moment.tasks if task.ids & set(ids)) or moment.tasks[:3]
    return replace(moment, tasks=own, more_tasks=len(moment.tasks) - len(own)) if moment.tasks else moment


def _task(line: Mapping[str, Any]) -> Task:
    apart = ("id", "do", "full_name", "participant_id", "teacher_reference_number", "purpose", "trap")
    fields = {name: value for name, value in line.items() if name not in apart and value is not None}
    person = line.get("full_name") or line.get("participant_id") or ""
    return Task(line["do"], person, _facts(fields), line.get("trap"), frozenset(_ids(str(line))))


def _facts(facts: Mapping[str, Any]) -> Facts:
    return tuple((name, one_line(str(value))) for name, value in facts.items() if value is not None)


def _ids(text: str) -> set[str]:
    return {each.lower() for each in IDS.findall(text)}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

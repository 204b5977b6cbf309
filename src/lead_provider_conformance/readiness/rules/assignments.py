"""Find out whether the client did the tasks that are right, and judge those that it left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.rule import Result, not_met
from lead_provider_conformance.readiness.rules.absence import absent
from lead_provider_conformance.readiness.script import CueLine, Task, TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import writes_for

Key = tuple[object, ...]
"""The parts of a task by which it is one, though cues repeat it."""


@dataclass(slots=True)
class Assignment:
    """A task that is right, with the cues that gave it and the writes that it led to, in order."""

    task: Task
    cues: list[CueLine] = field(default_factory=list)
    sent: list[Exchange] = field(default_factory=list)

    @property
    def cue(self) -> CueLine:
        """The first cue that gave the task."""
        return self.cues[0]

    @property
    def accepted(self) -> Exchange | None:
        """The first write with a 2xx response."""
        return next((each for each in self.sent if each.succeeded), None)

    @property
    def text(self) -> str:
        """The task in a few words."""
        kind = self.task.fields.get("declaration_type")
        subject = self.task.participant_id or self.task.application_id or self.task.fields.get("school_urn")
        return f"{self.task.do} {f'`{kind}` ' if kind else ''}for {subject}"


def assignments(trace: Trace, *kinds: TaskKind) -> Iterator[Assignment]:
    """Yield the tasks of those kinds that are not wrong on purpose. A task that cues repeat is one."""
    found: dict[Key, Assignment] = {}
    sent: dict[Key, dict[str, Exchange]] = defaultdict(dict)
    for cue, task in trace.tasks:
        if task.do not in kinds or task.trap:
            continue
        key: Key = task.id, task.do, task.participant_id, task.application_id, task.fields.get("declaration_type")
        found.setdefault(key, Assignment(task)).cues.append(cue)
        sent[key].update((each.id, each) for each in writes_for(trace, cue, task))
    for key, each in found.items():
        each.sent = sorted(sent[key].values(), key=lambda exchange: (exchange.start, exchange.id))
        yield each


def left(trace: Trace, obligation: str, assignment: Assignment, *exchanges: Exchange) -> Iterator[Result]:
    """Yield the result for a task without an accepted write.

    It fails if the client sent nothing for it before the act ended. A write that was refused or lost in the end is for
    the obligations about errors.
    """
    remedy = f"Do the task: {assignment.text}."
    if assignment.sent:
        last = assignment.sent[-1]
        reason = f"no request for the task was accepted; the last one had {last.status or 'no response'}."
        yield not_met(reason, f"See the response, and {remedy[0].lower()}{remedy[1:]}", *assignment.sent)
    elif trace.has_ended(assignment.cues[-1].act):
        reason = f"The task to {assignment.text} had no request before the act {assignment.cues[-1].act} ended."
        yield absent(trace, obligation, assignment.cues, reason, remedy, *exchanges, group=assignment.task.id)

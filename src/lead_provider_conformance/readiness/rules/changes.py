"""Rules about the changes that a client sends: only what is new, and nothing that is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lead_provider_conformance.readiness.coverage import Content, content_of
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import PARTICIPANTS, place
from lead_provider_conformance.readiness.rule import Result, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.absence import cue_of
from lead_provider_conformance.readiness.rules.reasons import (
    has_reason_between,
    ids_of_event,
    ids_of_task,
    people_of_write,
    writes_about,
)
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.trace import Trace


@rule("sync/only-changed")
def only_changed(trace: Trace) -> Iterator[Result]:
    """No write equals an earlier accepted one about the same record, unless something has happened to the record."""
    accepted: dict[Content, Exchange] = {}
    sound: Exchange | None = None
    for each in trace.writes():
        earlier = accepted.get(content_of(each))
        if earlier and earlier.end < each.start and not has_reason_between(trace, earlier, each):
            yield failed(
                f"{each.method} {each.path} was sent again with the same body, {each.start - earlier.end:.0f} s after "
                "the first had been accepted. Send only what is new or has changed.",
                earlier,
                each,
                group=f"unchanged {each.operation}",
            )
        elif each.succeeded:
            sound = each
        if each.succeeded:
            accepted[content_of(each)] = each
    if sound:
        yield passed(sound)


@rule("sync/change-detection")
def change_detection(trace: Trace) -> Iterator[Result]:
    """No write follows about a record of which nothing but `updated_at` has moved, unless a task asks for it."""
    seen: set[str] = set()
    for event in trace.events_named("touched"):
        kind, record_id = str(event.facts["kind"]), str(event.facts["id"]).lower()
        shown = next((each for each in trace.shown.history(kind, record_id) if each.exchange.start > event.at), None)
        if shown is None or record_id in seen:
            continue
        seen.add(record_id)
        write = next((each for each in writes_about(trace, record_id) if each.start > shown.end), None)
        if write and not _has_cause(trace, write, record_id):
            yield failed(
                f"{write.method} {write.path} was sent about {record_id}, of which only updated_at had changed. "
                "Compare the fields before sending anything.",
                shown.exchange,
                write,
                group="only updated_at had changed",
            )
        elif not trace.outlived(shown.exchange):
            yield not_outlived(shown.exchange)
        else:
            yield passed(shown.exchange)
    if trace.events_named("touched") and not seen:
        yield not_met("no response showed a record of which only updated_at had changed.", "Let the system poll.")


def _has_cause(trace: Trace, write: Exchange, record_id: str) -> bool:
    """Return whether a task asks for a write, or an event has changed the record."""
    tasks = any(record_id in ids_of_task(task) for cue, task in trace.tasks if cue.start <= write.start)
    return tasks or any(
        each.name != "touched" and each.at <= write.start and record_id in ids_of_event(each) for each in trace.events
    )


@rule("sync/no-reactivation")
def no_reactivation(trace: Trace) -> Iterator[Result]:
    """A participant whom the client withdrew is not resumed, and not declared for later days, without a task."""
    withdrawn: dict[str, Exchange] = {}
    again: dict[str, list[Exchange]] = defaultdict(list)
    for each in trace.writes():
        kind, record_id, action = place(each)
        if kind == PARTICIPANTS and record_id and action == "withdraw" and each.succeeded:
            withdrawn.setdefault(record_id, each)
        for participant in people_of_write(trace, each) & withdrawn.keys():
            if each.start > withdrawn[participant].end and _reactivates(each, withdrawn[participant]):
                again[participant].append(each)
    for participant, withdrawal in withdrawn.items():
        write = next((each for each in again[participant] if not _is_back(trace, participant, withdrawal, each)), None)
        if write:
            yield failed(
                f"{write.method} {write.path} treats {participant} as active; the client had withdrawn the "
                "participant, and no task says that they are back.",
                withdrawal,
                write,
            )
        elif any(cue.start > withdrawal.start for cue in trace.cues):
            yield passed(withdrawal, *again[participant])
        else:
            yield not_met("the withdrawal came in the last cue.", "Let the system run on after the withdrawal.")


def _reactivates(write: Exchange, withdrawal: Exchange) -> bool:
    """Return whether a write resumes a participant, or declares a later day than that of the withdrawal."""
    kind, _, action = place(write)
    if kind == PARTICIPANTS:
        return action == "resume"
    date, withdrawn = write.attributes.get("declaration_date"), withdrawal.attributes.get("date")
    return isinstance(date, str) and isinstance(withdrawn, str) and date[:10] > withdrawn[:10]


def _is_back(trace: Trace, participant: str, withdrawal: Exchange, write: Exchange) -> bool:
    """Return whether a task asks for a write: one that was given with the withdrawal, or later."""
    first = cue_of(trace, withdrawal)
    kinds = {TaskKind.RESUME} if place(write)[2] == "resume" else {TaskKind.DECLARE, TaskKind.CORRECT_DECLARATION}
    return any(
        task.do in kinds and participant in ids_of_task(task)
        for cue, task in trace.tasks
        if (first is None or cue.start >= first.start) and cue.start <= write.start
    )

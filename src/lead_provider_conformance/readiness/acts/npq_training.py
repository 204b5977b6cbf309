"""The acts of the NPQ service about participants: breaks, departures, and records that change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lead_provider_conformance.readiness.acts.npq_tasks import RETAINED_1, RETAINED_2, STARTED, declare
from lead_provider_conformance.readiness.acts.tasks import merge_while_writing
from lead_provider_conformance.readiness.resources import PARTICIPANTS
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Cue, Stage
from lead_provider_sandbox.control.world import Person

SENIOR_LEADERSHIP = "npq-senior-leadership"


def break_and_leave(stage: Stage) -> Iterator[Cue]:
    """Let participants take a break, come back, and leave."""
    on_break, leaving = stage.create("npq.started"), stage.create("npq.started")
    unstarted, waiting = stage.create("npq.no-declarations"), stage.create("npq.no-declarations")
    no_start = "the participant has no started declaration"
    tasks = [
        _training(stage, TaskKind.DEFER, on_break, "defer", reason="parental-leave"),
        declare(stage, leaving, "retained-1", RETAINED_1, purpose="declare-before-withdrawal"),
        _training(stage, TaskKind.WITHDRAW, leaving, "withdraw", reason="change-in-career"),
        _training(stage, TaskKind.WITHDRAW, unstarted, "withdraw-unstarted", trap=no_start, reason="change-in-career"),
        _training(stage, TaskKind.DEFER, waiting, "defer-unstarted", trap=no_start, reason="career-break"),
    ]
    yield stage.cue("Poll for changes, and do the tasks.", tasks)
    stage.move_clock(days=1)
    today = stage.today.isoformat()
    tasks = [
        declare(
            stage, on_break, "retained-1", RETAINED_1, purpose="declare-deferred", trap="the participant is deferred"
        ),
        declare(
            stage,
            leaving,
            "completed",
            today,
            purpose="declare-after-withdrawal",
            trap="the day is after the withdrawal",
            has_passed=True,
        ),
        declare(stage, leaving, "retained-2", RETAINED_2, purpose="declare-backdated"),
    ]
    yield stage.cue("The next day. Poll for changes, and do the tasks.", tasks)
    stage.move_clock(days=1)
    resumed = _training(stage, TaskKind.RESUME, on_break, "resume")
    yield stage.cue("The next day. Poll for changes, and do the task.", [resumed])
    declared = declare(stage, on_break, "retained-1", RETAINED_1, purpose="declare-after-resumption")
    yield stage.cue("Poll for changes, and do the task.", [declared])


def identity(stage: Stage) -> Iterator[Cue]:
    """Let participants be merged, change their names, and share one."""
    old, new = _two_records(stage)
    retired, kept = _two_records(stage)
    renamed = stage.create("npq.no-declarations", full_name="Robin Field")
    first = stage.create("npq.no-declarations", full_name="Sam Taylor")
    second = stage.create("npq.no-declarations", full_name="Sam Taylor")
    email = _email(stage, second)
    yield stage.cue("Poll for changes.")
    stage.event("merged", from_id=old.participant_id, to_id=new.participant_id)
    stage.event("changed", kind=PARTICIPANTS, id=second.participant_id, field="email")
    stage.event("changed", kind=PARTICIPANTS, id=first.participant_id, field="email", value=email)
    stage.event("renamed", participant_id=renamed.participant_id, full_name="Robin Field-Baker")
    merged = replace(new, course_identifier=old.course_identifier)
    tasks = [
        declare(
            stage,
            merged,
            "started",
            STARTED,
            purpose="declare-merged",
            trap="the history of the retired id is shown with the new one",
        ),
        declare(stage, merged, "retained-1", RETAINED_1, purpose="declare-after-merger"),
        declare(stage, new, "started", STARTED, purpose="declare-other-course"),
        declare(stage, second, "started", STARTED, purpose="declare-namesake"),
        declare(stage, renamed, "started", STARTED, purpose="declare-renamed"),
        declare(stage, old, "retained-2", RETAINED_2, purpose="declare-retired", trap="the id is retired"),
        merge_while_writing(stage, retired, kept),
    ]
    yield stage.cue("Poll for changes, and do the tasks.", tasks)
    yield stage.cue("Poll for changes.")


def _two_records(stage: Stage) -> tuple[Person, Person]:
    """Return two records of one person, each with a course."""
    return stage.create("npq.started"), stage.create("npq.no-declarations", course=SENIOR_LEADERSHIP)


def _email(stage: Stage, person: Person) -> str:
    enrolments = stage.world.record(PARTICIPANTS, person.participant_id)["npq_enrolments"]
    return str(enrolments[0]["email"])


def _training(
    stage: Stage, do: TaskKind, person: Person, purpose: str, *, trap: str | None = None, **fields: str
) -> Task:
    return stage.task(do, person, purpose=purpose, trap=trap, **fields, on=stage.today)

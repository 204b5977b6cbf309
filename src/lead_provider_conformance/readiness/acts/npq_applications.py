"""The act of the NPQ service about applications: decisions, funded places, a rival and a lost acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lead_provider_conformance.readiness.acts.npq_tasks import change_schedule, declare
from lead_provider_conformance.readiness.armed import Match
from lead_provider_conformance.readiness.effects import before, lose
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.resources import APPLICATIONS
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Cue, Stage
from lead_provider_sandbox.control.world import Person

COACHING_DAY = "2025-12-08"
"""A day for `started` on the coaching schedule of december 2025."""


def applications(stage: Stage) -> Iterator[Cue]:
    """Let the client decide about applications, review a schedule, and change funded places."""
    coaching, waiting = stage.create("application.coaching"), stage.create("application.not-eligible")
    tasks = [*_decisions(stage), _accept(stage, coaching, place=True, purpose="schedule-on-accept"), *_races(stage)]
    yield stage.cue("Poll for changes, and decide about the applications as the tasks say.", tasks)
    tasks = [
        change_schedule(stage, coaching, "npq-ehco-december", purpose="schedule-on-accept"),
        declare(stage, coaching, "started", COACHING_DAY, purpose="declare-after-change"),
    ]
    yield stage.cue("Poll for changes, and do the tasks in their order.", tasks)
    stage.event("eligible", application_id=waiting.application_id)
    unfunded, declared = stage.create("npq.no-funded-place"), stage.create("npq.started")
    tasks = [
        _accept(stage, waiting, place=True, purpose="decide-eligible-now"),
        _change_place(stage, unfunded, place=True),
        _change_place(stage, declared, place=False, trap="a declaration is live"),
    ]
    yield stage.cue("Poll for changes, and do the tasks about funded places.", tasks)


def _decisions(stage: Stage) -> Iterator[Task]:
    """Yield a task for each application: accepted or rejected, funded or not."""
    for _ in range(2):
        yield _accept(stage, stage.create("application.capped"), place=True)
    yield _accept(stage, stage.create("application.not-eligible"), purpose="funded-place")
    yield _accept(stage, stage.create("application.unfunded"), purpose="funded-place")
    yield _accept(stage, stage.create("application.pending"))
    yield _accept(stage, stage.create("application.nulls"), place=True, purpose="decide-nulls")
    yield _reject(stage, stage.create("application.capped"))
    wrong = stage.create("application.two-courses")
    yield _reject(stage, wrong, purpose="change-of-circumstance")
    yield _accept(stage, _other_application(stage, wrong), place=True, purpose="change-of-circumstance")


def _races(stage: Stage) -> Iterator[Task]:
    """Yield the tasks about an application that a rival accepts first, and about a lost acceptance."""
    rival, lost = stage.create("application.rival"), stage.create("application.specialist")

    def accept_before(_: ObservedRequest) -> None:
        if stage.world.record(APPLICATIONS, str(rival.application_id))["status"] == "pending":
            stage.event("rival-accepted", application_id=rival.application_id)

    stage.arm("rival-accepts", _accept_of(rival), before(accept_before), application_id=rival.application_id)
    stage.arm("lost-accept", _accept_of(lost), lose(), application_id=lost.application_id)
    yield _accept(stage, rival, place=True, purpose="accept-rival", trap="another provider accepts it first")
    yield _accept(stage, lost, place=True, purpose="accept-lost")


def _other_application(stage: Stage, person: Person) -> Person:
    """Return a person with the other one of their two applications."""
    application_id, record = next(
        each
        for each in stage.world.records(APPLICATIONS, participant_id=person.participant_id)
        if each[0] != person.application_id
    )
    return replace(person, application_id=application_id, course_identifier=record["course_identifier"])


def _accept_of(person: Person) -> Match:
    return Match(
        operations=frozenset({"accept_npq_application"}), about=frozenset({str(person.application_id).lower()})
    )


def _accept(
    stage: Stage, person: Person, *, place: bool | None = None, purpose: str = "decide", trap: str | None = None
) -> Task:
    return stage.task(TaskKind.ACCEPT, person, purpose=purpose, trap=trap, funded_place=place, schedule_identifier=None)


def _reject(stage: Stage, person: Person, purpose: str = "decide") -> Task:
    return stage.task(TaskKind.REJECT, person, purpose=purpose)


def _change_place(stage: Stage, person: Person, *, place: bool, trap: str | None = None) -> Task:
    return stage.task(TaskKind.CHANGE_FUNDED_PLACE, person, purpose="change-place", trap=trap, funded_place=place)

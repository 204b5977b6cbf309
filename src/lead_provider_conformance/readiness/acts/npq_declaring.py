"""The acts of the NPQ service about declarations: declare, correct, and report outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from lead_provider_conformance.readiness.acts.npq_applications import COACHING_DAY
from lead_provider_conformance.readiness.acts.npq_tasks import (
    COMPLETED,
    COMPLETED_OF_EARLIER,
    EARLIER_COHORT,
    FIRST_DAY,
    LATER,
    LIVE_RETAINED_1,
    LIVE_RETAINED_2,
    LIVE_STARTED,
    RETAINED_1,
    RETAINED_2,
    STARTED,
    TOO_EARLY,
    change_schedule,
    declaration_fields,
    declare,
    delivery_partner,
)
from lead_provider_conformance.readiness.acts.refusals import NPQ_FIELDS_REFUSED, PARTICIPANT_REFUSED
from lead_provider_conformance.readiness.acts.tasks import correction, declared_by_client, lose_void, post_about
from lead_provider_conformance.readiness.acts.trouble import SERVER_ERROR
from lead_provider_conformance.readiness.effects import hold, lose
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Cue, Stage
from lead_provider_sandbox.control.world import Person

HELD_SECONDS = 90.0
EARLY_COHORT, SPRING_DAY = 2023, "2024-02-05"
"""A cohort whose spring schedule begins, by every source, after its autumn declarations."""
OUTCOME_OF_EARLIER, RETAKEN = "2026-08-03", "2026-08-10"


def declare_participants(stage: Stage) -> Iterator[Cue]:
    """Let the client declare ten participants with lost responses, an error and a refusal; then every type."""
    people = [stage.create("npq.no-declarations") for _ in range(10)]
    tasks = [declare(stage, people[0], "started", FIRST_DAY)]
    tasks += [declare(stage, each, "started", STARTED) for each in people[1:]]
    tasks += [declare(stage, stage.create(state), "started", STARTED) for state in ("npq.nulls", "npq.specialist")]
    for name, person, effect in (
        ("lost-declaration", people[1], lose()),
        # The service refuses the exact copy by itself.
        ("lost-declaration-copy-refused", people[2], lose()),
        ("declaration-error", people[3], SERVER_ERROR),
        ("declaration-refused", people[4], PARTICIPANT_REFUSED),
    ):
        stage.arm(name, post_about(person), effect, participant_id=person.participant_id)
    yield stage.cue("Poll for changes, and declare as the tasks say.", tasks)
    if stage.waits:
        held = stage.create("npq.no-declarations")
        stage.arm("held-response", post_about(held), hold(HELD_SECONDS), participant_id=held.participant_id)
        yield stage.cue("Poll for changes, and do the task.", [declare(stage, held, "started", STARTED)])
    yield stage.cue(
        "Poll for changes, and do the tasks in their order.", [*_every_type(stage), *_reviewed(stage), *_traps(stage)]
    )
    doubtful = stage.create("npq.started")
    stage.arm("two-members-refused", post_about(doubtful), NPQ_FIELDS_REFUSED, participant_id=doubtful.participant_id)
    yield stage.cue("Poll for changes, and do the task.", [declare(stage, doubtful, "retained-1", RETAINED_1)])


def _every_type(stage: Stage) -> Iterator[Task]:
    """Yield a task for each type of declaration, each about a participant who has the ones before, or gets them."""
    person = stage.create("npq.no-declarations")
    yield declare(stage, person, "started", STARTED, purpose="declare-first")
    yield declare(stage, person, "retained-1", RETAINED_1, purpose="declare-second")
    yield declare(stage, stage.create("npq.started"), "retained-1", RETAINED_1)
    yield declare(stage, stage.create("npq.started", declared=LIVE_RETAINED_1), "retained-2", RETAINED_2)
    completing = stage.create("npq.started", declared=LIVE_RETAINED_2)
    yield declare(stage, completing, "completed", COMPLETED, has_passed=True)
    failing = stage.create("npq.retained")
    partner = delivery_partner(stage, EARLIER_COHORT)
    yield declare(
        stage,
        failing,
        "completed",
        COMPLETED_OF_EARLIER,
        purpose="declare-failed",
        has_passed=False,
        delivery_partner_id=partner,
    )
    coached = stage.create("npq.wrong-schedule", schedule="npq-ehco-november", declared=LIVE_STARTED)
    yield declare(stage, coached, "completed", COMPLETED, purpose="declare-without-outcome")


def _reviewed(stage: Stage) -> Iterator[Task]:
    """Yield the tasks about a participant whose schedule does not fit."""
    person = stage.create("npq.wrong-schedule")
    yield change_schedule(stage, person, "npq-ehco-december", purpose="change-schedule")
    yield declare(stage, person, "started", COACHING_DAY, purpose="declare-after-change")


def _traps(stage: Stage) -> Iterator[Task]:
    """Yield tasks that are wrong, as the client can see from the records and the calendar."""
    early, ahead = stage.create("npq.no-declarations"), stage.create("npq.no-declarations")
    yield declare(stage, early, "started", TOO_EARLY, trap="the day is before the window")
    tomorrow = (stage.today + timedelta(days=30)).isoformat()
    yield declare(stage, ahead, "started", tomorrow, trap="the day is in the future")
    specialist = stage.create("npq.specialist", declared=LIVE_RETAINED_1)
    yield declare(stage, specialist, "retained-2", RETAINED_2, trap="specialist courses have no retained-2")
    declared = stage.create("npq.started")
    yield declare(stage, declared, "started", "2026-01-12", trap="a live started declaration is shown")
    unknown = stage.create("npq.started", declared=LIVE_RETAINED_2)
    yield declare(stage, unknown, "completed", COMPLETED, trap="the outcome is not known")
    deferred = stage.create("npq.deferred")
    yield declare(stage, deferred, "retained-1", RETAINED_1, trap="the participant is deferred")


def correct(stage: Stage) -> Iterator[Cue]:
    """Let the client correct days, follow states that change, and void before it changes a schedule."""
    yield stage.cue("Poll for changes.")
    own: list[Person | None] = list(islice(declared_by_client(stage, STARTED), 5))
    fields = declaration_fields(stage)
    plain, lost, paid, ineligible, voided = [*own, *[None] * 5][:5]
    tasks = [correction(stage, each, STARTED, LATER, **fields) for each in (plain, lost, paid) if each]
    if lost:
        lose_void(stage, lost)
    for person, state in ((paid, "paid"), (ineligible, "ineligible"), (voided, "voided")):
        if person:
            stage.event("declaration-state", declaration_id=person.declaration_ids[0], state=state)
    if voided:
        tasks.append(declare(stage, voided, "started", STARTED, purpose="declare-again"))
    yield stage.cue("Poll for changes, and correct the declarations as the tasks say.", tasks)
    yield stage.cue("Poll for changes, and do the tasks in their order.", [*_moves(stage), *_arrival(stage)])


def _moves(stage: Stage) -> Iterator[Task]:
    """Yield the tasks about changes of schedule and cohort, of participants with and without declarations."""
    unfitting = stage.create("npq.started", cohort=f"{EARLY_COHORT}a", funded_place=None)
    yield change_schedule(stage, unfitting, "npq-leadership-spring", EARLY_COHORT, purpose="change-unfitting")
    yield declare(stage, unfitting, "started", SPRING_DAY, purpose="declare-after-change", delivery_partner_id=None)
    moving = stage.create("npq.no-declarations", cohort=f"{EARLIER_COHORT}a")
    yield change_schedule(stage, moving, "npq-leadership-autumn", purpose="change-cohort")
    staying = stage.create("npq.started")
    yield change_schedule(
        stage,
        staying,
        "npq-leadership-autumn",
        EARLIER_COHORT,
        purpose="change-cohort",
        trap="a declaration is live",
    )


def _arrival(stage: Stage) -> Iterator[Task]:
    """Yield the tasks about a participant who comes from another provider with a declaration."""
    arriving = stage.create("npq.transferred-in")
    stage.event("transferred-in", participant_id=arriving.participant_id)
    yield declare(
        stage,
        arriving,
        "started",
        STARTED,
        purpose="declare-transferred",
        trap="another provider has declared it",
    )
    yield declare(stage, arriving, "retained-1", RETAINED_1, purpose="declare-after-transfer")


def outcomes(stage: Stage) -> Iterator[Cue]:
    """Let the client report outcomes that changed, and follow one that DfE records."""
    retaken, unfinished, changed = (stage.create(each) for each in ("npq.failed", "npq.started", "npq.passed"))
    stage.event("outcome", participant_id=changed.participant_id, state="failed", completion_date=OUTCOME_OF_EARLIER)
    tasks = [
        _outcome(stage, retaken, OUTCOME_OF_EARLIER),
        _outcome(stage, unfinished, OUTCOME_OF_EARLIER, trap="no completed declaration is live"),
    ]
    failed = _declared_as_failed(stage)
    if failed:
        tasks.append(_outcome(stage, failed, RETAKEN))
    yield stage.cue("Poll for changes, and report the outcomes.", tasks)


def _declared_as_failed(stage: Stage) -> Person | None:
    """Return a participant whom the client has declared as completed and failed."""
    for declaration_id, attributes in stage.world.records("declarations"):
        if declaration_id in stage.session.accepted and attributes.get("has_passed") is False:
            record = stage.world.record("participants", attributes["participant_id"])
            return Person(
                attributes["participant_id"],
                record["full_name"],
                record["teacher_reference_number"],
                attributes["course_identifier"],
            )
    return None


def _outcome(stage: Stage, person: Person, on: str, trap: str | None = None) -> Task:
    return stage.task(TaskKind.REPORT_OUTCOME, person, purpose="outcome", trap=trap, state="passed", on=on)

"""The acts of the ECT service about declarations: declare, correct, and the next milestone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from lead_provider_conformance.readiness.acts.refusals import PARTICIPANT_REFUSED, TWO_FIELDS_REFUSED
from lead_provider_conformance.readiness.acts.tasks import (
    correction,
    declaration,
    declared_by_client,
    lose_void,
    post_about,
)
from lead_provider_conformance.readiness.acts.trouble import SERVER_ERROR
from lead_provider_conformance.readiness.effects import hold, lose
from lead_provider_conformance.readiness.script import Task
from lead_provider_conformance.readiness.stage import Cue, Stage
from lead_provider_sandbox.control.world import Person

COHORT = 2024
FIRST_DAY, DAY, LATER_DAY, LAST_DAY = "2024-06-01", "2024-10-15", "2024-11-04", "2024-12-31"
"""Days of the milestone `started` of ecf-standard-september 2024."""
DAY_AFTER_LAST = "2025-01-01"
EVIDENCE = "training-event-attended"
HELD_SECONDS = 90.0

MILESTONES_OF_2024 = (
    ("retained-1", "2025-02-03"),
    ("retained-2", "2025-05-06"),
    ("retained-3", "2025-10-06"),
    ("retained-4", "2026-02-03"),
    ("completed", "2026-05-06"),
)
"""A day within each milestone of ecf-standard-september 2024."""


def declare(stage: Stage) -> Iterator[Cue]:
    """Let the client declare ten participants with a lost response, an error and a refusal; then every type."""
    people = [stage.create("ect.no-declarations") for _ in range(6)]
    mentor = stage.create("mentor.no-declarations")
    newer = [stage.create("ect.of-2025"), stage.create("mentor.of-2025")]
    waiting = stage.create("ect.not-registered")
    lost, in_error, refused = people[0], people[1], people[2]
    days = (DAY, DAY, DAY, FIRST_DAY, LAST_DAY, LATER_DAY)
    tasks = [_started(stage, person, day) for person, day in zip(people, days, strict=True)]
    tasks.append(_started(stage, mentor, DAY))
    tasks += [_started(stage, person, "2025-10-13", evidence=EVIDENCE) for person in newer]
    tasks.append(_started(stage, waiting, DAY, purpose="declare-not-eligible-yet"))
    for name, person, effect in (
        ("lost-declaration", lost, lose()),
        # The service refuses the copy by itself.
        ("lost-declaration-copy-refused", people[3], lose()),
        ("declaration-error", in_error, SERVER_ERROR),
        ("declaration-refused", refused, PARTICIPANT_REFUSED),
    ):
        stage.arm(name, post_about(person), effect, participant_id=person.participant_id)
    # The refusal stands for as long as the record has its defect.
    yield stage.cue("Poll for changes, and declare as the tasks say.", tasks)
    if stage.waits:
        held = stage.create("ect.no-declarations")
        stage.arm("held-response", post_about(held), hold(HELD_SECONDS), participant_id=held.participant_id)
        yield stage.cue("Poll for changes, and do the task.", [_started(stage, held, DAY)])
    yield stage.cue(
        "Poll for changes, and declare as the tasks say.", [*_in_order(stage), *_every_type(stage), *_traps(stage)]
    )


def _every_type(stage: Stage) -> Iterator[Task]:
    """Yield a task for each type of declaration, each about a participant who has the ones before."""
    for number, (declaration_type, day) in enumerate(MILESTONES_OF_2024):
        before = ("started", *(name for name, _ in MILESTONES_OF_2024[:number]))
        for state in ("ect.started", "mentor.started"):
            person = stage.create(state, declared=tuple((each, "eligible") for each in before))
            yield declaration(stage, person, declaration_type, day, evidence=EVIDENCE)
    extended = stage.create(
        "ect.no-windows",
        declared=(("started", "eligible"), *((name, "eligible") for name, _ in MILESTONES_OF_2024[:4])),
    )
    for number, day in enumerate(("2025-11-03", "2026-03-03", "2026-06-03"), start=1):
        yield declaration(stage, extended, f"extended-{number}", day, evidence=EVIDENCE)
    mentor = stage.create("mentor.of-2025", declared=(("started", "eligible"),))
    yield declaration(stage, mentor, "completed", "2026-06-03", evidence="75-percent-engagement-met")


def _in_order(stage: Stage) -> Iterator[Task]:
    """Yield two tasks about one participant, whose declarations must be made in this order."""
    person = stage.create("ect.of-2025")
    yield _started(stage, person, "2025-10-13", evidence=EVIDENCE, purpose="declare-first")
    yield declaration(stage, person, "retained-1", "2026-02-03", evidence=EVIDENCE, purpose="declare-second")


def _traps(stage: Stage) -> Iterator[Task]:
    """Yield tasks that are wrong, as the client can see from the records."""
    late = stage.create("ect.no-declarations")
    yield _started(stage, late, DAY_AFTER_LAST, trap="the day is after the last day of the milestone")
    future = stage.create("ect.of-2025")
    tomorrow = (stage.today + timedelta(days=30)).isoformat()
    yield _started(stage, future, tomorrow, evidence=EVIDENCE, trap="the day is in the future")
    declared = stage.create("ect.started")
    yield _started(stage, declared, LATER_DAY, trap="a live started declaration is shown")
    unheld = stage.create("ect.started-2025")
    yield declaration(stage, unheld, "retained-1", "2026-02-03", evidence=None, trap="no evidence is held")
    mentor = stage.create("mentor.of-2025", declared=(("started", "eligible"),))
    yield declaration(
        stage, mentor, "retained-1", "2026-02-03", evidence=EVIDENCE, trap="mentors of cohort 2025 have no retained-1"
    )
    closed = stage.create("ect.started", cohort=2022, declared=(("started", "paid"),))
    yield declaration(stage, closed, "retained-1", "2023-02-01", evidence=EVIDENCE, trap="the cohort is closed")


def correct(stage: Stage) -> Iterator[Cue]:
    """Let the client correct dates, one with a lost response and one that was paid, and follow states that change."""
    yield stage.cue("Poll for changes.")
    own = list(declared_by_client(stage, DAY))
    plain, lost, paid, voided = [*own, *[None] * 4][:4]
    tasks = [correction(stage, each, DAY, LATER_DAY) for each in (plain, lost, paid) if each]
    if lost:
        lose_void(stage, lost)
    if paid:
        stage.event("declaration-state", declaration_id=paid.declaration_ids[0], state="paid")
    if voided:
        stage.event("declaration-state", declaration_id=voided.declaration_ids[0], state="voided")
    yield stage.cue("Poll for changes, and correct the declarations as the tasks say.", tasks)
    doubtful = stage.create("ect.started")
    stage.arm("two-members-refused", post_about(doubtful), TWO_FIELDS_REFUSED, participant_id=doubtful.participant_id)
    task = declaration(stage, doubtful, "retained-1", "2025-02-03", evidence=EVIDENCE)
    yield stage.cue("Poll for changes, and do the task.", [task])


def next_milestone(stage: Stage) -> Iterator[Cue]:
    """Move the clock to two days before a deadline, with declarations due."""
    due = next(_deadlines(stage), None)
    if due is None:
        stage.note("no-deadline")
        return
    schedule, declaration_type, deadline, before = due
    day = deadline - timedelta(days=2)
    ahead = datetime.combine(day, time(9, tzinfo=UTC)) - stage.now
    if ahead > timedelta(0):
        stage.move_clock(seconds=ahead.total_seconds())
    declared = tuple((each, "eligible") for each in before)
    people = [stage.create("ect.started", schedule=schedule, declared=declared) for _ in range(3)]
    stage.note("deadline", on=deadline.isoformat(), declaration_type=declaration_type, schedule=schedule)
    on = (day - timedelta(days=1)).isoformat()
    tasks = [declaration(stage, each, declaration_type, on, evidence=EVIDENCE) for each in people]
    yield stage.cue(f"The milestone ends on {deadline:%-d %B %Y}. Poll for changes, and declare what is due.", tasks)


def _deadlines(stage: Stage) -> Iterator[tuple[str, str, date, tuple[str, ...]]]:
    """Yield the milestones of cohort 2024 that end after today, with the types before each; the next first."""
    found = []
    for schedule in ("ecf-standard-september", "ecf-standard-january", "ecf-standard-april"):
        windows = stage.calendar.windows(schedule, COHORT)
        for number, window in enumerate(windows):
            if number and window.end and window.end > stage.today + timedelta(days=3):
                before = tuple(each.declaration_type for each in windows[:number])
                found.append((schedule, window.declaration_type, window.end, before))
    yield from sorted(found, key=lambda each: each[2])


def _started(
    stage: Stage, person: Person, on: str, *, evidence: str | None = None, trap: str | None = None, purpose: str = ""
) -> Task:
    return declaration(stage, person, "started", on, evidence=evidence, trap=trap, purpose=purpose)

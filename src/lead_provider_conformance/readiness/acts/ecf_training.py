"""The acts of the ECT service about training: breaks, departures, transfers, and records that change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from lead_provider_conformance.readiness.acts.ecf_declaring import EVIDENCE
from lead_provider_conformance.readiness.acts.tasks import declaration, merge_while_writing
from lead_provider_conformance.readiness.resources import DELIVERY_PARTNERS, PARTNERSHIPS, SCHOOLS
from lead_provider_conformance.readiness.script import Task, TaskKind
from lead_provider_conformance.readiness.stage import Cue, Stage
from lead_provider_sandbox.control.world import Person

RETAINED_1, RETAINED_2, COMPLETED = "2025-02-03", "2025-05-06", "2026-05-06"
STARTED = (("started", "eligible"),)
NEARLY_COMPLETED = tuple(
    (each, "eligible") for each in ("started", "retained-1", "retained-2", "retained-3", "retained-4")
)


def break_and_leave(stage: Stage) -> Iterator[Cue]:
    """Let participants take a break, come back, and leave."""
    on_break, leaving = stage.create("ect.started"), stage.create("ect.started-2025")
    joining, mentor = stage.create("ect.joining"), stage.create("mentor.started")
    today = stage.today
    tasks = [
        stage.task(TaskKind.DEFER, on_break, purpose="defer", reason="career-break", on=today),
        _declare(stage, leaving, "retained-1", "2026-02-03", "declare-before-withdrawal"),
        stage.task(TaskKind.WITHDRAW, leaving, purpose="withdraw", reason="left-teaching-profession", on=today),
        stage.task(TaskKind.WITHDRAW, mentor, purpose="withdraw", reason="mentor-no-longer-being-mentor", on=today),
        stage.task(
            TaskKind.WITHDRAW,
            joining,
            purpose="withdraw-joining",
            trap="the participant has not begun training",
            reason="moved-school",
            on=today,
        ),
    ]
    yield stage.cue("Poll for changes, and do the tasks.", tasks)
    stage.move_clock(days=1)
    traps = [
        _declare(stage, on_break, "retained-1", RETAINED_1, "declare-deferred", trap="the participant is deferred"),
        _declare(stage, leaving, "retained-2", "2026-05-05", "declare-backdated", evidence="75-percent-engagement-met"),
        _declare(
            stage,
            leaving,
            "retained-3",
            stage.today.isoformat(),
            "declare-after-withdrawal",
            trap="the day is after the withdrawal",
        ),
    ]
    yield stage.cue("The next day. Poll for changes, and do the tasks.", traps)
    stage.move_clock(days=1)
    resumed = stage.task(TaskKind.RESUME, on_break, purpose="resume", on=stage.today)
    yield stage.cue("The next day. Poll for changes, and do the task.", [resumed])
    declared = _declare(stage, on_break, "retained-1", RETAINED_1, "declare-after-resumption")
    yield stage.cue("Poll for changes, and do the task.", [declared])


def transfer(stage: Stage) -> Iterator[Cue]:
    """Let participants come, go, complete, and move between cohorts and schedules."""
    going, completing = stage.create("ect.started"), stage.create("ect.started", declared=NEARLY_COMPLETED)
    transferred = stage.event("transferred-in", state="ect.paid", on="2025-01-06")
    stage.event("leaving", participant_id=going.participant_id)
    yield stage.cue("Poll for changes.")
    arrived = _person(stage, transferred["participant_id"], going)
    tasks = [
        _declare(
            stage,
            arrived,
            "started",
            "2024-11-04",
            "declare-transferred",
            trap="another provider has declared it",
        ),
        _declare(stage, arrived, "retained-1", RETAINED_1, "declare-after-transfer"),
    ]
    half = stage.create("ect.started")
    stage.event("transfer-announced", participant_id=half.participant_id)
    yield stage.cue("Poll for changes, and do the tasks.", tasks)
    stage.event("left", participant_id=going.participant_id)
    ended = stage.today - timedelta(days=20)
    stage.event("induction-ended", participant_id=completing.participant_id, on=ended.isoformat())
    tasks = [
        stage.task(TaskKind.WITHDRAW, going, purpose="withdraw-transferred", reason="moved-school", on=stage.today),
        _declare(stage, completing, "completed", COMPLETED, "declare-completed"),
    ]
    yield stage.cue("Poll for changes, and do the tasks.", tasks)
    stage.event("transfer-completed", participant_id=half.participant_id)
    yield from _schedules(stage)


def _schedules(stage: Stage) -> Iterator[Cue]:
    moved = stage.create("ect.started", cohort=2022, declared=(("started", "paid"),))
    stage.event("cohort-moved", participant_id=moved.participant_id, to=2024)
    january = stage.create("ect.no-declarations")
    stage.note("default-schedule", participant_id=january.participant_id, schedule="ecf-standard-january")
    replacement = stage.create("mentor.no-declarations")
    mentored = stage.create("ect.no-declarations")
    stage.event("mentor-replaced", participant_id=mentored.participant_id, mentor_id=replacement.participant_id)
    change = TaskKind.CHANGE_SCHEDULE
    to_january = {"schedule_identifier": "ecf-standard-january", "cohort": "2024"}
    to_replacement = {"schedule_identifier": "ecf-replacement-september", "cohort": "2024"}
    tasks = [
        _declare(stage, moved, "retained-1", RETAINED_1, "declare-after-move"),
        stage.task(change, january, purpose="change-schedule", **to_january),
        _declare(stage, january, "started", "2025-01-20", "declare-after-change", evidence=None),
        stage.task(change, replacement, purpose="change-replacement", **to_replacement),
    ]
    yield stage.cue("Poll for changes, and do the tasks in their order.", tasks)


def identity(stage: Stage) -> Iterator[Cue]:
    """Let participants be merged, share a name, and have two roles; and partnerships change."""
    old, new = stage.create("ect.started"), stage.create("ect.no-declarations")
    retired, remaining = stage.create("ect.started"), stage.create("ect.no-declarations")
    first = stage.create("ect.no-declarations", full_name="Sam Taylor")
    second = stage.create("ect.no-declarations", full_name="Sam Taylor")
    both = stage.create("ect.started-2025")
    yield stage.cue("Poll for changes.")
    merged = stage.event("merged", from_id=old.participant_id, to_id=new.participant_id)
    kept = _person(stage, merged["to_id"], new)
    stage.event("changed", kind="participants", id=first.participant_id, field="email")
    as_mentor = stage.event(
        "mentor-as-well", participant_id=both.participant_id, on=(stage.today - timedelta(days=30)).isoformat()
    )
    mentor = Person(both.participant_id, both.full_name, both.teacher_reference_number, "ecf-mentor")
    stage.note("two-roles", **as_mentor)
    tasks = [
        _declare(
            stage,
            kept,
            "started",
            "2024-11-04",
            "declare-merged",
            trap="the history of the retired id is shown with the new one",
        ),
        _declare(stage, kept, "retained-1", RETAINED_1, "declare-after-merger"),
        _declare(stage, second, "started", "2024-10-15", "declare-namesake", evidence=None),
        _declare(stage, both, "retained-1", "2026-02-03", "declare-ect"),
        _declare(stage, mentor, "started", (stage.today - timedelta(days=1)).isoformat(), "declare-mentor"),
        merge_while_writing(stage, retired, remaining),
    ]
    yield stage.cue("Poll for changes, and do the tasks.", tasks)
    yield from _partnerships(stage)


def _partnerships(stage: Stage) -> Iterator[Cue]:
    """Let the client form a partnership, correct one, and leave alone a task about one that exists."""
    world, cohort = stage.world, "2026"
    schools = [each for _, each in world.records(SCHOOLS, cohort=cohort) if not each["in_partnership"]]
    own = [each for _, each in world.records(PARTNERSHIPS) if each["cohort"] == cohort]
    partners = [each["name"] for _, each in world.records(DELIVERY_PARTNERS) if cohort in each["cohort"]]
    corrected = own[0]
    another = next(name for name in partners if name != corrected["delivery_partner_name"])
    school = next(each for each in schools if each["induction_programme_choice"] == "not_yet_known")
    wanted = {"school_urn": school["urn"], "cohort": cohort, "delivery_partner_name": partners[0]}
    correction = {"school_urn": corrected["urn"], "cohort": cohort, "delivery_partner_name": another}
    tasks = [
        stage.task(TaskKind.PARTNER, purpose="partner", **wanted),
        stage.task(TaskKind.CHANGE_DELIVERY_PARTNER, purpose="change-delivery-partner", **correction),
    ]
    yield stage.cue("Poll for changes, and do the tasks about schools.", tasks)
    again = stage.task(TaskKind.PARTNER, purpose="partner-again", trap="the partnership exists", **wanted)
    yield stage.cue("Poll for changes, and do the task about the school.", [again])


def _person(stage: Stage, participant_id: str, like: Person) -> Person:
    record = stage.world.record("participants", participant_id)
    return Person(participant_id, record["full_name"], record["teacher_reference_number"], like.course_identifier)


def _declare(
    stage: Stage,
    person: Person,
    declaration_type: str,
    on: str,
    purpose: str,
    *,
    trap: str | None = None,
    evidence: str | None = EVIDENCE,
) -> Task:
    return declaration(stage, person, declaration_type, on, purpose=purpose, trap=trap, evidence=evidence)

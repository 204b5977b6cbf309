"""Rules about the declarations that tasks, or the calendar, make due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import Enrolment, enrolments, people_of, state_of
from lead_provider_conformance.readiness.resources import DECLARATIONS, PARTICIPANTS
from lead_provider_conformance.readiness.rule import Result, failed, not_applicable, not_met, passed, rule
from lead_provider_conformance.readiness.rules.assignments import assignments, left
from lead_provider_conformance.readiness.rules.declare_once import REASONS_TO_VOID
from lead_provider_conformance.readiness.script import CueLine, Task, TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import new_declarations, voids

NEXT_MILESTONE = "next-milestone"
"""The act in which a milestone opens."""
_TYPES = ("started", "retained-1", "retained-2", "retained-3", "retained-4", "completed")
MATRIX = {
    "ecf": [
        *(("ecf-induction", each) for each in _TYPES),
        ("ecf-induction", "extended"),
        ("ecf-mentor", "started"),
        ("ecf-mentor", "completed"),
    ],
    "npq": [("npq", each) for each in ("started", "retained-1", "retained-2", "completed")],
}
"""The courses and types that are tried. One extended declaration and any NPQ stand for all."""


@rule("declare/all-types-tested")
def all_types_tested(trace: Trace) -> Iterable[Result]:
    """Check that each course and type had an accepted declaration in the session. Holes are no failure."""
    accepted: dict[tuple[str, str], Exchange] = {}
    for new in new_declarations(trace):
        if new.exchange.succeeded:
            course = "npq" if new.course.startswith("npq-") else new.course
            accepted.setdefault((course, new.type.partition("extended-")[0] or "extended"), new.exchange)
    wanted = MATRIX.get(trace.scope.programme, [])
    holes = [f"{course} {kind}" for course, kind in wanted if (course, kind) not in accepted]
    if not accepted:
        return
    if not holes:
        yield passed(*accepted.values())
    elif trace.is_over:
        reason = f"no declaration was accepted of {', '.join(holes)}."
        yield not_met(reason, "Declare each type once; run all acts of the session.")


@rule("declare/before-deadline")
def before_deadline(trace: Trace) -> Iterable[Result]:
    """Check that what is due in the act of the next milestone is declared before the milestone's last day has passed.

    Schedules without a last day have the end of the act as their deadline; those of the NPQ service never have one. A
    declaration that was refused is no failure here.
    """
    if trace.scope.programme == "npq":
        yield not_applicable("Milestones of the NPQ service have no last day.")
        return
    for each in assignments(trace, TaskKind.DECLARE):
        if each.cue.act != NEXT_MILESTONE:
            continue
        deadline = _deadline(trace, each.cue, each.task)
        if each.accepted is None:
            yield from left(trace, "declare/before-deadline", each)
        elif deadline and each.accepted.server_start > deadline:
            reason = f"The task to {each.text} was done after the milestone's last day had passed."
            yield failed(reason, each.accepted, kind="late", group=each.task.id)
        else:
            yield passed(each.accepted)


@rule("declare/submitted-is-not-error")
def submitted_is_not_error(trace: Trace) -> Iterable[Result]:
    """Check that a declaration is not voided because it is `submitted`.

    A void fails if the declaration was last shown as submitted and no task gave a reason to void it. Declarations that
    the client made and that stay submitted pass once it has sent other requests.
    """
    people = people_of(trace)
    for declaration_id, exchange in voids(trace):
        views = people.records(exchange, DECLARATIONS, declaration_id)
        if not views or any(state_of(each) != "submitted" for each in views):
            continue
        participant = str(views[-1].get("participant_id"))
        tasks = (task for cue, task in trace.tasks if cue.start <= exchange.start and task.do in REASONS_TO_VOID)
        if not any(people.same(task.participant_id, participant) for task in tasks):
            reason = f"The declaration {declaration_id} was voided while it was submitted, and no task asked for it."
            yield failed(reason, exchange, kind="void of submitted", group=declaration_id)
    voided = {declaration_id for declaration_id, _ in voids(trace)}
    for new in new_declarations(trace):
        for record in new.exchange.records:
            is_submitted = state_of(record.get("attributes") or {}) == "submitted"
            if is_submitted and record.get("id") not in voided and trace.outlived(new.exchange):
                yield passed(new.exchange)


def _deadline(trace: Trace, cue: CueLine, task: Task) -> float | None:
    """Return the end of the milestone's last day in seconds since the epoch, if it was to come when the cue began."""
    attributes = trace.shown.attributes(PARTICIPANTS, task.participant_id or "", cue.end or cue.start)
    ends = [_end(trace, each, task) for each in enrolments(task.participant_id or "", attributes or {})]
    known = [each for each in ends if each is not None and each > cue.start + cue.offset]
    return max(known, default=None)


def _end(trace: Trace, enrolment: Enrolment, task: Task) -> float | None:
    if not enrolment.schedule or not enrolment.cohort or enrolment.course != task.course_identifier:
        return None
    kind = str(task.fields.get("declaration_type"))
    window = trace.calendar.window(enrolment.schedule, enrolment.cohort, kind, enrolment.suffix)
    if window is None or window.end is None:
        return None
    midnight = datetime.combine(window.end, time.max, UTC)
    return midnight.timestamp()

"""Rules about the type, the course and the evidence of a declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lead_provider_conformance.readiness.people import Enrolment, People, in_all, people_of
from lead_provider_conformance.readiness.rule import Result, failed, passed, rule
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import NewDeclaration, is_tolerated, new_declarations

MENTOR = "ecf-mentor"
MENTOR_TYPES = ("started", "completed")
"""The types for mentors of the cohorts with mentor funding."""
WITHOUT_OUTCOME = ("npq-early-headship-coaching-offer", "npq-additional-support-offer")
FIRST_WITH_DELIVERY_PARTNER = 2024
"""The first NPQ cohort whose declarations name a delivery partner."""

Problem = Callable[[NewDeclaration, Enrolment], str | None]


@rule("declare/type")
def declaration_type(trace: Trace) -> Iterable[Result]:
    """Check each type against the calendar's list for course, cohort and schedule as last shown.

    `extended-n` of a teacher is for `schedule/extended-only-ect-declarations`. One refused attempt at a task that is
    wrong on purpose is no failure. Schedules that the calendar does not have decide nothing.
    """
    calendar = trace.calendar

    def problem(new: NewDeclaration, enrolment: Enrolment) -> str | None:
        cohort = calendar.cohorts.get(enrolment.cohort or 0)
        if new.course == MENTOR and new.type.startswith("extended"):
            return "mentors have no extended declarations"
        if new.course == MENTOR and cohort and cohort.mentor_funding:
            return (
                None if new.type in MENTOR_TYPES else f"mentors of cohort {cohort.year} have started and completed only"
            )
        if not enrolment.schedule or not enrolment.cohort or new.type.startswith("extended"):
            return None
        windows = calendar.windows(enrolment.schedule, enrolment.cohort, enrolment.suffix)
        types = [each.declaration_type for each in windows]
        if types and new.type not in types:
            return f"{enrolment.schedule} of {enrolment.cohort} has only {', '.join(types)}"
        return None

    return _judged(trace, "declaration_type", problem)


@rule("declare/evidence")
def evidence(trace: Trace) -> Iterable[Result]:
    """Check `evidence_held` against the calendar's list for cohort, course and type.

    Where the sources contradict each other the calendar has no entry, and nothing is judged. One refused attempt at a
    task that is wrong on purpose is no failure.
    """

    def problem(new: NewDeclaration, enrolment: Enrolment) -> str | None:
        allowed = trace.calendar.evidence(enrolment.cohort or 0, new.course, new.type)
        held = new.exchange.attributes.get("evidence_held")
        if not allowed.values or held in allowed.values or (held is None and not allowed.required):
            return None
        sent = f"`{held}`" if held else "no evidence"
        return f"it has {sent}, and cohort {enrolment.cohort} allows {', '.join(allowed.values)}"

    return _judged(trace, "evidence_held", problem)


@rule("declare/course")
def course(trace: Trace) -> Iterable[Result]:
    """Check that each declaration names a course on which the participant is shown.

    A participant who was not shown decides nothing. One refused attempt at a task that is wrong on purpose is no
    failure.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id)
        if not any(views):
            continue
        in_course = people.views(new.exchange, new.participant_id, new.course)
        if any(in_course):
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            shown = sorted({each.course for view in views for each in view if each.course})
            reason = f"{new.text} was declared, and the participant was shown on {', '.join(shown) or 'no course'}."
            yield _failure(new, people, reason, "course_identifier")


@rule("declare/npq-outcome")
def npq_outcome(trace: Trace) -> Iterable[Result]:
    """Check that completed declarations of courses with an outcome say `has_passed`.

    True and false count as JSON booleans and as text: the published document and the service differ. One refused
    attempt at a task that is wrong on purpose is no failure.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        if new.type != "completed" or not new.course.startswith("npq-") or new.course in WITHOUT_OUTCOME:
            continue
        value = new.exchange.attributes.get("has_passed")
        if isinstance(value, bool) or value in ("true", "false"):
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            reason = f"{new.text} was declared with has_passed {value!r}; expected true or false."
            yield _failure(new, people, reason, "has_passed")


@rule("declare/npq-delivery-partner")
def npq_delivery_partner(trace: Trace) -> Iterable[Result]:
    """Check that NPQ declarations of cohort 2024 and later name the delivery partner.

    Applicants from outside England have none, and records do not say for certain who they are. An accepted
    declaration without a delivery partner was right, so only a refused one fails. One refused attempt at a task that
    is wrong on purpose is no failure.
    """
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        is_due = in_all(views, lambda each: (each.cohort or 0) >= FIRST_WITH_DELIVERY_PARTNER)
        if not is_due or not new.course.startswith("npq-"):
            continue
        if new.exchange.attributes.get("delivery_partner_id") or new.exchange.succeeded:
            yield passed(new.exchange)
        elif new.exchange.refused and not is_tolerated(trace, new.exchange):
            reason = f"{new.text} was declared without delivery_partner_id, which cohorts from 2024 on require."
            yield _failure(new, people, reason, "delivery_partner_id")


def _judged(trace: Trace, place: str, problem: Problem) -> Iterator[Result]:
    """Yield the results of a check that compares each declaration with the enrolments as shown."""
    people = people_of(trace)
    for new in new_declarations(trace):
        views = people.views(new.exchange, new.participant_id, new.course)
        if not any(views):
            continue
        if not in_all(views, lambda each, new=new: problem(new, each) is not None):  # type: ignore[misc]
            yield passed(new.exchange)
        elif not is_tolerated(trace, new.exchange):
            yield _failure(new, people, f"{new.text} was declared: {problem(new, views[-1][-1])}.", place)


def _failure(new: NewDeclaration, people: People, reason: str, place: str) -> Result:
    group = f"{people.current(new.participant_id)} {new.course} {new.type}"
    return failed(reason, new.exchange, kind="wrong declaration", place=place, group=group)

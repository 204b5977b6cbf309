"""Rules about NPQ outcomes and changes of cohort."""

from __future__ import annotations

from collections.abc import Iterable

from lead_provider_conformance.readiness.days import same_day
from lead_provider_conformance.readiness.people import Enrolment, in_all, people_of
from lead_provider_conformance.readiness.rule import Result, failed, passed, rule
from lead_provider_conformance.readiness.rules.assignments import assignments, left
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import is_tolerated, outcomes_sent, participant_actions

UNCAPPED, CAPPED = "full", "capped"


@rule("npq/outcome-corrected")
def outcome_corrected(trace: Trace) -> Iterable[Result]:
    """Check that each outcome that a task reports is sent with its state and day.

    A first request that was refused and then corrected is fine.
    """
    for each in assignments(trace, TaskKind.REPORT_OUTCOME):
        sent = each.accepted
        if sent is None:
            yield from left(trace, "npq/outcome-corrected", each)
            continue
        state, day = each.task.fields.get("state"), each.task.fields.get("on")
        fitting = [
            one
            for one in each.sent
            if one.succeeded
            and one.attributes.get("state") == state
            and (day is None or same_day(one.attributes.get("completion_date"), day))
        ]
        if fitting:
            yield passed(fitting[0])
        else:
            body = sent.attributes
            said = f"{body.get('state')} on {body.get('completion_date')}"
            reason = f"The outcome was sent as {said}; the task said {state} on {day}."
            yield failed(reason, sent, kind="wrong outcome", group=each.task.id)


@rule("npq/outcome-after-completed")
def outcome_after_completed(trace: Trace) -> Iterable[Result]:
    """Check that an outcome is sent only where a `completed` declaration is live.

    An accepted outcome had one. A refused one fails if the client had read all of the participant's declarations. An
    attempt at a task that is wrong on purpose is a failure: the client was shown the declarations.
    """
    people = people_of(trace)
    for participant, exchange in outcomes_sent(trace):
        course = exchange.attributes.get("course_identifier")
        known = people.declarations(exchange, participant, course if isinstance(course, str) else None)
        if exchange.succeeded or any(each.type == "completed" and each.is_live for each in known):
            yield passed(exchange)
        elif exchange.refused and people.has_read_declarations(exchange, participant):
            reason = f"An outcome of {participant} was sent, and their declarations show no live `completed`."
            yield failed(reason, exchange, kind="outcome before completion", group=participant)


@rule("npq/cohort-change-voids")
def cohort_change_voids(trace: Trace) -> Iterable[Result]:
    """Check that a cohort is changed only without live declarations, and not from capped to uncapped places.

    One refused attempt at a task that is wrong on purpose is no failure.
    """
    people = people_of(trace)
    for participant, exchange in participant_actions(trace, "change-schedule"):
        course, cohort = exchange.attributes.get("course_identifier"), str(exchange.attributes.get("cohort") or "")
        views = people.views(exchange, participant, course)
        year = cohort[:4]
        if not year or not in_all(views, lambda each, year=year: str(each.cohort) != year):  # type: ignore[misc]
            continue
        live = people.live(exchange, participant, course)
        is_uncapped = _fundings(trace, year) == {UNCAPPED}
        if live:
            problem = f"their declaration {live[0].id} is live"
        elif is_uncapped and in_all(views, lambda each: _funding(trace, each) == CAPPED):
            problem = "places of the old cohort are capped, and of the new one not"
        else:
            yield passed(exchange)
            continue
        if not is_tolerated(trace, exchange):
            reason = f"{participant} was moved to cohort {cohort}, and {problem}."
            yield failed(reason, exchange, kind="change of cohort", place="cohort", group=participant)


def _fundings(trace: Trace, year: str) -> set[str]:
    known = trace.calendar.cohorts.get(int(year)) if year.isascii() and year.isdigit() else None
    return set(known.suffixes.values()) if known else set()


def _funding(trace: Trace, enrolment: Enrolment) -> str | None:
    return trace.calendar.npq_funding(enrolment.cohort, enrolment.suffix)

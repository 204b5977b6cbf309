"""Rules about NPQ applications: decisions, funded places, lost races and lost responses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.horizon import horizon
from lead_provider_conformance.readiness.people import people_of
from lead_provider_conformance.readiness.resources import APPLICATIONS, DECLARATIONS, PARTICIPANTS, place
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.assignments import Assignment, assignments, left
from lead_provider_conformance.readiness.rules.schedule import before_first_declaration
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.shown import Record
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import application_actions, is_undecided, participant_actions

CAPPED, UNFUNDED = "capped", "zero"
MOST_ACCEPTS = 2
"""The requests to accept one application at most, if the response to the first is lost."""
DECISIONS = {TaskKind.ACCEPT: "accepted", TaskKind.REJECT: "rejected"}


@rule("npq/decide")
def decide(trace: Trace) -> Iterable[Result]:
    """Check that each application that tasks decide about is accepted or rejected as they say.

    An application that is shown with the decision needs no further request: the response to the first may be lost.
    """
    for each in assignments(trace, *DECISIONS):
        opposite = "reject" if each.task.do is TaskKind.ACCEPT else "accept"
        identifier = (each.task.application_id or "").lower()
        wrong = [
            exchange
            for other, exchange in application_actions(trace, opposite)
            if other == identifier and exchange.succeeded and exchange.start >= each.cue.start
        ]
        if wrong and not _is_decided_by_other_task(trace, each, identifier):
            reason = f"The task was to {each.text}, and the client sent `{opposite}`."
            yield failed(reason, wrong[0], kind="wrong decision", group=each.task.id)
        elif each.accepted:
            yield passed(each.accepted)
        elif not _is_shown_as(trace, identifier, DECISIONS[each.task.do]):
            yield from left(trace, "npq/decide", each)
        elif each.sent:
            yield passed(each.sent[-1])


@rule("npq/funded-place")
def funded_place(trace: Trace) -> Iterable[Result]:
    """Check `funded_place`: given where places are capped, and true only for who is eligible for funding.

    In a cohort without funding nobody has a funded place. Values are those last shown of the application. An attempt
    at a task that is wrong on purpose is a failure: the client was shown who is eligible. An acceptance without
    `funded_place` decides nothing if the task leaves it open: no response shows which cohorts are capped.
    """
    people, left_open = people_of(trace), _without_funded_place(trace)
    for identifier, exchange in application_actions(trace, "accept", "change-funded-place"):
        views = people.records(exchange, APPLICATIONS, identifier)
        if not views:
            continue
        value = exchange.attributes.get("funded_place")
        fundings = {_funding(trace, each) for each in views}
        is_ineligible = all(each.get("eligible_for_funding") is False for each in views)
        if value is None and fundings == {CAPPED} and exchange.segments[-1] == "accept":
            if identifier in left_open:
                continue
            problem = "had no funded_place, and places of its cohort are capped"
        elif value in (True, "true") and is_ineligible:
            problem = "had funded_place true, and eligible_for_funding was shown as false"
        elif value in (True, "true") and fundings == {UNFUNDED}:
            problem = "had funded_place true, and its cohort has no funded places"
        else:
            yield passed(exchange)
            continue
        reason = f"`{exchange.segments[-1]}` of the application {identifier} {problem}."
        yield failed(reason, exchange, kind="funded place", place="funded_place", group=identifier)


def _without_funded_place(trace: Trace) -> set[str]:
    """Return the applications that tasks accept without a word about the funded place."""
    accepts = [task for _, task in trace.tasks if task.do is TaskKind.ACCEPT]
    said = {(each.application_id or "").lower() for each in accepts if each.fields.get("funded_place") is not None}
    return {(each.application_id or "").lower() for each in accepts} - said


@rule("npq/funded-place-before-declaring")
def funded_place_before_declaring(trace: Trace) -> Iterable[Result]:
    """Check that the funded place is not changed while a declaration of the application is live.

    An attempt at a task that is wrong on purpose is a failure: the client was shown the declaration.
    """
    people = people_of(trace)
    by_application: dict[str, list[str]] = defaultdict(list)
    for declaration_id, versions in trace.shown.versions.get(DECLARATIONS, {}).items():
        by_application[str(versions[-1].attributes.get("application_id")).lower()].append(declaration_id)
    for identifier, exchange in application_actions(trace, "change-funded-place"):
        live = [
            each
            for each in by_application[identifier]
            if trace.shown.last(DECLARATIONS, each, horizon(trace, exchange)) and people.is_live(exchange, each)
        ]
        if live:
            reason = f"The funded place of the application {identifier} was changed; declaration {live[0]} is live."
            yield failed(reason, exchange, kind="funded place", group=identifier)
        else:
            yield passed(exchange)


@rule("npq/accept-lost-race")
def accept_lost_race(trace: Trace) -> Iterable[Result]:
    """Check that an application that another provider has accepted is dropped: one refused accept, and no second."""
    for _, exchange in delivered(trace, "rival-accepts"):
        kind, identifier, action = place(exchange)
        if kind == APPLICATIONS and identifier and action == "accept" and exchange.refused:
            yield from _dropped(trace, identifier, exchange)
    for event in trace.events_named("rival-accepted"):
        identifier = str(event.facts.get("application_id")).lower()
        history = trace.shown.history(APPLICATIONS, identifier)
        showing = next((each for each in history if each.attributes.get("status") == "rejected"), None)
        first = next((each for other, each in application_actions(trace, "accept") if other == identifier), None)
        if first is not None and first.refused and (showing is None or first.start < showing.end):
            yield from _dropped(trace, identifier, first)
        elif showing is not None:
            yield from _dropped(trace, identifier, showing.exchange)


@rule("npq/accept-retry")
def accept_retry(trace: Trace) -> Iterable[Result]:
    """Check that an accept whose response was lost is looked up or sent once more, and not more often.

    A 422 to the second one is success. Requests with a response that decides nothing, such as 429, do not count.
    """
    for _, exchange in delivered(trace, "lost-accept"):
        kind, identifier, action = place(exchange)
        if kind != APPLICATIONS or action != "accept" or not exchange.failed:
            continue
        if not trace.outlived(exchange):
            yield not_outlived(exchange)
            continue
        later = [each for other, each in application_actions(trace, "accept") if other == identifier]
        again = [each for each in later if each.start > exchange.end and not is_undecided(each)]
        reads = (each for each in trace.after(exchange.end) if each.method == "GET" and each.succeeded)
        looked = [each for each in reads if place(each)[0] in (APPLICATIONS, PARTICIPANTS)][:1]
        if 1 + len(again) > MOST_ACCEPTS:
            reason = f"The application {identifier} was accepted {1 + len(again)} times after a lost response."
            yield failed(reason, exchange, *again, kind="repeated accept", group=str(identifier))
        elif again or looked:
            yield passed(exchange, *again, *looked)
        else:
            remedy = "After a lost accept, look the application up or accept it once more."
            yield not_met("the client did not return to the application.", remedy, exchange)


@rule("npq/change-of-circumstance")
def change_of_circumstance(trace: Trace) -> Iterable[Result]:
    """Check that of two applications of one person the wrong one is rejected and the right one accepted.

    Judged where tasks of one act say both. A missing request is for `npq/decide`.
    """
    people = people_of(trace)
    accepts = list(assignments(trace, TaskKind.ACCEPT))
    for rejection in assignments(trace, TaskKind.REJECT):
        for acceptance in accepts:
            if rejection.cue.act != acceptance.cue.act:
                continue
            if not people.same(rejection.task.participant_id, acceptance.task.participant_id):
                continue
            if rejection.accepted and acceptance.accepted:
                yield passed(rejection.accepted, acceptance.accepted)
            else:
                remedy = "Reject the application with the wrong course, and accept the other one."
                yield not_met("one of the two applications was not decided.", remedy, blocked_by="npq/decide")


@rule("npq/schedule-on-accept")
def schedule_on_accept(trace: Trace) -> Iterable[Result]:
    """Check that a schedule that accepting gives and that does not fit is changed before the first declaration.

    Judged are tasks to accept that name the schedule, and tasks to change the schedule of participants whose
    application was accepted in the session. The accept itself may name the schedule.
    """
    people = people_of(trace)
    accepted = {
        str(record.get("attributes", {}).get("participant_id"))
        for _, exchange in application_actions(trace, "accept")
        for record in exchange.records
    }
    for each in assignments(trace, TaskKind.CHANGE_SCHEDULE):
        if any(people.same(each.task.participant_id, participant) for participant in accepted):
            yield from before_first_declaration(trace, "npq/schedule-on-accept", each)
    for each in assignments(trace, TaskKind.ACCEPT):
        schedule = each.task.fields.get("schedule_identifier")
        if each.accepted is None or not schedule:
            continue
        shown = [record.get("attributes") or {} for record in each.accepted.records]
        if not shown or any(attributes.get("schedule_identifier") == schedule for attributes in shown):
            yield passed(each.accepted)
            continue
        participant = str(shown[0].get("participant_id"))
        changes = (
            one for other, one in participant_actions(trace, "change-schedule") if people.same(other, participant)
        )
        sent = [one for one in changes if one.start > each.accepted.end]
        task = replace(each.task, do=TaskKind.CHANGE_SCHEDULE, participant_id=participant)
        yield from before_first_declaration(trace, "npq/schedule-on-accept", Assignment(task, each.cues, sent))


def _dropped(trace: Trace, identifier: str, exchange: Exchange) -> Iterator[Result]:
    """Yield whether no further accept of an application was sent after a response."""
    accepts = [each for other, each in application_actions(trace, "accept") if other == identifier]
    again = [each for each in trace.reaction(exchange) if each in accepts]
    if again:
        reason = f"The application {identifier} was accepted again after the response that another provider has it."
        yield failed(reason, exchange, again[0], kind="repeated accept", group=identifier)
    else:
        yield passed(exchange) if trace.outlived(exchange) else not_outlived(exchange)


def _funding(trace: Trace, attributes: Record) -> str | None:
    cohort = str(attributes.get("cohort") or "")
    year = int(cohort) if cohort.isascii() and cohort.isdigit() else None
    return trace.calendar.npq_funding(year, attributes.get("cohort_suffix"))


def _is_shown_as(trace: Trace, identifier: str, status: str) -> bool:
    return any(each.attributes.get("status") == status for each in trace.shown.history(APPLICATIONS, identifier))


def _is_decided_by_other_task(trace: Trace, assignment: Assignment, identifier: str) -> bool:
    """Return whether another task says the opposite about the application, earlier or later."""
    others = (task for _, task in trace.tasks if task.do in DECISIONS and task.do is not assignment.task.do)
    return any((task.application_id or "").lower() == identifier for task in others)

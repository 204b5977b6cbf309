"""Rules about participants whom schools or DfE move, and about declarations of other providers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial

from lead_provider_conformance.readiness.days import all_before
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.horizon import horizon
from lead_provider_conformance.readiness.people import Enrolment, enrolments, in_all, people_of
from lead_provider_conformance.readiness.resources import DECLARATIONS, PARTICIPANTS, TRANSFERS
from lead_provider_conformance.readiness.rule import Result, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.script import EventLine, TaskKind
from lead_provider_conformance.readiness.shown import Showing
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import is_undecided, new_declarations, participant_actions, voids

POLL = "Let the system poll participants and transfers after the change."


@rule("read/participant-status")
def participant_status(trace: Trace) -> Iterable[Result]:
    """Check that nobody is withdrawn who is shown as leaving, unless a task says so.

    After `left`, a withdrawal without a task is fine.
    """
    people = people_of(trace)
    early: set[str] = set()
    for participant, exchange in participant_actions(trace, "withdraw"):
        views = people.views(exchange, participant, exchange.attributes.get("course_identifier"))
        if in_all(views, _is_leaving) and not _is_due(trace, participant, exchange.start):
            early.add(people.current(participant))
            reason = f"{participant} was withdrawn while shown as leaving with training active, and no task said so."
            yield failed(reason, exchange, kind="withdrawal of a leaver", group=participant)
    for event in trace.events_named("leaving"):
        participant = str(event.facts.get("participant_id"))
        if people.current(participant) not in early:
            yield from _waited(trace, event, _shown(trace, event, lambda each: each.participant_status == "leaving"))


@rule("read/cohort-moved")
def cohort_moved(trace: Trace) -> Iterable[Result]:
    """Check that declarations after a move to another cohort fit its schedule.

    Old declarations stay in their cohort. Without a declaration after the move nothing is decided.
    """
    people = people_of(trace)
    for event in trace.events_named("cohort-moved"):
        participant, cohort = str(event.facts.get("participant_id")), str(event.facts.get("to"))
        showing = _shown(trace, event, partial(_is_in, cohort))
        if showing is None:
            yield not_met("the new cohort was not shown.", POLL, blocked_by="sync/partial")
            continue
        decided = False
        for new in new_declarations(trace):
            if new.exchange.start <= showing.end or not people.same(new.participant_id, participant):
                continue
            decided = True
            views = people.views(new.exchange, new.participant_id, new.course)
            window = next((_window(trace, each, new.type) for view in views[-1:] for each in view), None)
            if window is not None and all_before(new.date, window):
                reason = f"{new.text} was dated {new.date}; its schedule of cohort {cohort} begins on {window}."
                yield failed(reason, showing.exchange, new.exchange, kind="old schedule", group=participant)
            else:
                yield passed(showing.exchange, new.exchange)
        if not decided:
            yield not_met("nothing was declared after the move.", "Do the tasks of the act.", showing.exchange)


@rule("read/transfers")
def transfers(trace: Trace) -> Iterable[Result]:
    """Check that participants who left are noticed, and withdrawn once nothing is outstanding.

    A withdrawal that is missing is for `train/withdraw`, if a task asks for it; it may be for a person otherwise.
    """
    people = people_of(trace)
    for event in trace.events_named("left"):
        participant = str(event.facts.get("participant_id"))
        showing = _shown(trace, event, lambda each: each.participant_status == "left")
        showing = showing or _after(trace, TRANSFERS, participant, event.at)
        if showing is None:
            yield not_met("the client read neither the participant nor the transfer.", POLL, blocked_by="sync/partial")
            continue
        sent = [each for other, each in participant_actions(trace, "withdraw") if people.same(other, participant)]
        accepted = next((each for each in sent if each.succeeded and each.start > showing.end), None)
        if accepted:
            yield passed(showing.exchange, accepted)
        else:
            reason = "the participant was shown as left and was not withdrawn."
            remedy = "Withdraw participants who left once nothing is outstanding."
            yield not_met(reason, remedy, showing.exchange, blocked_by="train/withdraw")


@rule("read/transfer-incomplete")
def transfer_incomplete(trace: Trace) -> Iterable[Result]:
    """Check that nobody is withdrawn for a transfer of which one side only is shown, unless a task says so."""
    people = people_of(trace)
    early: set[str] = set()
    for participant, exchange in participant_actions(trace, "withdraw"):
        views = [
            attributes
            for identifier in people.ids(participant)
            for attributes in people.records(exchange, TRANSFERS, identifier)
        ]
        if not views or not all(map(_is_incomplete, views)) or _is_due(trace, participant, exchange.start):
            continue
        if in_all(people.views(exchange, participant), lambda each: each.participant_status == "left"):
            continue
        early.add(people.current(participant))
        reason = f"{participant} was withdrawn while one side of the transfer only was shown, and no task said so."
        yield failed(reason, exchange, kind="incomplete transfer", group=participant)
    for event in trace.events_named("transfer-announced"):
        participant = str(event.facts.get("participant_id"))
        if people.current(participant) not in early:
            yield from _waited(trace, event, _after(trace, TRANSFERS, participant, event.at))


@rule("read/transferred-declarations")
def transferred_declarations(trace: Trace) -> Iterable[Result]:
    """Check that declarations of another provider are neither voided nor made again.

    They count from when a response showed them. An attempt at a task that is wrong on purpose is a failure: the client
    was shown whose declaration it is.
    """
    people = people_of(trace)
    own = {str(name) for new in new_declarations(trace) for name in _providers(new.exchange)}
    wrong: set[str] = set()
    for declaration_id, exchange in voids(trace):
        attributes = trace.shown.attributes(DECLARATIONS, declaration_id, horizon(trace, exchange)) or {}
        name = attributes.get("lead_provider_name")
        if declaration_id in _transferred(trace, exchange.start) or (own and name and name not in own):
            wrong.add(people.current(str(attributes.get("participant_id"))))
            reason = f"The declaration {declaration_id} of another provider was voided."
            yield failed(reason, exchange, kind="another provider's", group=f"void {declaration_id}")
    for new in new_declarations(trace):
        theirs = _transferred(trace, new.exchange.start)
        if not theirs or is_undecided(new.exchange):
            continue
        live = [each for each in people.live(new.exchange, new.participant_id, new.course) if each.id.lower() in theirs]
        if any(each.type == new.type for each in live):
            wrong.add(people.current(new.participant_id))
            reason = f"{new.text} was declared, and another provider's declaration of it was shown."
            yield failed(reason, new.exchange, kind="another provider's", group=f"{new.participant_id} {new.type}")
    for event in trace.events_named("transferred-in"):
        showings = (_after(trace, DECLARATIONS, each, event.at) for each in _ids(event))
        first = next((each for each in showings if each is not None), None)
        if people.current(str(event.facts.get("participant_id"))) in wrong:
            continue
        if first is None:
            remedy = "Let the system read the participant's declarations after the transfer."
            yield not_met("the other provider's declarations were not shown.", remedy)
        else:
            yield from _waited(trace, event, first)


def _ids(event: EventLine) -> list[str]:
    return [str(each).lower() for each in event.facts.get("declaration_ids") or ()]


def _transferred(trace: Trace, moment: float) -> set[str]:
    """Return the declarations of other providers that came with transfers before a time."""
    events = (each for each in trace.events_named("transferred-in") if each.at < moment)
    return {declaration_id for event in events for declaration_id in _ids(event)}


def _providers(exchange: Exchange) -> Iterator[object]:
    """Yield the provider's own name in the response to a new declaration, if it shows it."""
    for record in exchange.records:
        name = (record.get("attributes") or {}).get("lead_provider_name")
        if name:
            yield name


def _waited(trace: Trace, event: EventLine, showing: Showing | None) -> Iterator[Result]:
    """Yield a pass if the client was shown what happened, went on, and the act ended without a wrong request."""
    if showing is None:
        yield not_met("the change was not shown to the client.", POLL, blocked_by="sync/partial")
    elif not trace.outlived(showing.exchange):
        yield not_outlived(showing.exchange)
    elif trace.has_ended(event.act):
        yield passed(showing.exchange)


def _is_due(trace: Trace, participant: str, moment: float) -> bool:
    """Return whether a task that is not wrong on purpose had asked for the withdrawal."""
    people = people_of(trace)
    return any(
        people.same(task.participant_id, participant)
        for cue, task in trace.tasks
        if task.do is TaskKind.WITHDRAW and task.trap is None and cue.start <= moment
    )


def _is_in(cohort: str, enrolment: Enrolment) -> bool:
    return str(enrolment.cohort) == cohort


def _is_leaving(enrolment: Enrolment) -> bool:
    return enrolment.participant_status == "leaving" and enrolment.training_status == "active"


def _is_incomplete(attributes: object) -> bool:
    found = attributes.get("transfers") if isinstance(attributes, dict) else None
    latest = found[-1] if isinstance(found, list) and found else {}
    return latest.get("status") == "incomplete" or latest.get("joining") is None


def _after(trace: Trace, kind: str, record_id: str, moment: float) -> Showing | None:
    return next((each for each in trace.shown.history(kind, record_id) if each.end > moment), None)


def _shown(trace: Trace, event: EventLine, fits: Callable[[Enrolment], bool]) -> Showing | None:
    """Return the first response after an event that showed an enrolment of its participant that fits."""
    participant = str(event.facts.get("participant_id"))
    for each in trace.shown.history(PARTICIPANTS, participant):
        if each.end > event.at and any(map(fits, enrolments(participant, each.attributes))):
            return each
    return None


def _window(trace: Trace, enrolment: Enrolment, declaration_type: str) -> date | None:
    """Return the first day of a milestone of the participant's schedule."""
    if not enrolment.schedule or not enrolment.cohort:
        return None
    window = trace.calendar.window(enrolment.schedule, enrolment.cohort, declaration_type, enrolment.suffix)
    return window.earliest_start if window else None

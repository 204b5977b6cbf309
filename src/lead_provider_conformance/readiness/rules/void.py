"""Rules about voiding declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from lead_provider_conformance.readiness.days import same_day
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import RETRACTED, People, people_of, same_course, state_of
from lead_provider_conformance.readiness.resources import DECLARATIONS, place
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.absence import absent
from lead_provider_conformance.readiness.rules.assignments import Assignment, assignments, left
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import is_tolerated, is_undecided, voids

CLAWBACK = "awaiting-clawback"
MOST_VOIDS = 2
"""The requests to void one declaration at most, if the response to the first is lost."""


@rule("void/own-mistakes")
def own_mistakes(trace: Trace) -> Iterable[Result]:
    """Check that the declaration of each task to correct one is voided by its id.

    The id may come from the response to the POST or from a read. A void without a response counts.
    """
    people = people_of(trace)
    for each in assignments(trace, TaskKind.CORRECT_DECLARATION):
        sent = _voids(trace, people, each)
        done = [exchange for exchange in sent if exchange.succeeded or exchange.failed]
        if done:
            yield passed(done[0])
        elif sent:
            reason = "every request to void the declaration was refused."
            yield not_met(reason, "See the responses to the requests.", *sent)
        elif trace.has_ended(each.cues[-1].act):
            reason = f"The task to {each.text} had no void of that declaration before the act ended."
            remedy = "Void the declaration by the id that its POST returned."
            yield absent(trace, "void/own-mistakes", each.cues, reason, remedy, group=each.task.id)


@rule("void/re-declare")
def re_declare(trace: Trace) -> Iterable[Result]:
    """Check that a corrected declaration is voided and then declared again, with the right day.

    Other requests may come in between. A first POST that was refused before the void is no failure.
    """
    people = people_of(trace)
    for each in assignments(trace, TaskKind.CORRECT_DECLARATION):
        sent = [exchange for exchange in _voids(trace, people, each) if exchange.succeeded or exchange.failed]
        if not sent:
            remedy = "Void the declaration first."
            yield not_met("the wrong declaration was not voided.", remedy, blocked_by="void/own-mistakes")
            continue
        each.sent = [exchange for exchange in each.sent if exchange.start > sent[0].start]
        accepted = each.accepted
        if accepted is None:
            yield from left(trace, "void/re-declare", each, sent[0])
        elif same_day(accepted.attributes.get("declaration_date"), each.task.fields.get("on")):
            yield passed(sent[0], accepted)
        else:
            day, sent_day = each.task.fields.get("on"), accepted.attributes.get("declaration_date")
            reason = f"The corrected declaration was dated {sent_day}; the task said {day}."
            yield failed(reason, sent[0], accepted, kind="wrong correction", group=each.task.id)


@rule("void/not-voided-states")
def not_voided_states(trace: Trace) -> Iterable[Result]:
    """Check that no declaration is voided that was shown as voided or clawed back.

    A retry before any read showed the new state is fine. One refused attempt at a task that is wrong on purpose is no
    failure.
    """
    people = people_of(trace)
    for declaration_id, exchange in voids(trace):
        views = people.records(exchange, DECLARATIONS, declaration_id)
        if not views:
            continue
        if any(state_of(each) not in RETRACTED for each in views):
            yield passed(exchange)
        elif not _is_tolerated(trace, people, exchange, views[-1]):
            reason = f"The declaration {declaration_id} was voided, and was shown as {state_of(views[-1])} before."
            yield failed(reason, exchange, kind="void of voided", group=declaration_id)


@rule("void/paid-is-clawback")
def paid_is_clawback(trace: Trace) -> Iterable[Result]:
    """Check that a declaration whose void showed that it awaits clawback is not voided again.

    Both spellings of the state count: one published document writes it with an underscore.
    """
    sent = tuple(voids(trace))
    for declaration_id, exchange in sent:
        if not any(state_of(each.get("attributes") or {}) == CLAWBACK for each in exchange.records):
            continue
        own = [each for other, each in sent if other == declaration_id and each is not exchange]
        reaction = {each.id for each in trace.reaction(exchange)} if own else set()
        again = [each for each in own if each.id in reaction]
        if again:
            reason = f"The declaration {declaration_id} awaited clawback and was voided again."
            yield failed(reason, exchange, again[0], kind="void of voided", group=declaration_id)
        elif trace.outlived(exchange):
            yield passed(exchange)
        else:
            yield not_outlived(exchange)


@rule("void/exact-retry")
def exact_retry(trace: Trace) -> Iterable[Result]:
    """Check that a void whose response was lost is looked up or sent once more, and not more often.

    Requests with a response that decides nothing, such as 429, do not count.
    """
    for _, exchange in delivered(trace, "lost-void"):
        kind, declaration_id, action = place(exchange)
        if kind != DECLARATIONS or action != "void" or not exchange.failed:
            continue
        if not trace.outlived(exchange):
            yield not_outlived(exchange)
            continue
        again = [each for other, each in voids(trace) if other == declaration_id and each.start > exchange.end]
        again = [each for each in again if not is_undecided(each)]
        looked = _read_after(trace, exchange)
        if 1 + len(again) > MOST_VOIDS:
            reason = f"The declaration {declaration_id} was voided {1 + len(again)} times after a lost response."
            yield failed(reason, exchange, *again, kind="void of voided", group=str(declaration_id))
        elif again or looked:
            yield passed(exchange, *again, *([looked] if looked else []))
        else:
            remedy = "After a lost void, look the declaration up or send the void once more."
            yield not_met("the client did not return to the declaration.", remedy, exchange)


def _voids(trace: Trace, people: People, assignment: Assignment) -> list[Exchange]:
    """Return the voids of the declaration that a task is about, since the task was given."""
    task = assignment.task
    found = []
    for declaration_id, exchange in voids(trace):
        attributes = trace.shown.attributes(DECLARATIONS, declaration_id, exchange.start) or {}
        if (
            exchange.start >= assignment.cue.start
            and attributes.get("declaration_type") == task.fields.get("declaration_type")
            and people.same(str(attributes.get("participant_id")), task.participant_id)
            and (not task.course_identifier or same_course(attributes.get("course_identifier"), task.course_identifier))
        ):
            found.append(exchange)
    return found


def _is_tolerated(trace: Trace, people: People, exchange: Exchange, attributes: object) -> bool:
    """Return whether a refused void is the one attempt at a task that is wrong on purpose."""
    participant = attributes.get("participant_id") if isinstance(attributes, dict) else None
    tasks: Iterator[bool] = (
        people.same(task.participant_id, str(participant))
        for cue, task in trace.tasks
        if task.trap and task.do is TaskKind.CORRECT_DECLARATION and cue.start <= exchange.start
    )
    return is_tolerated(trace, exchange) or (any(tasks) and _first_refused(trace).get(exchange.path) is exchange)


@lru_cache(maxsize=4)
def _first_refused(trace: Trace) -> Mapping[str, Exchange]:
    """Return the first refused void by path."""
    first: dict[str, Exchange] = {}
    for _, each in voids(trace):
        if each.refused:
            first.setdefault(each.path, each)
    return first


def _read_after(trace: Trace, exchange: Exchange) -> Exchange | None:
    reads = (each for each in trace.after(exchange.end) if each.method == "GET" and each.succeeded)
    return next((each for each in reads if place(each)[0] == DECLARATIONS), None)

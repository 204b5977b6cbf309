"""Rules about reading records that hold something that the client may not expect."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import enrolments
from lead_provider_conformance.readiness.resources import APPLICATIONS, PARTICIPANTS
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, requests_in
from lead_provider_conformance.readiness.rules.assignments import assignments
from lead_provider_conformance.readiness.script import CueLine, Task, TaskKind
from lead_provider_conformance.readiness.shown import Record, Showing
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.walks import page_number

NULLABLE = (
    "teacher_reference_number",
    "email",
    "school_urn",
    "eligible_for_funding",
    "mentor_id",
    "induction_end_date",
)
"""Fields of a participant, an enrolment or an application that may be null."""


@rule("read/tolerates-new-members")
def tolerates_new_members(trace: Trace) -> Iterable[Result]:
    """Check that a client goes on after records with a field that it does not know."""
    yield from _goes_on(
        trace, "read/tolerates-new-members", "unknown-member", "a field that the contract does not have"
    )


@rule("read/tolerates-new-values")
def tolerates_new_values(trace: Trace) -> Iterable[Result]:
    """Check that a client goes on after records with a value that it does not know."""
    yield from _goes_on(trace, "read/tolerates-new-values", "unknown-value", "a value that the contract does not have")


@rule("read/tolerates-null")
def tolerates_null(trace: Trace) -> Iterable[Result]:
    """Check that a client goes on after records with null where the contract allows it.

    The first response with each null decides, in the order in which the client read them.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for name, exchange in _first_nulls(trace).items():
        names[exchange.id].add(name)
    for exchange in trace.exchanges:
        if exchange.id in names:
            yield from _judged(trace, exchange, f"null in {', '.join(sorted(names[exchange.id]))}")


def _goes_on(trace: Trace, obligation: str, situation: str, content: str) -> Iterator[Result]:
    """Yield the result for the first response of each armed situation: the others follow from it.

    A command that ends with an error right after such a response, and leaves a task of its cue, stopped at it.
    """
    for each in trace.situations_named(situation):
        responses = [exchange for armed, exchange in delivered(trace, situation) if armed is each]
        if not responses:
            continue
        cue = cue_of(trace, responses[-1])
        undone = [
            each for each in assignments(trace, *TaskKind)
            if cue in each.cues and not each.sent and _was_shown(trace, each.task, cue)
        ]  # fmt: skip
        is_last = cue is not None and cue.status and responses[-1] in requests_in(trace, cue)[-1:]
        if cue and undone and is_last and trace.has_ended(cue.act):
            end = f"the command ended with {cue.status} and left the task to {undone[0].text}"
            reason = f"The response had {content}; {end}."
            yield absent(trace, obligation, [cue], reason, "Do the task.", responses[-1], group=content)
        else:
            yield from _judged(trace, responses[0], content)


def _judged(trace: Trace, exchange: Exchange, content: str) -> Iterator[Result]:
    """Yield whether the client went on after a response, and read its list to the end, then or later.

    Going on is another path, or another page. A command that ended well after the last page had nothing to do. The
    exit status of a command with tasks decides nothing: it may be about one of them.
    """
    cue = cue_of(trace, exchange)
    place_of = (exchange.method, exchange.path, page_number(exchange))
    later = trace.reaction(exchange)
    others = [each for each in later if (each.method, each.path, page_number(each)) != place_of]
    stopped = _unread(trace, exchange)
    if not trace.outlived(exchange):
        is_done = cue is not None and cue.status == 0 and not stopped
        yield passed(exchange) if is_done else not_outlived(exchange)
    elif not stopped and (others or (cue is not None and cue.status == 0)):
        yield passed(exchange, *others[:1])
    elif trace.has_ended(exchange.act) and others and not (_reads_further_pages(trace) or _crashed_at(trace, exchange)):
        reason = "the client read no list of several pages to its end."
        remedy = "Let the system read every list to its end."
        yield not_met(reason, remedy, exchange, blocked_by="paging/all-pages")
    elif trace.has_ended(exchange.act) and later:
        rest = "did not read the list to its end" if others else "sent nothing but the same request"
        reason = f"The response had {content}; after it the client {rest}."
        yield failed(reason, exchange, later[-1], kind="stopped at a record", place=content, group=content)
    else:
        yield not_met("the client sent too little after the response.", "Let the system run on.", exchange)


def _crashed_at(trace: Trace, exchange: Exchange) -> bool:
    """Return whether a command that had no task ended with an error right after a response."""
    cue = cue_of(trace, exchange)
    if cue is None or not cue.status or cue.tasks:
        return False
    return exchange in requests_in(trace, cue)[-1:]


def _was_shown(trace: Trace, task: Task, cue: CueLine | None) -> bool:
    """Return whether the client could know the subject of a task before the cue ended."""
    before = cue.end if cue and cue.end is not None else math.inf
    subjects = ((PARTICIPANTS, task.participant_id), (APPLICATIONS, task.application_id))
    return any(trace.shown.last(kind, each, before) for kind, each in subjects if each)


def _reads_further_pages(trace: Trace) -> bool:
    """Return whether the client has read a list of several pages to its end."""
    return any(each.is_complete and len(each.pages) > 1 for each in trace.walks)


def _unread(trace: Trace, exchange: Exchange) -> bool:
    """Return whether the response is a page of a list that the client did not read to the end, nor again later."""
    walk = next((each for each in trace.walks if exchange in each.requests), None)
    if walk is None or walk.is_complete:
        return False
    again = (each for each in trace.walks if each.path == walk.path and each.start.start > exchange.end)
    return not any(each.is_complete for each in again)


def _first_nulls(trace: Trace) -> dict[str, Exchange]:
    """Return the first read that showed a null, by the name of the field."""
    first: dict[str, Showing] = {}
    for kind in (PARTICIPANTS, APPLICATIONS):
        for versions in trace.shown.versions.get(kind, {}).values():
            last = None
            for each in versions:
                if each.attributes is last or each.exchange.is_write:  # equal versions share their attributes
                    continue
                last = each.attributes
                for name in _nulls(last):
                    if name not in first or each.end < first[name].end:
                        first[name] = each
    return {name: each.exchange for name, each in first.items()}


def _nulls(attributes: Record) -> set[str]:
    parts = [attributes, *(each.record for each in enrolments("", attributes))]
    return {name for name in NULLABLE for part in parts if name in part and part[name] is None}

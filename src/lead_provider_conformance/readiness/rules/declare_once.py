"""Rules about declaring once, after lost responses too, and in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.people import People, people_of, same_course
from lead_provider_conformance.readiness.resources import DECLARATIONS, place
from lead_provider_conformance.readiness.rule import Result, delivered, failed, not_met, not_outlived, passed, rule
from lead_provider_conformance.readiness.rules.absence import absent, cues_from
from lead_provider_conformance.readiness.rules.declare_dates import TYPES
from lead_provider_conformance.readiness.script import TaskKind
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.readiness.writes import NewDeclaration, is_tolerated, new_declarations, tasks_of, voids

LOST, COPY_REFUSED, ERROR = "lost-declaration", "lost-declaration-copy-refused", "declaration-error"
REASONS_TO_VOID = (TaskKind.CORRECT_DECLARATION, TaskKind.CHANGE_SCHEDULE, TaskKind.WITHDRAW)
RETURN_TO_IT = "Send an exact copy of a declaration without a response, or look it up by filter[participant_id]."


@rule("declare/not-twice")
def not_twice(trace: Trace) -> Iterable[Result]:
    """Check that no second declaration of a participant, course and type is sent while one is live.

    Exact copies never fail: two published texts contradict each other about them. After a lost response another
    date or other evidence fails, unless a read in between could show the first one. Voided and ineligible declarations
    may be declared again. One refused attempt at a task that is wrong on purpose is no failure.
    """
    people = people_of(trace)
    earlier: dict[tuple[str, str], list[NewDeclaration]] = defaultdict(list)
    for new in new_declarations(trace):
        of_type = earlier[people.current(new.participant_id), new.type]
        before = [each for each in of_type if same_course(each.course, new.course)]
        of_type.append(new)
        if any(new.copies(each) for each in before) or _has_several_applications(people, new):
            continue
        live = [each for each in people.live(new.exchange, new.participant_id, new.course) if each.type == new.type]
        lost = [each for each in before if each.exchange.failed and each.exchange.end <= new.exchange.start]
        if live and not is_tolerated(trace, new.exchange):
            reason = f"{new.text} was declared, and declaration {live[0].id} of it was shown as {live[0].state}."
            yield _failure(reason, new, new.exchange)
        elif not live and lost and not _reads(trace, lost[-1].exchange.end, new.exchange.start):
            reason = f"{new.text} was not confirmed, and was sent again with {_difference(lost[-1], new)}."
            yield _failure(reason, new, lost[-1].exchange, new.exchange)
        elif not live:
            yield passed(new.exchange)


@rule("declare/retry-exact-copy")
def retry_exact_copy(trace: Trace) -> Iterable[Result]:
    """Check that a declaration whose response was lost is sent again as it was, or looked up first.

    An exact copy is right at any time, and so is a read of that participant's declarations. Another read counts if it
    shows the declaration before the act has ended. A 422 to the copy is success: the service refuses duplicates. A
    server error is judged like a lost response: the client cannot know whether the declaration was made.
    """
    people = people_of(trace)
    for situation, exchange in delivered(trace, LOST, COPY_REFUSED, ERROR):
        lost = _declaration_of(trace, exchange)
        if lost is None or not exchange.failed:
            continue
        if not trace.outlived(exchange):
            yield not_outlived(exchange)
            continue
        later = [each for each in new_declarations(trace) if each.exchange.start > exchange.end]
        again = next((each for each in later if each.about(lost, people)), None)
        looked = _lookup(trace, lost, exchange.end)
        if again and (looked is None or again.exchange.start < looked.end) and not again.copies(lost):
            difference = _difference(lost, again)
            reason = f"{lost.text} was not confirmed and sent again with {difference}; expected an exact copy."
            yield _failure(reason, lost, exchange, again.exchange)
        elif again or looked:
            yield passed(exchange, *([again.exchange] if again else [looked] if looked else []))
        elif trace.has_ended(situation.act):
            cues = [each for each in cues_from(trace, exchange.end) if each.act == situation.act]
            reason = f"{lost.text} was not confirmed, and neither sent again nor looked up before the act ended."
            yield absent(trace, "declare/retry-exact-copy", cues, reason, RETURN_TO_IT, exchange)
        else:
            yield not_met("the act has not ended.", RETURN_TO_IT, exchange)


@rule("declare/duplicate-422-read")
def duplicate_422_read(trace: Trace) -> Iterable[Result]:
    """Check that a 422 to the copy of a lost declaration is taken as success that had come already.

    After it a third POST, or a void, of that declaration fails. A later task is a reason for either, and so is a
    response that showed it as voided or ineligible. Any later read of the declaration is the look-up.
    """
    people = people_of(trace)
    for _, exchange in delivered(trace, LOST, COPY_REFUSED):
        lost = _declaration_of(trace, exchange)
        if lost is None or not exchange.failed:
            continue
        later = [each for each in new_declarations(trace) if each.about(lost, people)]
        later = [each for each in later if each.exchange.start > exchange.end]
        copy = next((each.exchange for each in later if each.copies(lost) and each.exchange.status == 422), None)
        if copy is None:
            continue
        if not trace.outlived(copy):
            yield not_outlived(exchange, copy)
            continue
        reaction = trace.reaction(copy)
        until = _new_reason(trace, people, lost)
        third = [each for each in later if each.exchange in reaction and each.exchange.start < until]
        third = [each for each in third if not _is_gone(people, each)]
        voided = [each for each in _voids_of(trace, people, lost) if each in reaction and each.start < until]
        looked = _lookup(trace, lost, copy.end)
        if voided or third:
            done = "voided" if voided else "sent a third time"
            reason = f"{lost.text} was {done} after the 422 to its copy; the 422 says that it exists."
            yield _failure(reason, lost, copy, voided[0] if voided else third[0].exchange)
        elif looked:
            yield passed(copy, looked)
        elif trace.is_over:
            reason = f"{lost.text} was not looked up after the 422 to its copy, so its id is not known."
            cues = list(cues_from(trace, copy.end))
            yield absent(trace, "declare/duplicate-422-read", cues, reason, RETURN_TO_IT, exchange, copy)


@rule("declare/order")
def order(trace: Trace) -> Iterable[Result]:
    """Check that types are declared in order.

    A later type fails if the client declares an earlier one only after it, for the first time, though the task for it
    was there. It also fails if no `started` is known after all of the participant's declarations were read. A
    milestone that is never declared is no failure: there may have been no evidence. Requests sent at the same time
    have no order. A later type counts from its first request, also if the response was lost.
    """
    people = people_of(trace)
    news = [each for each in new_declarations(trace) if each.type in TYPES]
    by_person: dict[str, list[NewDeclaration]] = defaultdict(list)
    for each in news:
        by_person[people.current(each.participant_id)].append(each)
    for new in news:
        if not (new.exchange.succeeded or new.exchange.failed):
            continue
        rank = TYPES.index(new.type)
        mine = [each for each in by_person[people.current(new.participant_id)] if each.course == new.course]
        mine = [each for each in mine if TYPES.index(each.type) < rank]
        known = {each.type for each in people.declarations(new.exchange, new.participant_id, new.course)}
        tried = {each.type for each in mine if each.exchange.start < new.exchange.end}
        late = [each for each in mine if each.exchange.start > new.exchange.end and each.type not in known | tried]
        late = [each for each in late if each.exchange.succeeded and _was_due(trace, new, each)]
        has_read = people.has_read_declarations(new.exchange, new.participant_id)
        if late:
            reason = f"{late[0].text} was declared after `{new.type}`, though the task for it was there before."
            yield failed(reason, new.exchange, late[0].exchange, kind="order", group=_group(new))
        elif new.exchange.failed:
            continue
        elif rank and has_read and TYPES[0] not in known | tried:
            reason = f"{new.text} was declared, and the participant's declarations show no `started`."
            yield failed(reason, new.exchange, kind="order", group=_group(new))
        else:
            yield passed(new.exchange)


def _was_due(trace: Trace, new: NewDeclaration, late: NewDeclaration) -> bool:
    people = people_of(trace)
    due = [
        cue
        for cue, task in trace.tasks
        if task.fields.get("declaration_type") == late.type and people.same(task.participant_id, late.participant_id)
    ]
    return not due or any(cue.start <= new.exchange.start for cue in due)


def _has_several_applications(people: People, new: NewDeclaration) -> bool:
    """Return whether an NPQ participant takes the course twice: each application has its own declarations."""
    views = people.views(new.exchange, new.participant_id, new.course)
    return new.course.startswith("npq-") and any(len(view) > 1 for view in views)


def _declaration_of(trace: Trace, exchange: Exchange) -> NewDeclaration | None:
    return next((each for each in new_declarations(trace) if each.exchange is exchange), None)


def _reads(trace: Trace, after: float, before: float) -> list[Exchange]:
    """Return the successful reads of declarations between two times."""
    reads = (each for each in trace.exchanges if each.method == "GET" and each.succeeded)
    return [each for each in reads if each.start > after and each.end < before and place(each)[0] == DECLARATIONS]


def _lookup(trace: Trace, lost: NewDeclaration, after: float) -> Exchange | None:
    """Return the first read that looked for a declaration: by its participant, or one that showed it."""
    people = people_of(trace)
    for each in _reads(trace, after, float("inf")):
        wanted = (each.parameter("filter[participant_id]") or "").split(",")
        if any(people.same(identifier, lost.participant_id) for identifier in wanted if identifier):
            return each
        end = next((act.end for act in trace.acts if act.name == lost.exchange.act), None)
        if (end is None or each.start <= end) and any(_shows(people, record, lost) for record in each.records):
            return each
    return None


def _shows(people: People, record: object, lost: NewDeclaration) -> bool:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    return (
        isinstance(attributes, dict)
        and attributes.get("declaration_type") == lost.type
        and people.same(str(attributes.get("participant_id")), lost.participant_id)
    )


def _voids_of(trace: Trace, people: People, lost: NewDeclaration) -> Sequence[Exchange]:
    """Return the voids of declarations of the same participant and type."""
    found = []
    for declaration_id, exchange in voids(trace):
        attributes = trace.shown.attributes(DECLARATIONS, declaration_id, exchange.start)
        if _shows(people, {"attributes": attributes}, lost):
            found.append(exchange)
    return found


def _is_gone(people: People, new: NewDeclaration) -> bool:
    """Return whether the declaration was shown, and none of its type counted any more before a request."""
    known = people.declarations(new.exchange, new.participant_id, new.course)
    of_type = [each for each in known if each.type == new.type]
    return bool(of_type) and not any(each.is_live for each in of_type)


def _new_reason(trace: Trace, people: People, lost: NewDeclaration) -> float:
    """Return when a later task gave a reason to void the declaration, or to send another; infinity if none did."""
    known = {(task.id, task.do) for _, task in tasks_of(trace, lost.exchange)}
    starts = (
        cue.start
        for cue, task in trace.tasks
        if cue.start > lost.exchange.start
        and (task.id, task.do) not in known
        and task.do in (TaskKind.DECLARE, *REASONS_TO_VOID)
        and task.fields.get("declaration_type") in (lost.type, None)
        and people.same(task.participant_id, lost.participant_id)
    )
    return min(starts, default=float("inf"))


def _difference(one: NewDeclaration, other: NewDeclaration) -> str:
    mine, its = one.exchange.attributes, other.exchange.attributes
    names = sorted(name for name in {*mine, *its} if mine.get(name) != its.get(name))
    return f"another {' and '.join(names)}"


def _group(new: NewDeclaration) -> str:
    return f"{new.participant_id.lower()} {new.course}"


def _failure(reason: str, new: NewDeclaration, *exchanges: Exchange) -> Result:
    return failed(reason, *exchanges, kind="declared twice", group=f"{_group(new)} {new.type}")

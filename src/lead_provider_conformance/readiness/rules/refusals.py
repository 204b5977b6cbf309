"""Rules about requests that were refused for their content: 400, 404 and 422."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lead_provider_conformance.readiness.coverage import Content, content_of, is_answered
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import place, record_ids
from lead_provider_conformance.readiness.rule import (
    Result,
    delivered,
    failed,
    not_met,
    not_outlived,
    passed,
    rule,
    unmet,
)
from lead_provider_conformance.readiness.rules.absence import absent, cue_of, requests_in
from lead_provider_conformance.readiness.rules.reasons import has_reason_between, ids_of_task, people_of_write
from lead_provider_conformance.readiness.script import CueLine, Task
from lead_provider_conformance.readiness.trace import Trace

GOES_ON = "errors/goes-on"
_REFUSALS = ("declaration-refused", "two-members-refused")
_MOST_404 = 3
_FEWEST_LEFT = 2
"""A client may leave one task to a person for a reason of its own."""
_GROUPS = 3
"""Failures of one kind that are listed."""


@rule("errors/422-not-resent")
def not_resent(trace: Trace) -> Iterator[Result]:
    """A write that was refused with 422 is not sent again unchanged while nothing about its records has changed."""
    yield from _not_resent(trace, 422)


@rule("errors/400")
def bad_request(trace: Trace) -> Iterator[Result]:
    """A request that was refused with 400 is not sent again unchanged."""
    yield from _not_resent(trace, 400)


def _not_resent(trace: Trace, status: int) -> Iterator[Result]:
    refused: dict[tuple[Content, str], Exchange] = {}
    resent: list[tuple[Exchange, Exchange]] = []
    for each in trace.exchanges:
        key = content_of(each), each.target
        earlier = refused.get(key)
        if earlier and earlier.end < each.start and not _is_due_again(trace, earlier, each):
            resent.append((earlier, each))
        if each.status == status:
            refused[key] = each
        elif is_answered(each):
            refused.pop(key, None)
    for earlier, again in resent[:_GROUPS]:
        yield failed(
            f"{again.method} {again.path} was sent again unchanged {again.start - earlier.end:.1f} s after it had been "
            f"refused with {status}; nothing about its records had changed in between.",
            earlier,
            again,
            kind=str(status),
            group=f"{status} {again.operation}",
        )
    survived = [each for each in refused.values() if trace.outlived(each)]
    if not resent and survived:
        yield passed(*survived)
    elif not resent and refused:
        yield not_outlived(*refused.values())


def _is_due_again(trace: Trace, first: Exchange, second: Exchange) -> bool:
    """Return whether something about the records has happened between two requests, or was shown to the client."""
    return has_reason_between(trace, first, second) or _has_changed(trace, first, second)


def _has_changed(trace: Trace, first: Exchange, second: Exchange) -> bool:
    """Return whether responses between two requests showed another version of a record that the first names."""
    for kind in trace.shown.versions:
        for record_id in record_ids(first):
            versions = trace.shown.history(kind, record_id)
            before = [each.attributes for each in versions if each.end < first.start]
            between = [each.attributes for each in versions if first.start <= each.end < second.start]
            if any(each != before[-1] if before else True for each in between):
                return True
    return False


@rule("errors/404")
def not_found(trace: Trace) -> Iterator[Result]:
    """A record that returns 404 is not requested for ever: at most three times by one method and path."""
    missing: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for each in trace.exchanges:
        if each.status == 404 and each.operation and place(each)[1]:
            missing[each.method, each.path.lower()].append(each)
    for (method, path), exchanges in missing.items():
        if len(exchanges) > _MOST_404:
            yield failed(
                f"{method} {path} was sent {len(exchanges)} times, and had 404 each time; at most {_MOST_404} are "
                "expected. The record may have another id: read the list.",
                *exchanges,
                kind="404",
                group=f"404 {exchanges[0].operation}",
            )
        elif trace.outlived(exchanges[-1]):
            yield passed(*exchanges)
        else:
            yield not_outlived(exchanges[-1])


@rule("errors/tested-on-purpose")
def tested_on_purpose(trace: Trace) -> Iterator[Result]:
    """The client has caused a 400 or 422 and a 404 itself. Reported only: this rule never fails."""
    own = [each for each in trace.exchanges if each.situation is None]
    refused = next((each for each in own if each.refused), None)
    missing = next((each for each in own if each.status == 404), None)
    if refused and missing:
        yield passed(refused, missing)
    elif own:
        lacking = [name for name, each in (("a 400 or 422", refused), ("a 404", missing)) if each is None]
        yield not_met(
            f"the client has not caused {' and '.join(lacking)} itself.",
            "Send a request that must be refused, such as one for an unknown id, and look at what the system does.",
        )


@rule("errors/422-corrected")
def corrected(trace: Trace) -> Iterator[Result]:
    """The next write about a refused record differs in a field that the 422 names."""
    yield from unmet(trace, *_REFUSALS)
    yield from _corrections(trace, _REFUSALS, at_least=1)


@rule("errors/422-all-problems")
def all_problems(trace: Trace) -> Iterator[Result]:
    """The correction after a 422 with two fields changes both."""
    yield from unmet(trace, "two-members-refused")
    yield from _corrections(trace, ("two-members-refused",), at_least=2)


def _corrections(trace: Trace, situations: Sequence[str], at_least: int) -> Iterator[Result]:
    for _, refused in delivered(trace, *situations):
        named = [name for name in refused.attributes if name in _titles(refused)]
        following = [each for each in trace.after(refused.end) if _is_same_action(refused, each)]
        other = next((each for each in following if each.attributes != refused.attributes), None)
        if other is None or not named:
            yield not_met(
                "the refused record was not corrected.",
                "Let the system correct the record. If people do it elsewhere, name the requirement in `people`.",
                refused,
            )
            continue
        changed = [name for name in named if other.attributes.get(name) != refused.attributes.get(name)]
        if len(changed) >= min(at_least, len(named)):
            yield passed(refused, other)
        else:
            unchanged = [name for name in named if name not in changed]
            yield failed(
                f"The 422 named {', '.join(named)}; the next {other.method} {other.path} about the record has the same "
                f"{', '.join(unchanged)}.",
                refused,
                other,
            )


def _titles(exchange: Exchange) -> str:
    """Return the texts of the errors in a response."""
    document = exchange.document
    errors = document.get("errors") if isinstance(document, dict) else None
    return " ".join(repr(each) for each in errors) if isinstance(errors, list) else ""


def _is_same_action(refused: Exchange, other: Exchange) -> bool:
    """Return whether a write is another attempt at a refused one."""
    same = ("participant_id", "declaration_type")
    return (other.method, other.path) == (refused.method, refused.path) and all(
        other.attributes.get(name) == refused.attributes.get(name) for name in same
    )


@rule(GOES_ON)
def goes_on(trace: Trace) -> Iterator[Result]:
    """After a refused record the client sends what the other tasks of the cue ask for."""
    yield from unmet(trace, *_REFUSALS)
    for _, refused in delivered(trace, *_REFUSALS):
        cue = cue_of(trace, refused)
        if cue is not None and any(_is_other(task, refused) for task in cue.tasks):
            yield _went_on(trace, cue, refused)


def _is_other(task: Task, refused: Exchange) -> bool:
    """Return whether a task is right, and about another record than the refused one."""
    return task.trap is None and not ids_of_task(task) & record_ids(refused)


def _went_on(trace: Trace, cue: CueLine, refused: Exchange) -> Result:
    """Return whether the other tasks of a cue were done, or some of them after the refusal.

    Clients may do the tasks in any order, do some in a later run, and leave one to a person.
    """
    done = {each for write in trace.writes() if write.start >= cue.start for each in people_of_write(trace, write)}
    others = [task for task in cue.tasks if _is_other(task, refused)]
    left = [task for task in others if not ids_of_task(task) & done]
    writes = [each for each in requests_in(trace, cue) if each.is_write]
    after = [each for each in writes if each.start > refused.end and not record_ids(each) & record_ids(refused)]
    if not left or len(after) >= trace.largest_in_flight:
        return passed(refused, *after)
    if not trace.outlived(refused):
        return not_outlived(refused)
    if after or len(left) < _FEWEST_LEFT:
        return not_met(
            f"{len(left)} of the {len(others)} other tasks were not done, and the client may have had reasons of its "
            "own for it.",
            "Let the system do all tasks of the act.",
            refused,
            *after,
        )
    return absent(
        trace,
        GOES_ON,
        (cue,),
        f"{refused.method} {refused.path} was refused with {refused.status}, and then {len(left)} of the {len(others)} "
        "other tasks of the cue were not done: one refused record must not stop the others.",
        "Let the system do all tasks of the act.",
        refused,
    )

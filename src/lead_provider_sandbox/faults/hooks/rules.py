"""Hooks for rules that are off, off for some subjects, inverted, or shifted by a day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import wraps
from typing import Any

from lead_provider_sandbox.domain.clock import Clock, to_datetime, to_instant
from lead_provider_sandbox.domain.lifecycles import LIVE
from lead_provider_sandbox.domain.rules import Problem
from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.listing import records_of, replace_group
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import ResponseError, bad_request
from lead_provider_sandbox.parts import PARTS, Replacement

UNEXPLAINED = "This is not accepted."

Original = Callable[[ApiRequest, Any], Iterable[Problem]]


def off(_: Any) -> Replacement:
    """Find no problem."""
    return lambda *_: ()


@hook
def off_without(argument: Any, original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
    """Find no problem if an attribute is missing."""
    return original(request, subject) if argument in subject.attributes else ()


@hook
def off_where(argument: Any, original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
    """Find no problem with a subject that has certain values, by path; `*` is any text."""
    return () if _matches(subject, argument) else original(request, subject)


@hook
def inverted(argument: Any, original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
    """Report a problem with an attribute exactly if the rule finds none."""
    return () if tuple(original(request, subject)) else (Problem(argument, UNEXPLAINED),)


def _refusal(condition: Callable[[Any, ApiRequest, Any], str | None]) -> Hook:
    """Return a hook that reports a problem also with the attribute that `condition` returns, if it returns one."""

    @hook
    @wraps(condition)
    def replacement(argument: Any, original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        problems = tuple(original(request, subject))
        attribute = None if problems else condition(argument, request, subject)
        return (Problem(attribute, UNEXPLAINED),) if attribute else problems

    return replacement


@_refusal
def refuses_where(argument: Any, _: ApiRequest, subject: Any) -> str | None:
    """Report a problem also if the subject has certain values."""
    return argument["attribute"] if _matches(subject, argument["where"]) else None


@_refusal
def refuses_equal(argument: Any, _: ApiRequest, subject: Any) -> str | None:
    """Report a problem also if the subject has the same value at two paths."""
    first, second = (_at(subject, path.split(".")) for path in argument["paths"])
    return argument["attribute"] if first == second else None


@_refusal
def refuses_recent(argument: Any, request: ApiRequest, subject: Any) -> str | None:
    """Report a problem also with a date in the last days, in one programme."""
    earliest = to_instant(to_datetime(request.now) - timedelta(days=argument["days"]))
    recent = earliest < (subject.date or "") < request.now
    return "declaration_date" if recent and _at(subject, ["training", "programme"]) == argument["programme"] else None


@_refusal
def refuses_undeclared(argument: Any, request: ApiRequest, subject: Any) -> str | None:
    """Report a problem also with an event of a participant without declarations."""
    if subject.event != argument or subject.training is None:
        return None
    declarations = request.store.declarations.of_training(subject.training.training_id)
    return None if declarations else "participant_profile"


@_refusal
def refuses_transferred(argument: Any, request: ApiRequest, subject: Any) -> str | None:
    """Report a problem also with a participant who has a transfer of one type."""
    if subject.training is None:
        return None
    try:
        moved = PARTS["transfers.show"](replace(request, ids={"id": subject.training.person_id}))
    except ResponseError:
        return None
    kinds = {each["transfer_type"] for each in moved.document["data"]["attributes"]["transfers"]}
    return "participant_id" if argument in kinds else None


@_refusal
def refuses_second_course(_: Any, request: ApiRequest, subject: Any) -> str | None:
    """Report a problem also with a participant who has declarations for another course."""
    if subject.training is None:
        return None
    listing = PARTS["declarations.list"](replace_group(request, "filter", "participant_id", subject.training.person_id))
    courses = {each["attributes"]["course_identifier"] for each in records_of(listing)}
    return "course_identifier" if courses - {subject.course} else None


@hook
def offset_not_needed(_: Any, original: Callable[..., Any], context: Any, written: str) -> Any:
    """Read a time without an offset as UTC."""
    return original(context, written) or original(context, f"{written}Z")


@hook
def time_rewritten(argument: Any, original: Callable[..., Any], context: Any, written: str) -> Any:
    """Read a time in which a pattern was replaced."""
    return original(context, re.sub(argument["find"], argument["by"], written))


@hook
def refuses_as_malformed(_: Any, original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
    """Refuse with a 400."""
    problems = tuple(original(request, subject))
    if problems:
        raise bad_request(problems[0].detail)
    return problems


@hook
def impossible_day_is_malformed(_: Any, original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
    """Refuse a day that does not exist with a 400."""
    if subject.day is None and re.fullmatch(r"\d{4}-\d{2}-\d{2}", subject.written_date or "", re.ASCII):
        raise bad_request("invalid date")
    return original(request, subject)


@hook
def days_counted_on(_: Any, original: Callable[..., Any], context: Any, written: str) -> Any:
    """Read a day after the last one of its month as a day of the next month."""
    day = re.match(r"(\d{4})-(\d{2})-(\d{2})T", written, re.ASCII)
    if day is None or not 1 <= int(day[2]) <= 12 or not 1 <= int(day[3]) <= 31:
        return original(context, written)
    meant = date(int(day[1]), int(day[2]), 1) + timedelta(days=int(day[3]) - 1)
    return original(context, f"{meant}{written[10:]}")


def date_shifted(argument: Any) -> Replacement:
    """Judge the subject's date shifted by days or seconds; with `of`, that of one declaration type."""
    distance = timedelta(**{name: value for name, value in argument.items() if name != "of"})

    def moved(_: ApiRequest, subject: Any) -> Any:
        declaration_type = getattr(subject, "declaration_type", None) or getattr(subject, "type", None)
        if argument.get("of", declaration_type) != declaration_type:
            return subject
        return replace(subject, date=subject.date and to_instant(to_datetime(subject.date) + distance))

    return _with_subject(moved)


def other_attribute(argument: Any) -> Replacement:
    """Report problems on another attribute."""
    return lambda original, *arguments: [Problem(argument, UNEXPLAINED) for _ in original(*arguments)]


def now_instead_of_date(_: Any) -> Replacement:
    """Judge the current time instead of the subject's date."""
    return _with_subject(lambda request, subject: replace(subject, date=request.now))


def machine_clock(_: Any) -> Replacement:
    """Judge by the machine's clock, ignoring the time of the request."""
    return lambda original, request, subject: original(replace(request, now=Clock().now()), subject)


@hook
def refuses_unknown_attributes(
    argument: Any, original: Original, request: ApiRequest, subject: Any
) -> Iterable[Problem]:
    """Report a problem also with every unknown attribute."""
    unknown = sorted(set(subject.attributes) - set(argument))
    return (*original(request, subject), *(Problem(name, UNEXPLAINED) for name in unknown))


def counts_voided(_: Any) -> Replacement:
    """Treat voided declarations as live."""
    return _with_declarations(lambda _, each: {"state": "eligible" if each.state == "voided" else each.state})


def counts_awaiting_clawback(_: Any) -> Replacement:
    """Treat declarations that are awaiting clawback as live."""
    return _with_declarations(
        lambda _, each: {"state": "eligible" if each.state == "awaiting-clawback" else each.state}
    )


def counts_left_behind(_: Any) -> Replacement:
    """Treat declarations of the cohort that was left as declarations of the current one."""
    return _with_declarations(lambda subject, _: {"cohort": subject.action.training.cohort})


def _with_declarations(changes: Callable[[Any, Any], dict[str, Any]]) -> Replacement:
    def changed(_: ApiRequest, subject: Any) -> Any:
        return replace(subject, declared=[replace(each, **changes(subject, each)) for each in subject.declared])

    return _with_subject(changed)


def _with_subject(change: Callable[[ApiRequest, Any], Any]) -> Replacement:
    """Return a replacement that judges a changed subject."""
    return lambda original, request, subject: original(request, change(request, subject))


def _matches(subject: Any, expected: Mapping[str, Any]) -> bool:
    return all(_value_matches(_at(subject, path.split(".")), value) for path, value in expected.items())


def _at(subject: Any, path: list[str]) -> Any:
    for name in path:
        subject = subject.get(name) if isinstance(subject, Mapping) else getattr(subject, name, None)
    return subject


def _value_matches(value: Any, expected: Any) -> bool:
    """Return whether a value equals or matches the expected one, or one of several."""
    if isinstance(expected, list):
        return any(_value_matches(value, each) for each in expected)
    if isinstance(expected, str) and isinstance(value, str):
        return fnmatchcase(value, expected)
    return bool(value == expected)


@_refusal
def refuses_position(positions: Any, request: ApiRequest, subject: Any) -> str | None:
    """Report a problem also with a declaration that stands first, last, or between others of its participant."""
    live = _live_declarations(request, subject)
    if len(live) < 2 or subject.id not in live:
        return None
    place = live.index(subject.id)
    position = "first" if place == 0 else "last" if place == len(live) - 1 else "between"
    return "participant_declaration_id" if position in positions else None


@hook
def done_to_first(_: Any, original: Callable[..., Any], request: ApiRequest, subject: Any) -> Any:
    """Change the participant's first declaration in place of the one of the request."""
    live = _live_declarations(request, subject)
    return original(request, replace(subject, id=live[0]) if live else subject)


@hook
def done_to_all(_: Any, original: Callable[..., Any], request: ApiRequest, subject: Any) -> Any:
    """Change every declaration about the participant."""
    for each in _live_declarations(request, subject):
        original(request, replace(subject, id=each))
    return original(request, subject)


def _live_declarations(request: ApiRequest, subject: Any) -> list[str]:
    """Return the ids of the declarations that stand in the training of a declaration, by date."""
    found = request.store.declarations.of_training(subject.training_id)
    return [each.id for each in sorted(found, key=lambda each: each.declaration_date) if each.state in LIVE]

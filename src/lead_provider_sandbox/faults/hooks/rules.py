"""Hooks for rules: off, off for some subjects, inverted, and one day beside their boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from lead_provider_sandbox.domain.clock import Clock, to_datetime, to_instant
from lead_provider_sandbox.domain.rules import Problem
from lead_provider_sandbox.faults.hooks.listing import records_of, with_group
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import ResponseError
from lead_provider_sandbox.parts import PARTS, Replacement

UNEXPLAINED = "This is not accepted."

Original = Callable[[ApiRequest, Any], Iterable[Problem]]


def off(_told: Any) -> Replacement:
    """The rule finds nothing wrong."""
    return lambda *_: ()


def off_without(told: Any) -> Replacement:
    """The rule finds nothing wrong when an attribute is missing."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        return original(request, subject) if told in subject.attributes else ()

    return replacement


def off_where(told: Any) -> Replacement:
    """The rule finds nothing wrong with a subject that has certain values, named by their paths; `*` is any text."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        return () if _has(subject, told) else original(request, subject)

    return replacement


def refuses(told: Any) -> Replacement:
    """The rule is inverted: it finds fault with the attribute it is told of where it has nothing to say."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        return () if tuple(original(request, subject)) else (Problem(told, UNEXPLAINED),)

    return replacement


def refuses_where(told: Any) -> Replacement:
    """The rule finds fault with a subject that has certain values, whatever else it says."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        found = tuple(original(request, subject))
        return found or ((Problem(told["attribute"], UNEXPLAINED),) if _has(subject, told["where"]) else ())

    return replacement


def refuses_equal(told: Any) -> Replacement:
    """The rule finds fault with a subject that has the same value in two places, whatever else it says."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        first, second = (_at(subject, path.split(".")) for path in told["paths"])
        return (*original(request, subject), *((Problem(told["attribute"], UNEXPLAINED),) if first == second else ()))

    return replacement


def date_off_by(told: Any) -> Replacement:
    """The rule judges the subject's date as if it were so many days, or seconds, later."""
    distance = timedelta(**told)

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        moved = to_instant(to_datetime(subject.date) + distance) if subject.date else subject.date
        return original(request, replace(subject, date=moved))

    return replacement


def about(told: Any) -> Replacement:
    """What the rule finds wrong is said of another attribute."""
    return lambda original, *arguments: [Problem(told, UNEXPLAINED) for _ in original(*arguments)]


def judged_now(_told: Any) -> Replacement:
    """The rule judges the present moment instead of the subject's date."""
    return lambda original, request, subject: original(request, replace(subject, date=request.now))


def by_the_real_clock(_told: Any) -> Replacement:
    """The rule goes by the machine's clock, whatever time the request says it is."""
    return lambda original, request, subject: original(replace(request, now=Clock().now()), subject)


def refuses_recent(told: Any) -> Replacement:
    """The rule finds fault with a date of the last so many days, in one programme."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        earliest = to_instant(to_datetime(request.now) - timedelta(days=told["days"]))
        recent = (
            _has(subject, {"training.programme": told["programme"]}) and earliest < (subject.date or "") < request.now
        )
        return (*original(request, subject), *((Problem("declaration_date", UNEXPLAINED),) if recent else ()))

    return replacement


def refuses_undeclared(told: Any) -> Replacement:
    """The rule finds fault with one event of somebody about whom nothing is declared."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        found = tuple(original(request, subject))
        if found or subject.event != told or subject.training is None:
            return found
        made = request.store.declarations.of_training(subject.training.training_id)
        return () if made else (Problem("participant_profile", UNEXPLAINED),)

    return replacement


def refuses_who_moved(told: Any) -> Replacement:
    """The rule finds fault with somebody who has moved in one way: to another school, or to another provider."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        found = tuple(original(request, subject))
        if found or subject.training is None:
            return found
        try:
            moved = PARTS["transfers.show"](replace(request, ids={"id": subject.training.person_id}))
        except ResponseError:
            return found
        kinds = {each["transfer_type"] for each in moved.document["data"]["attributes"]["transfers"]}
        return (Problem("participant_id", UNEXPLAINED),) if told in kinds else ()

    return replacement


def refuses_second_course(_told: Any) -> Replacement:
    """The rule finds fault with a declaration about somebody who has one for another course."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        found = tuple(original(request, subject))
        if found or subject.training is None:
            return found
        listing = PARTS["declarations.list"](
            with_group(request, "filter", "participant_id", subject.training.person_id)
        )
        courses = {each["attributes"]["course_identifier"] for each in records_of(listing)}
        return (Problem("course_identifier", UNEXPLAINED),) if courses - {subject.course} else ()

    return replacement


def refuses_unknown_attributes(told: Any) -> Replacement:
    """The rule finds fault with every attribute but those that it is told of."""

    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        unknown = sorted(set(subject.attributes) - set(told))
        return (*original(request, subject), *(Problem(name, UNEXPLAINED) for name in unknown))

    return replacement


def counts_voided(_told: Any) -> Replacement:
    """The rule takes voided declarations for live ones."""

    def live(_: Any, each: Any) -> Any:
        return replace(each, state="eligible") if each.state == "voided" else each

    return _declared_otherwise(live)


def counts_left_behind(_told: Any) -> Replacement:
    """The rule counts declarations of the cohort that was left as those of the present one."""
    return _declared_otherwise(lambda subject, each: replace(each, cohort=subject.action.training.cohort))


def _declared_otherwise(other: Callable[[Any, Any], Any]) -> Replacement:
    def replacement(original: Original, request: ApiRequest, subject: Any) -> Iterable[Problem]:
        return original(request, replace(subject, declared=[other(subject, each) for each in subject.declared]))

    return replacement


def _has(subject: Any, wanted: Mapping[str, Any]) -> bool:
    return all(_fits(_at(subject, path.split(".")), value) for path, value in wanted.items())


def _at(subject: Any, path: list[str]) -> Any:
    for name in path:
        subject = subject.get(name) if isinstance(subject, Mapping) else getattr(subject, name, None)
    return subject


def _fits(found: Any, wanted: Any) -> bool:
    """Whether a value is the one, one of several, or of the pattern that is wanted; `*` is any text."""
    if isinstance(wanted, list):
        return any(_fits(found, each) for each in wanted)
    if isinstance(wanted, str) and isinstance(found, str):
        return fnmatchcase(found, wanted)
    return bool(found == wanted)

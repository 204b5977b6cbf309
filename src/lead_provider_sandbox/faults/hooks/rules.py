"""Hooks for rules: off, off for some subjects, inverted, and one day beside their boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.clock import as_datetime, instant
from lead_provider_sandbox.parts import Problem, Replacement

UNEXPLAINED = "This is not accepted."

Original = Callable[[Call, Any], Iterable[Problem]]


def off(_told: Any) -> Replacement:
    """The rule finds nothing wrong."""
    return lambda *_: ()


def off_without(told: Any) -> Replacement:
    """The rule finds nothing wrong when an attribute is missing."""

    def replacement(original: Original, call: Call, subject: Any) -> Iterable[Problem]:
        return original(call, subject) if told in subject.attributes else ()

    return replacement


def off_where(told: Any) -> Replacement:
    """The rule finds nothing wrong with a subject that has certain values, named by their paths."""

    def replacement(original: Original, call: Call, subject: Any) -> Iterable[Problem]:
        return () if _has(subject, told) else original(call, subject)

    return replacement


def refuses(told: Any) -> Replacement:
    """The rule is inverted: it finds fault with the attribute it is told of where it has nothing to say."""

    def replacement(original: Original, call: Call, subject: Any) -> Iterable[Problem]:
        return () if tuple(original(call, subject)) else (Problem(told, UNEXPLAINED),)

    return replacement


def refuses_where(told: Any) -> Replacement:
    """The rule finds fault with a subject that has certain values, whatever else it says."""

    def replacement(original: Original, call: Call, subject: Any) -> Iterable[Problem]:
        found = tuple(original(call, subject))
        return found or ((Problem(told["attribute"], UNEXPLAINED),) if _has(subject, told["where"]) else ())

    return replacement


def refuses_equal(told: Any) -> Replacement:
    """The rule finds fault with a subject that has the same value in two places, whatever else it says."""

    def replacement(original: Original, call: Call, subject: Any) -> Iterable[Problem]:
        first, second = (_at(subject, path.split(".")) for path in told["paths"])
        return (*original(call, subject), *((Problem(told["attribute"], UNEXPLAINED),) if first == second else ()))

    return replacement


def date_off_by(told: Any) -> Replacement:
    """The rule judges the subject's date as if it were so many days, or seconds, later."""
    distance = timedelta(**told)

    def replacement(original: Original, call: Call, subject: Any) -> Iterable[Problem]:
        moved = instant(as_datetime(subject.date) + distance) if subject.date else subject.date
        return original(call, replace(subject, date=moved))

    return replacement


def first_problem(_told: Any) -> Replacement:
    """The rule tells the first of its problems only."""
    return lambda original, *arguments: tuple(original(*arguments))[:1]


def about(told: Any) -> Replacement:
    """What the rule finds wrong is said of another attribute."""
    return lambda original, *arguments: [Problem(told, UNEXPLAINED) for _ in original(*arguments)]


def _has(subject: Any, wanted: Mapping[str, Any]) -> bool:
    return all(_at(subject, path.split(".")) == value for path, value in wanted.items())


def _at(subject: Any, path: list[str]) -> Any:
    for name in path:
        subject = getattr(subject, name, None)
    return subject

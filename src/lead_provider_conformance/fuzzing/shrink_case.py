"""Shrink a failing request: leave out parts of its query and body as long as it breaks the same rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.causes import Failure
from lead_provider_conformance.fuzzing.coverage_labels import FUZZED, label
from lead_provider_conformance.fuzzing.overlay import COURSES
from lead_provider_conformance.fuzzing.shrink import shrink
from lead_provider_conformance.fuzzing.validity import Validity, assess

ATTEMPTS = 24
# Validity alone decides these; the others depend on sender, record or method too.
_DECIDED_BY_VALIDITY = frozenset({Expected.ACCEPTED, Expected.RULED, Expected.REFUSED, Expected.LENIENT})


def shrink_failure(
    failure: Failure, kinds: frozenset[Expected], contract: Contract, send: Callable[[Case], Failure | None]
) -> Failure:
    """Return the failure of the shortest case that breaks the same rule. The rule covers the `kinds` of cases.

    `send` sends a case and returns its failure, or None if the case passes. Placeholders are not changed.
    """

    def smaller(failing: Failure) -> Iterator[Case]:
        case = failing.result.template
        for candidate in _smaller(case):
            if comparable := _comparable(candidate, case, kinds, contract):
                yield comparable

    return shrink(failure, smaller, send, attempts=ATTEMPTS)


def _comparable(smaller: Case, case: Case, kinds: frozenset[Expected], contract: Contract) -> Case | None:
    """Return the smaller case if the rule applies to it.

    It must have the same validity at the same place, unless the rule is about all kinds of cases.
    """
    before, after = _validities(case, contract), _validities(smaller, contract)
    if [(each.expected, each.place) for each in after] == [(each.expected, each.place) for each in before]:
        return smaller
    if kinds != frozenset(Expected) or case.expected not in _DECIDED_BY_VALIDITY:
        return None
    validity = after[0]
    labels = (label(case.operation, validity.place, *FUZZED),)
    return replace(smaller, expected=validity.expected, defect=validity.defect, field=validity.field, labels=labels)


def _smaller(case: Case) -> Iterator[Case]:
    for position, (name, value) in enumerate(case.query):
        before, after = case.query[:position], case.query[position + 1 :]
        yield replace(case, query=before + after)
        if len(value) > 1 and not value.startswith("{"):
            yield replace(case, query=(*before, (name, value[: len(value) // 2]), *after))
    try:
        body = json.loads(case.content or "")
    except (ValueError, RecursionError):
        return
    for smaller in _smaller_values(body):
        yield replace(case, content=json.dumps(smaller))


def _smaller_values(value: Any) -> Iterator[Any]:
    """Yield the value without one field or item, or with one text halved, anywhere in it."""
    if isinstance(value, dict):
        for name in value:
            yield {other: inner for other, inner in value.items() if other != name}
        for name, inner in value.items():
            yield from (value | {name: smaller} for smaller in _smaller_values(inner))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield value[:position] + value[position + 1 :]
            yield from ([*value[:position], each, *value[position + 1 :]] for each in _smaller_values(inner))
    elif isinstance(value, str) and len(value) > 1 and not value.startswith("{"):
        yield value[: len(value) // 2]


def _validities(case: Case, contract: Contract) -> list[Validity]:
    """Return the validity with a course of each programme, as the course decides which fields are required."""
    operation = contract.operation(case.operation)
    validities = []
    for course in COURSES.values():
        filled = case.fill(_AnyValue(course=course))
        validities.append(assess(contract, operation, filled.path, filled.query, filled.content_type, filled.raw))
    return validities


class _AnyValue(dict[str, str]):
    """A valid value for every placeholder."""

    def __missing__(self, name: str) -> str:
        if name == "half:page":
            return "2"
        return "2022-09-14T09:00:00Z" if name.startswith(("date:", "half:")) else "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"

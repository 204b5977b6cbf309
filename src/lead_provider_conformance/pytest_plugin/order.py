"""The order of the tests of a run: those that find the most faults with the fewest requests come first.

Tests that only read need no record of their own, and read a list again if it has changed: they come before those that
claim records, unless they find fewer faults for each request. Of those that claim records, the ones that leave most to
others come first. Where records are few, hand-written tests decide more requirements than generated ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import pytest

from lead_provider_conformance.fuzzing.case_selection import SERVED_APART_SINCE
from lead_provider_conformance.model import Scope
from lead_provider_conformance.pytest_plugin.markers import is_one_more_situation, states_of
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.run.needed_operations import test_name

FILE = "order.json"
"""The names of the tests in their order: `early` ones, which only read, and `others`, some of which only read too.

`python -m tools.run_order` writes it.
"""
READING = 0, False, 0
"""The priority of a test that claims no record."""
LAST_BY_HAND = 1, True, 0
"""The priority of a hand-written test of one more situation: other tests that claim records come first."""

Key = tuple[int, str, int]


def in_order(items: Sequence[pytest.Item], edition: str) -> list[pytest.Item]:
    """Return the tests in the order of the run.

    In the services with a small limit, generated reads and late ones separate the tests that compare lists from those
    that change them: a list that has changed is read again. Elsewhere generated tests come after the others. Those that
    write find the most faults with their first requests, and journeys the fewest.
    """
    if edition >= SERVED_APART_SINCE:
        return sorted(items, key=_key_with_small_limit)
    return sorted(items, key=lambda each: (is_generated(each), _is_late(each), priority(each), _key(each)))


def _is_late(item: pytest.Item) -> bool:
    """Return whether a generated test reads, or takes journeys."""
    writes = isinstance(item, pytest.Function) and "operation" in item.callspec.params and not is_reading(item)
    return is_generated(item) and not writes


def _key_with_small_limit(item: pytest.Item) -> tuple[tuple[int, bool, int], bool, bool, Key]:
    if not is_reading(item):
        return priority(item), False, is_generated(item), _key(item)
    is_late = test_name(item.nodeid) in _file().others and not _is_of_operation(item)
    return READING, is_late, is_generated(item), _key(item)


def priority(item: pytest.Item) -> tuple[int, bool, int]:
    """Return the place of a test among those that claim records: the tests that leave most to others come first.

    The newest version decides the most requirements.
    """
    if not isinstance(item, pytest.Function):
        return READING
    params: Mapping[str, Any] = item.callspec.params
    states, newest_first = states_of(item), -_version(item)
    if "operation" in params and params["operation"].writes:
        return 2, False, newest_first
    if is_reading(item):
        return (1, True, newest_first) if test_name(item.nodeid) in _file().others else READING
    if states is None:
        return 3, False, newest_first
    if is_one_more_situation(item):
        return LAST_BY_HAND
    return 1, not getattr(item.function, "untouched", False), newest_first


def is_reading(item: pytest.Item) -> bool:
    """Return whether a test claims no record, and is not of one more situation."""
    if not isinstance(item, pytest.Function):
        return True
    params: Mapping[str, Any] = item.callspec.params
    if "operation" in params:
        return not params["operation"].writes
    return states_of(item) == frozenset() and "/scenarios/" not in item.nodeid and not is_one_more_situation(item)


def _key(item: pytest.Item) -> Key:
    """Return the place of a test by its scope and its name: a run tests one scope after the other."""
    if not isinstance(item, pytest.Function):
        return 0, "", 0
    scope = cast(Scope, item.callspec.params["scope"])
    places = _file().places
    return -_version(item), scope.programme, places.get(test_name(item.nodeid), len(places))


def _version(item: pytest.Function) -> int:
    return int(cast(Scope, item.callspec.params["scope"]).version.removeprefix("v"))


def is_generated(item: pytest.Item) -> bool:
    """Return whether a test sends many generated requests. Plain mistakes are few, and have a place in the file."""
    return ("/generated/" in item.nodeid or _is_of_operation(item)) and test_name(item.nodeid) not in _file().places


def _is_of_operation(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "operation" in item.callspec.params


@dataclass(frozen=True, slots=True)
class OrderFile:
    """The place of each test in the file, and the tests of its second part."""

    places: Mapping[str, int]
    others: frozenset[str]

    @classmethod
    def of(cls, early: Sequence[str], others: Sequence[str]) -> OrderFile:
        """Return the content of the file."""
        return cls({name: place for place, name in enumerate((*early, *others))}, frozenset(others))


@cache
def _file() -> OrderFile:
    content: Mapping[str, list[str]] = json.loads((suites_root() / FILE).read_bytes())
    return OrderFile.of(**content)

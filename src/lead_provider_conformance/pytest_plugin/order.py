"""The order of the tests of a run: those that find the most faults with the fewest requests come first.

Tests that only read need no record of their own, and read a list again if it has changed: they come before those that
claim records. Of these, the ones that leave most to others come first. Where records are few, hand-written tests decide
more requirements than generated ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import pytest

from lead_provider_conformance.fuzzing.case_selection import SERVED_APART_SINCE
from lead_provider_conformance.model import Scope
from lead_provider_conformance.pytest_plugin.markers import is_one_more_situation, states_of
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.run.needed_operations import test_name

FILE = "order.json"
"""The names of the hand-written tests; `python -m tools.run_order` writes it."""
READING = 0, False, 0
"""The priority of a test that claims no record."""
LAST_BY_HAND = 1, True, 0
"""The priority of a hand-written test of one more situation: other tests that claim records come first."""

Key = tuple[int, str, int]


def in_order(items: Sequence[pytest.Item], edition: str) -> list[pytest.Item]:
    """Return the tests in the order of the run.

    In the services with a small limit, generated reads separate the tests that compare lists from those that change
    them: a list that has changed is read again. Elsewhere they come last, since they find fewer faults.
    """
    if edition >= SERVED_APART_SINCE:
        return sorted(items, key=lambda each: (priority(each), _is_generated(each), _key(each)))
    return sorted(items, key=lambda each: (_is_generated(each), priority(each), _key(each)))


def priority(item: pytest.Item) -> tuple[int, bool, int]:
    """Return the place of a test among those that claim records: the tests that leave most to others come first.

    The newest version decides the most requirements.
    """
    if not isinstance(item, pytest.Function):
        return READING
    params: Mapping[str, Any] = item.callspec.params
    states, newest_first = states_of(item), -_version(item)
    if "operation" in params:
        return (2, False, newest_first) if params["operation"].writes else READING
    if states is None:
        return 2, False, newest_first
    if is_one_more_situation(item):
        return LAST_BY_HAND
    is_touching = not getattr(item.function, "untouched", False)
    return (1, is_touching, newest_first) if states or "/scenarios/" in item.nodeid else READING


def _key(item: pytest.Item) -> Key:
    """Return the place of a test by its scope and its name: a run tests one scope after the other."""
    if not isinstance(item, pytest.Function):
        return 0, "", 0
    scope = cast(Scope, item.callspec.params["scope"])
    return -_version(item), scope.programme, _places().get(test_name(item.nodeid), len(_places()))


def _version(item: pytest.Function) -> int:
    return int(cast(Scope, item.callspec.params["scope"]).version.removeprefix("v"))


def _is_generated(item: pytest.Item) -> bool:
    return "/generated/" in item.nodeid or (isinstance(item, pytest.Function) and "operation" in item.callspec.params)


@cache
def _places() -> Mapping[str, int]:
    """Return the place of each hand-written test in the file."""
    names: list[str] = json.loads((suites_root() / FILE).read_bytes())
    return {name: place for place, name in enumerate(names)}

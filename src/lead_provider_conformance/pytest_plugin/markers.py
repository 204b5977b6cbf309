"""Decorators for the tests of `suites/`: the requirements, lists and states that a test uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.requirements import Span, covers
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.testdata import CATALOGUE

Function = TypeVar("Function", bound=Callable[..., Any])

ANY_STATE = "any state"
"""For a test whose states follow from its parameters; `--plan` does not list them."""


def verifies(*requirement_ids: str) -> pytest.MarkDecorator:
    """Bind a test to its requirements. A test of several requirements decides each with the `check` fixture."""
    if not requirement_ids:
        raise ValueError("@verifies needs at least one requirement id")
    return pytest.mark.verifies(*requirement_ids)


def in_editions(*, since: Span = None, until: Span = None) -> pytest.MarkDecorator:
    """Run a test, or all of a module, in some editions only: from `since` on and before `until`.

    Each is an edition for both programmes, or one by programme, as in the entry of a requirement.
    """
    return pytest.mark.in_editions(since=since, until=until)


def is_in_edition(item: Any, edition: str, programme: str) -> bool:
    """Return whether a collected test runs in an edition for a programme."""
    marks = [mark.kwargs for mark in item.iter_markers("in_editions")]
    return all(covers(each["since"], each["until"], edition, programme) for each in marks)


def one_more_situation() -> pytest.MarkDecorator:
    """Run a test, or all of a module, in the newest version of each programme only.

    It shows requirements in a situation that is rare or expensive. Other tests decide the requirements as well, so a
    target without the situation leaves it out.
    """
    return pytest.mark.one_more_situation()


def is_one_more_situation(item: Any) -> bool:
    """Return whether other tests decide the requirements of a collected test as well."""
    return item.get_closest_marker("one_more_situation") is not None


def each_list(condition: Callable[[ListOperation], object] = bool) -> pytest.MarkDecorator:
    """Run a test that uses the `listing` fixture once for each list for which `condition` is true."""
    return pytest.mark.each_list.with_args(condition)


def each_operation(condition: Callable[[Operation], object] = bool) -> pytest.MarkDecorator:
    """Run a test that uses the `operation` fixture once for each operation for which `condition` is true."""
    return pytest.mark.each_operation.with_args(condition)


def uses_states(*names: str, untouched: bool = False) -> Callable[[Function], Function]:
    """Name the states that a test, or a fixture, claims or looks at. `--plan` counts them before a run.

    Claiming a state without naming it is an error of the suite. A test that claims an `untouched` record, and leaves it
    so, runs before the others that claim some.
    """
    if unknown := [name for name in names if name not in CATALOGUE and name != ANY_STATE]:
        raise ValueError(f"@uses_states names {unknown[0]!r}, which is not in the catalogue of states")

    def mark(function: Function) -> Function:
        function.states, function.untouched = frozenset(names), untouched  # type: ignore[attr-defined]
        return function

    return mark


def states_of(item: pytest.Item) -> frozenset[str] | None:
    """Return the states that a collected test and its fixtures name, or None if they may use any state."""
    if not isinstance(item, pytest.Function):
        return frozenset()
    fixtures = (definitions[-1].func for definitions in item._fixtureinfo.name2fixturedefs.values())
    names: frozenset[str] = frozenset().union(*(getattr(each, "states", ()) for each in (item.function, *fixtures)))
    return None if ANY_STATE in names else names

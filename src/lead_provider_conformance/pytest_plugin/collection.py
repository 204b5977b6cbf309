"""Which tests a run makes, and in which scopes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

import pytest

from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Scope, UsageError
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.pytest_plugin import options
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.run.test_context import RUN
from lead_provider_conformance.testdata.subjects import has_subject


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once in each scope that its requirements apply to.

    One that asks for `listed` runs once there for each list, and one that asks for `operations` once for all that
    belong to the same programmes. What belongs to several programmes of the run is asked in the first of them, and
    counts for all: see `also_for`. One that asks for `operation` runs once in each scope for each operation.
    """
    run = metafunc.config.stash.get(RUN, None)
    if run is None or "scope" not in metafunc.fixturenames:
        return
    requirements = requirements_of(metafunc.definition, run)
    scopes = [scope for scope in run.scopes if any(each.applies_to(scope) for each in requirements)]
    if "listed" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("each_list")
        each_list = [
            pytest.param(scope, each, id=f"{scope} {each.name}")
            for scope in scopes
            for each in ListOperation.of(run.contract(scope))
            if (marker is None or marker.args[0](each)) and _asked_in(scope, [each.operation], scopes, requirements)
        ]
        metafunc.parametrize(("scope", "listed"), each_list, scope="session")
    elif "operations" in metafunc.fixturenames:
        groups = [
            pytest.param(scope, each, id=" ".join([str(scope), *map(str, _twins(scope, each, scopes, requirements))]))
            for scope in scopes
            for each in _by_programmes(run.contract(scope).operations, {its.programme for its in scopes})
            if _asked_in(scope, each, scopes, requirements)
        ]
        metafunc.parametrize(("scope", "operations"), groups, scope="session")
    elif "operation" in metafunc.fixturenames:
        each_operation = [
            pytest.param(scope, operation, id=f"{scope} {operation.method} {operation.path}")
            for scope in scopes
            for operation in run.contract(scope).operations
            if has_subject(scope.programme, operation)
        ]
        metafunc.parametrize(("scope", "operation"), each_operation, scope="session")
    else:
        metafunc.parametrize("scope", scopes, ids=str, scope="session")


def also_for(item: pytest.Item, run: Run) -> tuple[Scope, ...]:
    """The scopes, besides its own, that a test's findings count for: what it asks for belongs to their programmes too.

    What both programmes share is one operation of the server: asking for it twice would tell nothing new.
    """
    params = item.callspec.params if hasattr(item, "callspec") else {}
    asked = [params["listed"].operation] if "listed" in params else params.get("operations", ())
    return _twins(params["scope"], asked, run.scopes, requirements_of(item, run)) if asked else ()


def _twins(
    scope: Scope, operations: Iterable[Operation], scopes: Iterable[Scope], requirements: Sequence[Requirement]
) -> tuple[Scope, ...]:
    """The other scopes in which the operations are the same, and in which the same requirements hold."""
    shared = frozenset.intersection(*(frozenset(each.programmes) for each in operations))
    required = [each for each in requirements if each.applies_to(scope)]
    return tuple(
        other
        for other in scopes
        if other != scope
        and other.version == scope.version
        and other.programme in shared
        and [each for each in requirements if each.applies_to(other)] == required
    )


def _asked_in(
    scope: Scope, operations: Collection[Operation], scopes: Sequence[Scope], requirements: Sequence[Requirement]
) -> bool:
    """Whether the operations belong to the scope, and to none before it that their test counts for as well."""
    mine = all(scope.programme in each.programmes for each in operations)
    return mine and not any(
        scopes.index(other) < scopes.index(scope) for other in _twins(scope, operations, scopes, requirements)
    )


def _by_programmes(operations: Iterable[Operation], programmes: Collection[str]) -> Iterator[list[Operation]]:
    """The operations in groups, each of those that belong to the same ones of the programmes."""

    def belonging(operation: Operation) -> list[str]:
        return sorted(set(operation.programmes) & set(programmes))

    for its, group in groupby(sorted(operations, key=belonging), belonging):
        if its:
            yield list(group)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of this shard that apply to some scope of the run and that --requirement selects."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    wanted = options.selected_requirements(config, run.registry)
    kept: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for item in items:
        chosen = _applies(item) and _wanted(item, wanted) and run.shard.has(item.nodeid)
        (kept if chosen else others).append(item)
    config.hook.pytest_deselected(items=others)
    items[:] = kept


def _applies(item: pytest.Item) -> bool:
    """Whether there is a scope to run it in: pytest marks a test without any as skipped."""
    return not isinstance(item, pytest.Function) or isinstance(item.callspec.params.get("scope"), Scope)


def _wanted(item: pytest.Item, wanted: frozenset[str]) -> bool:
    marker = item.get_closest_marker("verifies")
    return not wanted or (marker is not None and not wanted.isdisjoint(marker.args))


def requirements_of(item: pytest.Item, run: Run) -> list[Requirement]:
    """The requirements that a test verifies. Raises pytest.UsageError if it names none, or one that there is not."""
    marker = item.get_closest_marker("verifies")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} verifies no requirement; mark it with @verifies.")
    try:
        return [run.registry[requirement_id] for requirement_id in marker.args]
    except UsageError as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None

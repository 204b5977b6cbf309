"""Which tests a run makes, and in which scopes."""

from __future__ import annotations

import pytest

from lead_provider_conformance import options
from lead_provider_conformance.lists import ListOperation
from lead_provider_conformance.requirements import Requirement
from lead_provider_conformance.run import Run
from lead_provider_conformance.states.subjects import supplied
from lead_provider_conformance.testrecord import RUN
from lead_provider_conformance.words import Scope, UsageError


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once in each scope that its requirements apply to.

    One that asks for `operation` or for `listed` runs once there for each operation, or for each list.
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
            if scope.programme in each.operation.programmes and (marker is None or marker.args[0](each))
        ]
        metafunc.parametrize(("scope", "listed"), each_list, scope="session")
    elif "operation" in metafunc.fixturenames:
        each_operation = [
            pytest.param(scope, operation, id=f"{scope} {operation.method} {operation.path}")
            for scope in scopes
            for operation in run.contract(scope).operations
            if supplied(scope.programme, operation)
        ]
        metafunc.parametrize(("scope", "operation"), each_operation, scope="session")
    else:
        metafunc.parametrize("scope", scopes, ids=str, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of this shard that apply to some scope of the run and that --requirement selects."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    wanted = options.selected(config, run.registry)
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

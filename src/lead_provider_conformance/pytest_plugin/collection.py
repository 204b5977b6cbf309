"""Select the tests of a run and their scopes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import cast

import pytest

from lead_provider_conformance.contract import Operation
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Scope, UsageError
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.pytest_plugin import options
from lead_provider_conformance.pytest_plugin.markers import is_in_edition, is_one_more_situation
from lead_provider_conformance.pytest_plugin.order import in_order
from lead_provider_conformance.resources import write_atomically
from lead_provider_conformance.results.journal import encode_line
from lead_provider_conformance.run.run import Run
from lead_provider_conformance.run.test_context import RUN
from lead_provider_conformance.testdata.subjects import has_subject

DESELECTED = pytest.StashKey[list[pytest.Item]]()
"""The tests that pytest's own options have deselected."""
TESTS = "tests.json"  # in the workspace


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once in each scope that its requirements apply to.

    With the fixture `listing` it runs once for each list, with `operation` once for each operation, and with
    `operations` once for the operations of the same programmes. A list or operation of several programmes is tested in
    the first of them, and the result counts for all: see `shared_scopes`.
    """
    run = metafunc.config.stash.get(RUN, None)
    if run is None or "scope" not in metafunc.fixturenames:
        return
    requirements = requirements_of(metafunc.definition, run)
    scopes = [
        scope
        for scope in run.scopes
        if any(each.applies_to(scope) for each in requirements)
        and is_in_edition(metafunc.definition, run.edition, scope.programme)
    ]
    if is_one_more_situation(metafunc.definition):
        newest = {each.programme: each for each in sorted(run.scopes)}
        scopes = [each for each in scopes if each == newest[each.programme]]
    if "listed" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("each_list")
        each_list = [
            pytest.param(scope, each, id=f"{scope} {each.path_name}")
            for scope in scopes
            for each in ListOperation.of(run.contract(scope))
            if (marker is None or marker.args[0](each)) and _is_tested_in(scope, [each.operation], scopes, requirements)
        ]
        metafunc.parametrize(("scope", "listed"), each_list, scope="session")
    elif "operations" in metafunc.fixturenames:
        groups = [
            pytest.param(
                scope, each, id=" ".join([str(scope), *map(str, _same_scopes(scope, each, scopes, requirements))])
            )
            for scope in scopes
            for each in _by_programmes(run.contract(scope).operations, {other.programme for other in scopes})
            if _is_tested_in(scope, each, scopes, requirements)
        ]
        metafunc.parametrize(("scope", "operations"), groups, scope="session")
    elif "operation" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("each_operation")
        each_operation = [
            pytest.param(scope, operation, id=f"{scope} {operation.method} {operation.path}")
            for scope in scopes
            for operation in run.contract(scope).operations
            if has_subject(run.edition, scope.programme, operation) and (marker is None or marker.args[0](operation))
        ]
        metafunc.parametrize(("scope", "operation"), each_operation, scope="session")
    else:
        metafunc.parametrize("scope", scopes, ids=str, scope="session")


def shared_scopes(item: pytest.Item, run: Run) -> tuple[Scope, ...]:
    """Return the other scopes for which a test's result counts, because they share its operations.

    An operation of both programmes is one operation of the server, so testing it twice would find nothing new.
    """
    params = item.callspec.params if hasattr(item, "callspec") else {}
    operations = [params["listed"].operation] if "listed" in params else params.get("operations", ())
    return _same_scopes(params["scope"], operations, run.scopes, requirements_of(item, run)) if operations else ()


def _same_scopes(
    scope: Scope, operations: Iterable[Operation], scopes: Iterable[Scope], requirements: Sequence[Requirement]
) -> tuple[Scope, ...]:
    """Return the other scopes with the same operations and the same applicable requirements."""
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


def _is_tested_in(
    scope: Scope, operations: Collection[Operation], scopes: Sequence[Scope], requirements: Sequence[Requirement]
) -> bool:
    """Return whether the operations belong to the scope, and no earlier scope tests them for it."""
    belongs = all(scope.programme in each.programmes for each in operations)
    return belongs and not any(
        scopes.index(other) < scopes.index(scope) for other in _same_scopes(scope, operations, scopes, requirements)
    )


def _by_programmes(operations: Iterable[Operation], programmes: Collection[str]) -> Iterator[list[Operation]]:
    """Group the operations by the programmes that they belong to."""

    def belonging(operation: Operation) -> list[str]:
        return sorted(set(operation.programmes) & set(programmes))

    for found, group in groupby(sorted(operations, key=belonging), belonging):
        if found:
            yield list(group)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Collect the tests that -k, -m or --deselect have left out."""
    if items:
        items[0].config.stash.setdefault(DESELECTED, []).extend(items)


@pytest.hookimpl(trylast=True)  # pytest groups the tests by their parameters before
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select the tests of this shard that have a scope in the run and match --requirement, and order them."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    left_out = [each for each in config.stash.get(DESELECTED, []) if _has_scope(each) and run.shard.has(each.nodeid)]
    wanted = options.selected_requirements(config, run.registry)
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        matches = _has_scope(item) and _matches(item, wanted) and run.shard.has(item.nodeid)
        (selected if matches else deselected).append(item)
    config.hook.pytest_deselected(items=deselected)
    items[:] = in_order(selected, run.edition)
    _save_tests(run, selected=selected, deselected=left_out)


def _decided_by(item: pytest.Item, run: Run) -> Iterator[tuple[Scope, str]]:
    """Yield the requirements that a test decides, with their scopes."""
    if not isinstance(item, pytest.Function):
        return
    own = cast(Scope, item.callspec.params["scope"])
    for scope in (own, *shared_scopes(item, run)):
        yield from ((scope, each.id) for each in requirements_of(item, run) if each.applies_to(scope))


@dataclass(frozen=True)
class Collected:
    """The tests that pytest's options have selected and deselected, each with its scopes and requirements."""

    selected: Mapping[str, Sequence[tuple[Scope, str]]]
    deselected: Mapping[str, Sequence[tuple[Scope, str]]]

    @classmethod
    def of(cls, run: Run) -> Collected:
        """Return the tests of a run, which other processes may have collected. There are none before the collection."""
        file = run.workspace / TESTS
        saved = json.loads(file.read_bytes()) if file.is_file() else {}

        def tests(kind: str) -> dict[str, list[tuple[Scope, str]]]:
            return {
                test: [(Scope(*scope), requirement) for scope, requirement in decided]
                for test, decided in saved.get(kind, {}).items()
            }

        return cls(tests("selected"), tests("deselected"))


def _save_tests(run: Run, **kinds: Iterable[pytest.Item]) -> None:
    """Save the tests for the end of the run. With xdist, its main process collects none, and all others the same."""
    saved = {
        kind: {
            item.nodeid: [
                ((scope.version, scope.programme), requirement) for scope, requirement in _decided_by(item, run)
            ]
            for item in items
        }
        for kind, items in kinds.items()
    }
    write_atomically(run.workspace / TESTS, encode_line(saved))


def _has_scope(item: pytest.Item) -> bool:
    """Return whether the test has a scope; pytest gives a test without parameters a placeholder."""
    return not isinstance(item, pytest.Function) or isinstance(item.callspec.params.get("scope"), Scope)


def _matches(item: pytest.Item, wanted: frozenset[str]) -> bool:
    marker = item.get_closest_marker("verifies")
    return not wanted or (marker is not None and not wanted.isdisjoint(marker.args))


def requirements_of(item: pytest.Item, run: Run) -> list[Requirement]:
    """Return the requirements of a test. Raise pytest.UsageError if it has none, or an unknown one."""
    marker = item.get_closest_marker("verifies")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} has no requirement; mark it with @verifies.")
    try:
        return [run.registry[requirement_id] for requirement_id in marker.args]
    except UsageError as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None

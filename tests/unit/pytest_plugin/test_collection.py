"""The scopes in which a test runs, and those for which its result counts as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.config.shard import WHOLE
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_conformance.pytest_plugin import collection as selection
from lead_provider_conformance.pytest_plugin import order
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, in_editions, uses_states
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.run.test_context import RUN

V3_ECF, V3_NPQ, V2_NPQ = Scope("v3", "ecf"), Scope("v3", "npq"), Scope("v2", "npq")
REGISTRY = Registry.load()


def a_run(*scopes: Scope) -> Any:
    return SimpleNamespace(
        edition="2024-12", scopes=scopes, registry=REGISTRY, contract=lambda scope: Contract.load(scope.version)
    )


def a_test(
    *requirements: str, having: Any = None, situation: bool = False, editions: Sequence[Any] = (), **params: Any
) -> Any:
    """Return a test of these requirements, marked with `@each_list` or `@each_operation`, and with `@in_editions`."""
    markers = {"verifies": SimpleNamespace(args=requirements)}
    if situation:
        markers["one_more_situation"] = SimpleNamespace(args=())
    if having:
        markers["each_list"] = markers["each_operation"] = SimpleNamespace(args=(having,))
    return SimpleNamespace(
        nodeid="a test",
        get_closest_marker=markers.get,
        iter_markers=lambda _: [mark.mark for mark in editions],
        callspec=SimpleNamespace(params={"scope": V3_ECF, **params}),
    )


def generated(run: Any, item: Any, *fixtures: str) -> dict[str, tuple[Any, ...]]:
    """Return the parameters that a test runs with, by their ids."""
    found: dict[str, tuple[Any, ...]] = {}

    def parametrize(_names: Any, values: Any, **_options: Any) -> None:
        found.update({each.id: each.values for each in values})

    metafunc: Any = SimpleNamespace(
        config=SimpleNamespace(stash={RUN: run}),
        fixturenames=["scope", *fixtures],
        definition=item,
        parametrize=parametrize,
    )
    selection.pytest_generate_tests(metafunc)
    return found


def test_test_of_one_more_situation_runs_in_the_newest_version_after_the_others() -> None:
    run = SimpleNamespace(**vars(a_run(V2_NPQ, V3_NPQ)))
    item = a_test("npq-declarations/started", situation=True)
    scopes: list[Scope] = []
    metafunc: Any = SimpleNamespace(
        config=SimpleNamespace(stash={RUN: run}),
        fixturenames=["scope"],
        definition=item,
        parametrize=lambda _names, values, **_: scopes.extend(values),
    )

    selection.pytest_generate_tests(metafunc)

    assert scopes == [V3_NPQ]


def lists_of(run: Any, requirement: str) -> set[str]:
    named = ("statements", "npq_participants", "ecf_participants")
    return set(generated(run, a_test(requirement, having=lambda each: each.name in named), "listed"))


def test_list_of_both_programmes_is_tested_once() -> None:
    assert lists_of(a_run(V3_ECF, V3_NPQ), "paging/page") == {
        "v3-ecf participants/ecf",
        "v3-ecf statements",
        "v3-npq participants/npq",
    }


def test_list_of_both_programmes_is_tested_in_a_run_of_one() -> None:
    assert lists_of(a_run(V3_NPQ), "paging/page") == {"v3-npq participants/npq", "v3-npq statements"}


def test_list_with_other_requirements_is_tested_in_each_programme() -> None:
    item = a_test("paging/page", "participants/cohort-filter", having=lambda each: each.name == "statements")

    assert set(generated(a_run(V3_ECF, V3_NPQ), item, "listed")) == {"v3-ecf statements", "v3-npq statements"}


def test_test_of_some_operations_runs_for_these_only() -> None:
    item = a_test("generated/no-server-error", having=lambda each: each.path.startswith("/api/v3/statements"))

    assert set(generated(a_run(V3_ECF), item, "operation")) == {
        "v3-ecf GET /api/v3/statements",
        "v3-ecf GET /api/v3/statements/{id}",
    }


def test_operations_are_grouped_by_their_programmes() -> None:
    found = generated(a_run(V3_ECF, V3_NPQ, V2_NPQ), a_test("authentication/token-known"), "operations")

    assert set(found) == {"v3-ecf", "v3-ecf v3-npq", "v3-npq", "v2-npq"}
    tested = [each.id for name, (_, operations) in found.items() if name.startswith("v3") for each in operations]
    assert sorted(tested) == sorted(each.id for each in Contract.load("v3").operations)
    assert "list_statements" in [each.id for each in found["v3-ecf v3-npq"][1]]


@pytest.mark.parametrize(
    ("operation", "scopes", "others"),
    [
        ("list_statements", (V3_ECF, V3_NPQ, V2_NPQ), (V3_NPQ,)),
        ("list_statements", (V3_ECF,), ()),
        ("list_ecf_participants", (V3_ECF, V3_NPQ), ()),
    ],
)
def test_result_counts_for_scopes_with_the_same_operations(
    operation: str, scopes: tuple[Scope, ...], others: tuple[Scope, ...]
) -> None:
    found = next(each for each in Contract.load("v3").operations if each.id == operation)
    asking = a_test("authentication/token-known", operations=[found])
    listing = a_test("paging/page", listed=SimpleNamespace(operation=found))

    assert selection.shared_scopes(asking, a_run(*scopes)) == others
    assert selection.shared_scopes(listing, a_run(*scopes)) == others


def test_result_of_other_tests_counts_for_their_own_scope() -> None:
    assert selection.shared_scopes(a_test("void/once"), a_run(V3_ECF, V3_NPQ)) == ()


def collected(
    name: str, version: str, *states: str, folder: str = "rules", untouched: bool = False, **params: Any
) -> Any:
    node = pytest.Function.__new__(pytest.Function)
    node._nodeid, node._fixtureinfo = f"suites/{folder}/{name}", SimpleNamespace(name2fixturedefs={})  # type: ignore[assignment]
    node.obj = uses_states(*states, untouched=untouched)(lambda: None)
    node.callspec = SimpleNamespace(params={"scope": Scope(version, "ecf"), **params})  # type: ignore[assignment]
    return node


def test_reading_tests_of_all_versions_come_before_those_that_claim_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = Contract.load("v3")
    items = [
        collected("journey", "v1", ANY_STATE, folder="generated"),
        collected("generated write", "v1", ANY_STATE, operation=contract.operation("create_participant_declaration")),
        collected("generated write", "v3", ANY_STATE, operation=contract.operation("create_participant_declaration")),
        collected("generated read", "v1", ANY_STATE, operation=contract.operation("list_statements")),
        collected("untouched", "v1", "ect.no-declarations", untouched=True),
        collected("claim", "v1", "ect.started"),
        collected("claim", "v3", "ect.started"),
        collected("partnership", "v3", folder="scenarios"),
        collected("list", "v1"),
        collected("list", "v3"),
    ]
    config: Any = SimpleNamespace(
        stash={RUN: SimpleNamespace(shard=WHOLE, registry=REGISTRY, scopes=(), workspace=tmp_path, edition="2026-08")},
        hook=SimpleNamespace(pytest_deselected=lambda items: None),
        getoption=lambda _: [],
    )
    marks = {"verifies": SimpleNamespace(args=("void/once",))}
    monkeypatch.setattr(pytest.Function, "get_closest_marker", lambda _, name: marks.get(name))

    selection.pytest_collection_modifyitems(config, items)

    assert [(each.nodeid.rpartition("/")[2], each.callspec.params["scope"].version) for each in items] == [
        ("list", "v3"),
        ("list", "v1"),
        ("generated read", "v1"),
        ("untouched", "v1"),
        ("claim", "v3"),
        ("partnership", "v3"),
        ("claim", "v1"),
        ("generated write", "v3"),
        ("generated write", "v1"),
        ("journey", "v1"),
    ]
    saved = selection.Collected.of(config.stash[RUN])
    assert set(saved.selected) == {each.nodeid for each in items}
    assert saved.selected["suites/rules/list"] == [(V3_ECF, "void/once")]
    assert saved.deselected == {}


def test_tests_that_find_the_most_faults_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = order.OrderFile.of(early=["rules/a", "rules/c"], others=["scenarios/b", "rules/e", "scenarios/d"])
    monkeypatch.setattr(order, "_file", lambda: file)
    items = [
        collected("e", "v3"),
        collected("unknown", "v3"),
        collected("d", "v3", folder="scenarios"),
        collected("c", "v3"),
        collected("b", "v3", folder="scenarios"),
        collected("a", "v3"),
    ]
    monkeypatch.setattr(pytest.Function, "get_closest_marker", lambda *_: None)

    assert [each.nodeid.rpartition("/")[2] for each in order.in_order(items, "2024-12")] == [
        "a",
        "c",
        "unknown",
        "b",
        "e",
        "d",
    ]


def test_generated_reads_come_last_in_the_original_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest.Function, "get_closest_marker", lambda *_: None)
    reads = {"operation": Contract.load("v3").operation("list_statements")}
    items = [collected("read", "v3", **reads), collected("claim", "v3", "ect.started"), collected("list", "v3")]

    def names(edition: str) -> list[str]:
        return [each.nodeid.rpartition("/")[2] for each in order.in_order(items, edition)]

    assert names("2024-12") == ["list", "claim", "read"]
    assert names("2026-08") == ["list", "read", "claim"]


@pytest.mark.parametrize(
    ("edition", "expected"),
    [
        ("2024-12", ["early", "claim", "mistakes", "late", "read"]),
        ("2026-08", ["early", "mistakes", "read", "late", "claim"]),
    ],
)
def test_late_reads_come_before_claims_if_the_limit_is_small(
    monkeypatch: pytest.MonkeyPatch, edition: str, expected: Sequence[str]
) -> None:
    monkeypatch.setattr(pytest.Function, "get_closest_marker", lambda *_: None)
    file = order.OrderFile.of(["rules/early"], ["rules/claim", "generated/mistakes", "rules/late"])
    monkeypatch.setattr(order, "_file", lambda: file)
    reads = {"operation": Contract.load("v3").operation("list_statements")}
    items = [
        collected("late", "v3"),
        collected("read", "v3", ANY_STATE, folder="generated", **reads),
        collected("claim", "v3", "ect.started"),
        collected("mistakes", "v3", ANY_STATE, folder="generated", **reads),
        collected("early", "v3"),
    ]

    assert [each.nodeid.rpartition("/")[2] for each in order.in_order(items, edition)] == expected


def test_order_names_existing_tests() -> None:
    root = suites_root()
    for name in order._file().places:
        file, _, function = name.partition("::")
        assert f"def {function}(" in (root / file).read_text("utf-8"), name


@pytest.mark.parametrize(
    ("editions", "expected"),
    [
        ((), {"v3-ecf", "v3-npq"}),
        ((in_editions(until="2024-12"),), set()),
        ((in_editions(since="2025-04"),), set()),
        ((in_editions(until={"npq": "2024-12"}),), {"v3-ecf"}),
        ((in_editions(since={"ecf": "2026-08"}), in_editions(until={"npq": "2026-08"})), {"v3-npq"}),
    ],
)
def test_editions_of_a_test(editions: Sequence[Any], expected: set[str]) -> None:
    scopes: list[Scope] = []
    metafunc: Any = SimpleNamespace(
        config=SimpleNamespace(stash={RUN: a_run(V3_ECF, V3_NPQ)}),
        fixturenames=["scope"],
        definition=a_test("declarations/date-offset", editions=editions),
        parametrize=lambda _name, values, **_: scopes.extend(values),
    )

    selection.pytest_generate_tests(metafunc)

    assert set(map(str, scopes)) == expected

"""Families of faults: one entry, many faults."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_sandbox.faults.catalogue import catalogue
from lead_provider_sandbox.faults.families import describe
from lead_provider_sandbox.faults.hooks import HOOKS
from lead_provider_sandbox.faults.hooks.conditions import every, in_operations

FAMILY = {
    "family": "member-lost",
    "kind": "required field missing",
    "name": "{record}-lacks-{member}",
    "sentence": "{record} lacks {member}.",
    "replaces": {"{part}": {"hook": "drop", "with": {"at": "attributes/{member}", "value": "{value}"}}},
    "each": [{"part": "declaration.v3", "record": "Declaration", "member": ["state", "has_passed"], "value": 7}],
}


def call(operation: str) -> Any:
    return SimpleNamespace(operation=SimpleNamespace(id=operation))


def test_each_list_element_makes_one_fault() -> None:
    names = [each.name for each in describe(FAMILY)]

    assert names == ["declaration-lacks-state", "declaration-lacks-has-passed"]


def test_several_lists_make_every_combination() -> None:
    family = FAMILY | {"each": [{"part": "p", "record": ["a", "b"], "member": ["c", "d"], "value": None}]}

    assert [each.name for each in describe(family)] == ["a-lacks-c", "a-lacks-d", "b-lacks-c", "b-lacks-d"]


def test_template_of_one_value_keeps_its_type() -> None:
    first = next(describe(FAMILY))

    assert first.replaces == {"declaration.v3": {"hook": "drop", "with": {"at": "attributes/state", "value": 7}}}
    assert first.sentence == "Declaration lacks state."
    assert first.values["member"] == "state"


def test_entry_without_family_makes_one_fault() -> None:
    entry = {"name": "one", "sentence": "One.", "kind": "some", "replaces": {"part": {"hook": "off"}}}

    (only,) = describe(entry)

    assert (only.name, only.family, only.values) == ("one", None, {})


def test_missing_value_in_row_raises() -> None:
    with pytest.raises(KeyError):
        list(describe(FAMILY | {"each": [{"part": "p"}]}))


def test_in_operations_applies_to_named_operations_only() -> None:
    only = in_operations(frozenset({"GET /a"}), lambda *_: "replaced")

    assert only(lambda _: "original", call("GET /a")) == "replaced"
    assert only(lambda _: "original", call("GET /b")) == "original"


def test_every_applies_to_each_nth_call() -> None:
    sometimes = every(3, lambda *_: "replaced")

    assert [sometimes(lambda _: "original", call("GET /a")) for _ in range(6)] == [
        "original", "original", "replaced", "original", "original", "replaced",
    ]  # fmt: skip


def test_every_hook_is_used_by_some_fault() -> None:
    used = {chosen["hook"] for fault in catalogue().values() for chosen in fault.replaces.values()}

    assert used == set(HOOKS)

"""A large body is validated in slices; violations have their place in the whole body."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.bodies import MAX_COUNTED, MAX_VIOLATIONS
from lead_provider_conformance.contract.slices import ITEMS, NESTED_ITEMS, slices

V3 = Contract.load("v3")
LIST = V3.operation("list_delivery_partners")
ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"
TIMES = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-01T00:00:00Z"}
RIGHT = {"id": ID, "type": "delivery-partner", "attributes": {"name": "Ash", "cohort": ["2023"], **TIMES}}
WRONG = {"id": ID, "type": "delivery-partner", "attributes": {"name": 5, "cohort": ["2023"], **TIMES}}


def check(body: object) -> list[tuple[str, str]]:
    found = V3.check_response(LIST, 200, "application/vnd.api+json", json.dumps(body).encode())
    return [(each.where, each.message) for each in found]


def test_violation_far_down_a_list_has_its_place() -> None:
    records = [RIGHT] * 2_000
    records[7] = records[1_234] = WRONG

    assert check({"data": records}) == [
        ("/data/7/attributes/name", "5 is not a string"),
        ("/data/1234/attributes/name", "5 is not a string"),
    ]


def test_violation_outside_the_longest_list_is_reported_once() -> None:
    assert [where for where, _ in check({"data": [RIGHT] * 100 + ["no record"]})] == ["/data/100"]
    assert next(message for _, message in check({"data": "none", "other": [1] * 100})) == "'none' is not a list"


def test_long_list_in_place_of_object_is_not_counted() -> None:
    assert check([RIGHT] * 5_000) == [("", "a list of 10 or more is not an object")]
    assert check([RIGHT] * 9) == [("", "a list of 9 is not an object")]


def test_violation_late_in_a_nested_list_has_no_place() -> None:
    cohorts = ["2023"] * NESTED_ITEMS
    record = RIGHT | {"attributes": {"name": "Ash", "cohort": [*cohorts, 5], **TIMES}}

    assert check({"data": [RIGHT, record]}) == [
        ("", f"a list within another list is not valid after its first {NESTED_ITEMS} items")
    ]


def test_count_of_violations_is_limited() -> None:
    found = check({"data": [WRONG] * 5_000})

    assert len(found) == MAX_VIOLATIONS + 1
    assert found[-1] == ("", f"and {MAX_COUNTED} or more")
    assert check({"data": [WRONG] * (MAX_VIOLATIONS + 7)})[-1] == ("", "and 7 more")


def test_invalid_body_needs_little_memory() -> None:
    tracemalloc.start()
    check({"data": [{"attributes": {"cohort": [{}] * 5}}] * 20_000})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 50_000_000


def test_value_without_lists_is_one_slice() -> None:
    (piece,) = slices({"data": {"a": {"b": [1]}}})

    assert piece.value == {"data": {"a": {"b": [1]}}}
    assert [piece.pointer_in_body(each) for each in ("", "/data", "/data/a/b/0")] == ["", "/data", "/data/a/b/0"]


@pytest.mark.parametrize("length", [0, 1, ITEMS, ITEMS + 1, 3 * ITEMS])
@pytest.mark.parametrize("below", [False, True])
def test_slices_of_a_list_make_up_the_list(length: int, below: bool) -> None:
    items = list(range(length))
    pieces = list(slices({"data": items, "few": [1]} if below else items))

    assert [each for piece in pieces for each in (piece.value["data"] if below else piece.value)] == items
    prefix = "/data" if below else ""
    last = pieces[-1]
    assert last.pointer_in_body(f"{prefix}/0/a/1") == f"{prefix}/{last.start}/a/1"
    assert last.pointer_in_body(f"{prefix}/0") == f"{prefix}/{last.start}"
    assert last.pointer_in_body("/few" if below else "") == (None if last.start else "/few" if below else "")

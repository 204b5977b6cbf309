"""Impossible values: each operation gets every kind once, and each time and date every impossible time."""

import json

import pytest

from lead_provider_conformance.fuzzing.impossible_values import (
    DATES,
    HUGE,
    LONE_SURROGATE,
    NUL,
    TIMES,
    in_body,
    in_query,
)
from lead_provider_conformance.http.client import encode_query

DATA = {"type": "thing", "attributes": {"name": "abc", "declaration_date": "2024-01-01T00:00:00Z"}}
FORMATS = {"name": None, "declaration_date": "date-time"}


def queries(turn, **changes):
    arguments = {
        "filters": ["cohort", "updated_since"],
        "times": ["updated_since"],
        "has_pages": True,
        "has_sort": True,
    }
    found = in_query(**arguments | changes, turn=turn)
    return {each.kind: pair for each, pair in found}


def bodies(turn, formats=None):
    found = in_body(DATA, FORMATS if formats is None else formats, turn=turn)
    return {each.kind: json.loads(content) for each, content in found}


@pytest.mark.parametrize("turn", range(4))
def test_each_time_of_a_query_gets_every_impossible_time(turn):
    found = queries(turn)

    for kind, value in TIMES.items():
        assert found[f"updated_since-{kind}"] == ("filter[updated_since]", value)


@pytest.mark.parametrize("turn", range(4))
def test_every_query_gets_every_other_kind_once(turn):
    found = queries(turn)

    assert found["nested-parameter"][0].endswith("[]" if turn % 2 else "[x]")
    assert found["invalid-text"][1] == (NUL if turn % 2 else LONE_SURROGATE)
    assert found["huge-number"][0] in ("page[page]", "page[per_page]", "filter[cohort]")
    assert found["scalar-filter"] == ("filter", "abc")


def test_parameters_take_turns():
    nested = {queries(turn)["nested-parameter"][0].removesuffix("[]").removesuffix("[x]") for turn in range(8)}

    assert nested == {"filter[cohort]", "sort", "page[page]", "page[per_page]"}


def test_operation_without_parameters_gets_none():
    assert queries(0, filters=[], times=[], has_pages=False, has_sort=False) == {}


@pytest.mark.parametrize("turn", range(4))
def test_body_has_one_impossible_value_at_a_time(turn):
    for kind, body in bodies(turn).items():
        if kind in ("list-as-data", "list-as-body", "text-as-attributes"):
            continue
        attributes = body["data"]["attributes"]
        assert len([name for name, value in attributes.items() if value != DATA["attributes"][name]]) == 1, kind


@pytest.mark.parametrize("turn", range(4))
def test_date_of_a_body_gets_every_impossible_time_and_a_number(turn):
    found = bodies(turn)

    assert found["number"]["data"]["attributes"]["declaration_date"] == 0
    for kind, value in TIMES.items():
        assert found[kind]["data"]["attributes"]["declaration_date"] == value


def test_day_of_a_body_gets_impossible_days():
    found = bodies(0, {"declaration_date": "date"})

    assert {found[kind]["data"]["attributes"]["declaration_date"] for kind in DATES} == {*DATES.values()}
    assert found["nul"]["data"]["attributes"]["declaration_date"] == f"2024-01-01{NUL}"


def test_two_operations_get_every_structure_and_every_odd_text():
    first, second = bodies(0), bodies(1)

    assert isinstance(first["text-as-attributes"]["data"]["attributes"], str)
    assert isinstance(second["list-as-body"], list)
    assert LONE_SURROGATE in first["lone-surrogate"]["data"]["attributes"].values()
    assert HUGE in second["huge-number"]["data"]["attributes"].values()


def test_body_without_fields_gets_other_structures_only():
    assert set(bodies(0, {})) == {"list-as-data", "text-as-attributes"}


def test_lone_surrogate_is_sent_as_invalid_utf_8():
    assert encode_query([("sort", LONE_SURROGATE)]) == "sort=%ED%A0%80"

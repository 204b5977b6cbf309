"""Records of filtered lists, compared with those of the whole list."""

from itertools import count

import pytest

from lead_provider_conformance.model import ShownFailure
from lead_provider_conformance.oracles.list_oracle import compare
from lead_provider_conformance.oracles.same_record import (
    assert_same_records,
    differing_fields,
    may_be_narrowed,
    records_shown_differently,
)


def enrolled(*cohorts, record_id="a", updated_at="2023-01-01T00:00:00Z"):
    attributes = {"updated_at": updated_at, "ecf_enrolments": [{"cohort": each} for each in cohorts]}
    return {"id": record_id, "type": "participant", "attributes": attributes}


def transferred(*urns):
    return {"id": "a", "type": "transfer", "attributes": {"transfers": [{"urn": each} for each in urns]}}


ID = "2b1d4a6e-0c8e-4a53-9d9b-6a0d0f3c7e11"
WHOLE = enrolled("2022", "2023")
NARROWED = enrolled("2023")
CHANGED = enrolled("2022", "2024")


def test_record_with_other_fields_is_found_by_its_identity(record):
    whole = [record("a", name="x"), record("b", name="y"), record("c", name="z")]
    shown = [record("b", name="x"), record("a", name="x"), record("d", name="x")]

    assert list(records_shown_differently(shown, whole)) == [(shown[0], whole[1])]


def test_order_of_the_lists_of_a_record_is_not_compared():
    assert list(records_shown_differently([enrolled("2023", "2022")], [WHOLE])) == []
    assert list(records_shown_differently([enrolled("2023", "2023")], [WHOLE])) != []
    assert differing_fields(record_with_lists([{"a": [1, 2]}, 3]), record_with_lists([3, {"a": [2, 1]}])) == []
    assert differing_fields(record_with_lists([{"a": [1, 2]}, 3]), record_with_lists([3, {"a": [2, 2]}])) == ["lists"]


def record_with_lists(lists):
    return {"id": "a", "type": "thing", "attributes": {"lists": lists}}


def test_links_of_a_record_are_not_compared(record):
    assert list(records_shown_differently([record("a", name="x") | {"links": 1}], [record("a", name="x")])) == []


def test_fields_that_differ_are_changed_missing_and_added(record):
    assert differing_fields(record("a", b=1, c=None, e=0), record("a", b=2, d=None, e=0)) == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("shown", "whole", "filters", "is_allowed"),
    [
        (NARROWED, WHOLE, ["cohort"], True),
        (NARROWED, WHOLE, ["cohort", "updated_since"], True),
        (NARROWED, WHOLE, ["updated_since"], False),
        (NARROWED, WHOLE, [], False),
        (CHANGED, WHOLE, ["cohort"], False),
        (WHOLE, NARROWED, ["cohort"], False),
        (enrolled("2023", updated_at="2024-01-01T00:00:00Z"), WHOLE, ["cohort"], False),
        (transferred("1"), transferred("1", "2"), ["updated_since"], True),
        (transferred("1"), transferred("1", "2"), [], False),
        (transferred("3"), transferred("1", "2"), ["updated_since"], False),
    ],
)
def test_only_filters_may_leave_out_items_of_a_record(shown, whole, filters, is_allowed):
    assert may_be_narrowed(shown, whole, filters) is is_allowed


@pytest.mark.parametrize(
    ("query", "is_promised"),
    [
        ([("filter[updated_since]", "2022-01-01T00:00:00Z")], True),
        ([("sort", "-updated_at")], True),
        ([("page[per_page]", "100")], True),
        ([("filter[cohort]", "2023")], False),
    ],
)
def test_difference_names_the_fields(query, is_promised):
    difference = compare(query, [NARROWED], [WHOLE])

    assert difference is not None
    assert difference.message == "a record has another ecf_enrolments than in the whole list"
    assert difference.is_promised is is_promised


def test_record_that_keeps_changing_is_no_failure(serve, record):
    state = count()
    listing = serve(lambda query: [record(ID, state=next(state))])

    assert_same_records(
        listing, [record(ID, state=-1)], lambda: [record(ID, state=next(state))], "The record by its id"
    )


def test_record_that_was_changed_once_is_no_failure(serve, record):
    before, after = record(ID, state=1), record(ID, state=2)
    listing = serve([after])

    assert_same_records(listing, [before], lambda: [after], "The record by its id")


def test_record_that_stays_different_is_a_failure(serve, record):
    listing = serve([record(ID, state=1)])

    with pytest.raises(ShownFailure, match="The record by its id shows another state of "):
        assert_same_records(listing, [record(ID, state=2)], lambda: [record(ID, state=2)], "The record by its id")

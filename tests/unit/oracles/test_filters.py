"""What a filter has to leave of a list."""

from datetime import UTC, datetime, timedelta

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import (
    among,
    assert_in_order,
    assert_lists_only,
    assert_ties_keep_their_order,
    between_changes,
    shown,
    since,
    stillness,
    values_of,
)

A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")
NOON = datetime(2023, 6, 1, 12, tzinfo=UTC)


def at(hours):
    return (NOON + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_member_is_shown_by_the_record_its_lists_or_its_enrolments(record):
    assert shown(record(A, cohort="2022"), "cohort") == {"2022"}
    assert shown(record(A, cohort=["2021", "2022"]), "cohort") == {"2021", "2022"}
    assert shown(record(A, ecf_enrolments=[{"cohort": "2021"}, {"cohort": "2022"}]), "cohort") == {"2021", "2022"}
    assert shown(record(A), "cohort") == {"None"}


def test_values_of_records_that_show_none(record):
    assert values_of([record(A, cohort="2022"), record(B, cohort=None)], "cohort") == ["2022"]
    with pytest.raises(CouldNotRun, match="No record shows a cohort"):
        values_of([record(A, cohort=None)], "cohort")


def test_the_time_between_changes_is_where_they_lie_closest(record):
    changes = [record(str(hours), updated_at=at(hours)) for hours in (0, 0, 5, 7, 12)]
    assert stillness(changes) == (NOON + timedelta(hours=5, seconds=1), NOON + timedelta(hours=7, seconds=-1))
    assert between_changes(changes) == NOON + timedelta(hours=7, seconds=-1)


def test_two_changes_of_successive_seconds_have_no_time_between_them(record):
    changes = [record(str(hours), updated_at=at(hours)) for hours in (0, 1 / 3600, 2)]
    assert between_changes(changes) == NOON + timedelta(hours=2, seconds=-1)


def test_there_is_nothing_between_where_everything_changed_at_once(record):
    with pytest.raises(CouldNotRun, match="same updated_at"):
        between_changes([record(A, updated_at=at(0)), record(B, updated_at=at(0))])


def test_of_two_enrolments_it_is_open_which_counts(record):
    both = record(A, ecf_enrolments=[{"cohort": "2021"}, {"cohort": "2022"}])
    one = among("cohort", "2021")

    assert (one.may(both), one.must(both)) == (True, False)
    assert among("cohort", "2021", any_enrolment=True).must(both)
    assert among("cohort", "2021", "2022").must(both)
    assert not one.may(record(B, cohort="2020"))


def test_whoever_changed_in_that_very_second_may_be_left_out(record):
    then = since(NOON)
    assert (then.may(record(A, updated_at=at(0))), then.must(record(A, updated_at=at(0)))) == (True, False)
    assert then.must(record(A, updated_at=at(1)))
    assert not then.may(record(A, updated_at=at(-1)))
    assert since(NOON, exact=False).may(record(A, updated_at=at(-1)))


def filtering(records, keeps):
    """A server whose filter keeps what `keeps` is true of."""
    return lambda query: [each for each in records if "filter[cohort]" not in query or keeps(each)]


def test_a_filter_that_lists_what_it_should(serve, record):
    records = [record(A, cohort="2021"), record(B, cohort="2022")]
    listing = serve(filtering(records, lambda each: each["id"] == A))

    assert_lists_only(listing, among("cohort", "2021"))


def test_a_filter_that_is_ignored(serve, record):
    listing = serve([record(A, cohort="2021"), record(B, cohort="2022")])

    with pytest.raises(AssertionError, match=rf"filter\[cohort\]=2021 lists {B}, which it should leave out"):
        assert_lists_only(listing, among("cohort", "2021"))


def test_a_filter_that_leaves_out_too_much(serve, record):
    listing = serve(filtering([record(A, cohort="2021"), record(B, cohort="2022")], lambda each: False))

    with pytest.raises(AssertionError, match=f"lacks 1 of the records, as {A}"):
        assert_lists_only(listing, among("cohort", "2021"))


def test_a_record_that_changed_meanwhile_is_not_missed(serve, record):
    records = [record(A, cohort="2021")]
    listing = serve(filtering(records, lambda each: False))
    assert listing.unfiltered == tuple(records)
    records[0] = record(A, cohort="2022")

    assert_lists_only(listing, among("cohort", "2021"))


def test_a_record_that_changes_back_and_forth_is_not_missed(serve, record):
    """It may have been another when the filter was asked, though the lists before and after show the same."""
    just_now = record(A, cohort="2021", updated_at=format_time(datetime.now(UTC)))

    assert_lists_only(serve(filtering([just_now], lambda each: False)), among("cohort", "2021"))


def test_a_record_that_has_long_been_as_it_is_is_missed(serve, record):
    long_since = record(A, cohort="2021", updated_at=format_time(datetime.now(UTC) - timedelta(days=1)))

    with pytest.raises(AssertionError, match=f"lacks 1 of the records, as {A}"):
        assert_lists_only(serve(filtering([long_since], lambda each: False)), among("cohort", "2021"))


def test_the_order_of_a_page(serve, record):
    response = serve([record(A, updated_at=at(0)), record(B, updated_at=at(2)), record(C, updated_at=at(1))]).ask()

    with pytest.raises(AssertionError, match=f"puts {B}, .* before {C}"):
        assert_in_order(response, "updated_at")
    with pytest.raises(AssertionError, match=f"puts {A}, .* before {B}"):
        assert_in_order(response, "updated_at", descending=True)


def test_the_order_of_a_page_that_is_sorted(serve, record):
    same = [record(A, updated_at=at(0)), record(B, updated_at=at(0)), record(C, updated_at=at(1))]

    assert_in_order(serve(same).ask(), "updated_at")
    assert_in_order(serve(same[::-1]).ask(), "updated_at", descending=True)


def test_the_order_of_a_whole_list(serve, record):
    with pytest.raises(AssertionError, match=f"puts {B}, .* before {A}"):
        assert_in_order(serve([record(B, updated_at=at(1)), record(A, updated_at=at(0))]), "updated_at")


def ties(serve, record, *, again):
    """A list of four records, two of the same time, which come in this order on a page of another size."""
    records = {
        each: record(each, updated_at=at(1 if each in (A, B) else hours)) for hours, each in enumerate((C, A, B, D))
    }
    listing = serve(lambda query: [records[each] for each in (again if "page[page]" in query else (C, A, B, D))])
    assert_ties_keep_their_order(listing, "updated_at", listing.ask())
    return listing.api.asked[-1][1]


def test_ties_that_keep_their_order_are_asked_for_on_a_page_of_another_size(serve, record):
    assert ties(serve, record, again=(C, A, B, D))["page[per_page]"] == "3"


def test_ties_in_another_order_are_told(serve, record):
    with pytest.raises(AssertionError, match=f"gives {A} before others .* of all 4, and {B} before them on one of 3"):
        ties(serve, record, again=(C, B, A, D))


def test_a_tied_record_that_has_changed_since_is_no_tie(serve, record):
    first, second, moved = (record(each, updated_at=at(0)) for each in (A, B, C))
    later = record(C, updated_at=at(1))
    listing = serve(lambda query: [first, second, later] if "page[page]" in query else [first, moved, second])

    assert_ties_keep_their_order(listing, "updated_at", listing.ask())


def test_ties_of_this_very_second_may_change_again(serve, record):
    now = format_time(datetime.now(UTC))
    listing = serve([record(A, updated_at=now), record(B, updated_at=now)])

    assert_ties_keep_their_order(listing, "updated_at", listing.ask())

    assert len(listing.api.asked) == 1

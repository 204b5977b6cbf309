"""Expected results of filters and sorts."""

from datetime import UTC, datetime, timedelta

import pytest

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import Cause, CouldNotRun, KnownCause
from lead_provider_conformance.oracles.filters import (
    any_of,
    assert_filtered,
    assert_sorted,
    assert_stable_order,
    distinct_values,
    enrolments_of,
    field_values,
    instant_between_updates,
    is_sorted_by_name,
    lost_by_both,
    several_cohorts,
    shortest_gap,
    time_filter,
    unsorted,
    value_filter,
)
from lead_provider_conformance.oracles.list_oracle import contradictions, known_cause

A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")
NOON = datetime(2023, 6, 1, 12, tzinfo=UTC)


def at(hours):
    return (NOON + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_field_values_come_from_the_record_its_lists_or_its_enrolments(record):
    assert field_values(record(A, cohort="2022"), "cohort") == {"2022"}
    assert field_values(record(A, cohort=["2021", "2022"]), "cohort") == {"2021", "2022"}
    assert field_values(record(A, ecf_enrolments=[{"cohort": "2021"}, {"cohort": "2022"}]), "cohort") == {
        "2021",
        "2022",
    }
    assert field_values(record(A), "cohort") == {"None"}


@pytest.mark.parametrize("names", [["Ann", "ann b", "Bob"], ["B", "a"], ["Élan", "Ember"], []])
def test_names_in_the_order_of_a_usual_collation_are_sorted(names):
    assert is_sorted_by_name(names)
    assert is_sorted_by_name(names[::-1], reverse=True)


def test_names_in_no_usual_order_are_not_sorted():
    assert not is_sorted_by_name(["Bob", "Ann"])
    assert not is_sorted_by_name(["Ann", "Bob"], reverse=True)


def test_enrolments_of_a_record_without_a_list_are_none(record):
    assert list(enrolments_of(record(A, npq_enrolments=[{"cohort": "2021"}]))) == [{"cohort": "2021"}]
    assert list(enrolments_of(record(A, ecf_enrolments=None))) == []


def test_distinct_values_of_records_without_the_field_could_not_run(record):
    assert distinct_values([record(A, cohort="2022"), record(B, cohort=None)], "cohort") == ["2022"]
    with pytest.raises(CouldNotRun, match="No record has a cohort"):
        distinct_values([record(A, cohort=None)], "cohort")
    with pytest.raises(CouldNotRun, match="There is no record"):
        distinct_values([], "cohort")


def test_shortest_gap_is_between_the_closest_updates(record):
    changes = [record(str(hours), updated_at=at(hours)) for hours in (0, 0, 5, 7, 12)]
    assert shortest_gap(changes) == (NOON + timedelta(hours=5, seconds=1), NOON + timedelta(hours=7, seconds=-1))
    assert instant_between_updates(changes) == NOON + timedelta(hours=7, seconds=-1)


def test_updates_of_successive_seconds_have_no_gap(record):
    changes = [record(str(hours), updated_at=at(hours)) for hours in (0, 1 / 3600, 2)]
    assert instant_between_updates(changes) == NOON + timedelta(hours=2, seconds=-1)


def test_records_with_the_same_time_have_no_gap(record):
    with pytest.raises(CouldNotRun, match="same updated_at"):
        instant_between_updates([record(A, updated_at=at(0)), record(B, updated_at=at(0))])
    with pytest.raises(CouldNotRun, match="There is one record"):
        instant_between_updates([record(A, updated_at=at(0))])
    with pytest.raises(CouldNotRun, match="There is no record"):
        instant_between_updates([])


def test_record_with_two_cohorts_may_but_need_not_be_listed_for_one(record):
    both = record(A, ecf_enrolments=[{"cohort": "2021"}, {"cohort": "2022"}])
    one = value_filter("cohort", "2021")

    assert (one.may_include(both), one.must_include(both)) == (True, False)
    assert value_filter("cohort", "2021", any_enrolment=True).must_include(both)
    assert value_filter("cohort", "2021", "2022").must_include(both)
    assert not one.may_include(record(B, cohort="2020"))


def test_record_updated_in_the_second_of_the_filter_may_be_left_out(record):
    then = time_filter(NOON)
    assert (then.may_include(record(A, updated_at=at(0))), then.must_include(record(A, updated_at=at(0)))) == (
        True,
        False,
    )
    assert then.must_include(record(A, updated_at=at(1)))
    assert not then.may_include(record(A, updated_at=at(-1)))
    assert time_filter(NOON, exact=False).may_include(record(A, updated_at=at(-1)))


def filtering(records, keeps):
    """A server whose filter keeps what `keeps` is true of."""
    return lambda query: [each for each in records if "filter[cohort]" not in query or keeps(each)]


def test_correct_filter_passes(serve, record):
    records = [record(A, cohort="2021"), record(B, cohort="2022")]
    listing = serve(filtering(records, lambda each: each["id"] == A))

    assert_filtered(listing, value_filter("cohort", "2021"))


def test_ignored_filter_fails(serve, record):
    listing = serve([record(A, cohort="2021"), record(B, cohort="2022")])

    with pytest.raises(AssertionError, match=rf"filter\[cohort\]=2021 lists {B}, which it should leave out"):
        assert_filtered(listing, value_filter("cohort", "2021"))


def test_filter_that_leaves_out_a_record_fails(serve, record):
    listing = serve(filtering([record(A, cohort="2021"), record(B, cohort="2022")], lambda each: False))

    with pytest.raises(AssertionError, match=f"lacks 1 of the records, such as {A}"):
        assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_that_no_longer_matches_is_not_missing(serve, record):
    records = [record(A, cohort="2021")]
    listing = serve(filtering(records, lambda each: False))
    assert listing.snapshot == tuple(records)
    records[0] = record(A, cohort="2022")

    assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_that_changes_and_changes_back_is_not_missing(serve, record):
    stable = [record(A, cohort="2021")]
    filtered = iter([[], [], stable])
    listing = serve(lambda query: next(filtered) if "filter[cohort]" in query else stable)

    assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_that_appears_after_the_filtered_list_is_not_missing(serve, record):
    unfiltered = iter([[record(A, cohort="2021")], [], [record(A, cohort="2021")]])
    listing = serve(lambda query: [] if "filter[cohort]" in query else next(unfiltered))
    assert listing.snapshot

    assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_missing_in_every_attempt_fails(serve, record):
    just_now = record(A, cohort="2021", updated_at=format_time(datetime.now(UTC)))

    with pytest.raises(AssertionError, match=f"lacks 1 of the records, such as {A}"):
        assert_filtered(serve(filtering([just_now], lambda each: False)), value_filter("cohort", "2021"))


def test_record_that_only_the_filtered_list_repeats_fails(serve, record):
    records = [record(A, cohort="2021")]
    listing = serve(lambda query: records * 2 if "filter[cohort]" in query else records)

    with pytest.raises(AssertionError, match=rf"filter\[cohort\]=2021 lists {A} more than once"):
        assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_that_only_the_filtered_list_has_fails(serve, record):
    ours, theirs = record(A, cohort="2021"), record(B, cohort="2021")
    listing = serve(lambda query: [ours, theirs] if "filter[cohort]" in query else [ours])

    with pytest.raises(AssertionError, match=f"lists {B}, which the list without a filter lacks"):
        assert_filtered(listing, value_filter("cohort", "2021"))


def test_new_record_in_the_filtered_list_passes(serve, record):
    records = [record(A, cohort="2021")]
    listing = serve(records)
    assert len(listing.snapshot) == 1
    records.append(record(B, cohort="2021"))

    assert len(assert_filtered(listing, value_filter("cohort", "2021"))) == 2


def test_unknown_id_stands_among_three_others():
    assert any_of("participant_id", [A, B, C, D]).value == f"{A},{UNKNOWN_ID},{C},{D}"
    assert any_of("participant_id", [A]).value == f"{A},{UNKNOWN_ID}"


def test_unsorted_page_fails(serve, record):
    response = serve([record(A, updated_at=at(0)), record(B, updated_at=at(2)), record(C, updated_at=at(1))]).get()

    with pytest.raises(AssertionError, match=f"puts {B}, .* before {C}"):
        assert_sorted(response, "updated_at")
    with pytest.raises(AssertionError, match=f"puts {A}, .* before {B}"):
        assert_sorted(response, "updated_at", descending=True)


def test_unsorted_list_has_the_same_cause_wherever_it_shows(serve, record):
    listing = serve([record(A, updated_at=at(1)), record(B, updated_at=at(0))])
    causes = []
    for source in (listing, listing.get()):
        with pytest.raises(KnownCause) as raised:
            assert_sorted(source, "updated_at")
        causes.append(raised.value.cause)
    (contradiction,) = contradictions([("sort", "updated_at")], listing.get().resources)

    assert causes[0] == Cause("list_statements", "query:sort", "not sorted by updated_at")
    assert {(each.place, each.kind) for each in causes} == {("query:sort", "not sorted by updated_at")}
    assert known_cause(contradiction) == unsorted("updated_at")
    assert known_cause("a page holds more records than page[per_page] allows") is None


def test_sorted_page_passes(serve, record):
    same = [record(A, updated_at=at(0)), record(B, updated_at=at(0)), record(C, updated_at=at(1))]

    assert_sorted(serve(same).get(), "updated_at")
    assert_sorted(serve(same[::-1]).get(), "updated_at", descending=True)


def test_unsorted_snapshot_fails(serve, record):
    with pytest.raises(AssertionError, match=f"puts {B}, .* before {A}"):
        assert_sorted(serve([record(B, updated_at=at(1)), record(A, updated_at=at(0))]), "updated_at")


def ties(serve, record, *, again):
    """A list of four records, two of the same time, which come in this order on a page of another size."""
    records = {
        each: record(each, updated_at=at(1 if each in (A, B) else hours)) for hours, each in enumerate((C, A, B, D))
    }
    listing = serve(lambda query: [records[each] for each in (again if "page[page]" in query else (C, A, B, D))])
    assert_stable_order(listing, "updated_at", listing.get())
    return listing.api.requests[1][1]


def test_ties_are_requested_again_on_a_page_of_another_size(serve, record):
    assert ties(serve, record, again=(C, A, B, D))["page[per_page]"] == "3"


def test_ties_in_another_order_fail(serve, record):
    with pytest.raises(AssertionError, match=f"gives {A} before others .* of all 4, and {B} before them on one of 3"):
        ties(serve, record, again=(C, B, A, D))


def test_tied_record_that_has_changed_since_is_ignored(serve, record):
    first, second, moved = (record(each, updated_at=at(0)) for each in (A, B, C))
    later = record(C, updated_at=at(1))
    listing = serve(lambda query: [first, second, later] if "page[page]" in query else [first, moved, second])

    assert_stable_order(listing, "updated_at", listing.get())


def test_tied_records_that_have_changed_since_the_run_began_are_ignored(serve, record):
    tied = [record(each, updated_at=at(1)) for each in (A, B, C)]
    pages = {"2": tied[::-1][:2], "3000": [record(each, updated_at=at(0)) for each in (A, B, C)]}
    listing = serve(lambda query: pages.get(query.get("page[per_page]"), tied))

    assert_stable_order(listing, "updated_at", listing.get())


def test_record_with_fewer_enrolments_in_the_filtered_list_fails(serve, record):
    whole = record(A, updated_at=at(1), ecf_enrolments=[{"cohort": "2021"}, {"cohort": "2022"}])
    narrowed = record(A, updated_at=at(1), ecf_enrolments=[{"cohort": "2022"}])
    listing = serve(lambda query: [narrowed if "filter[updated_since]" in query else whole])

    with pytest.raises(AssertionError, match=r"another ecf_enrolments of .* than the whole list"):
        assert_filtered(listing, time_filter(NOON))


def test_record_that_changes_while_lists_are_read_is_not_shown_differently(serve, record):
    versions = iter(range(100))
    listing = serve(lambda _: [record(A, cohort="2021", name=next(versions))])

    assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_that_has_changed_since_the_run_began_is_not_shown_differently(serve, record):
    now = iter([record(A, cohort="2021", name="before")])
    listing = serve(lambda _: [next(now, record(A, cohort="2021", name="after"))])
    assert listing.snapshot[0]["attributes"]["name"] == "before"

    assert_filtered(listing, value_filter("cohort", "2021"))


def test_record_that_comes_while_lists_are_read_is_not_lost():
    lists = {"1": iter([{A}, {A, B}]), "2": iter([{C}, {C}]), "1,2": iter([{A, C}, {A, B, C}])}

    assert lost_by_both(lambda text: next(lists[text]), "1", "2", known={A, B, C}) == set()


def test_record_of_one_value_that_a_list_of_two_lacks_is_lost():
    lists = {"1": {A, B}, "2": {C}, "1,2": {A, C}}

    assert lost_by_both(lists.__getitem__, "1", "2") == {B}


def test_several_cohorts_are_all_but_the_newest_in_descending_order():
    def of(*cohorts):
        return several_cohorts([{"id": each, "attributes": {"cohort": each}} for each in cohorts])

    assert of("2022", "2024", "2021", "2023").value == "2023,2022,2021"
    assert of("2022", "2021").value == "2022,2021"
    assert of("2022").value == "2022"
    assert of() is None

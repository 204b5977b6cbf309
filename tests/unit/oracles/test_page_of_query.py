"""Later pages of a filtered and sorted list, and records that change meanwhile."""

import pytest

from lead_provider_conformance.api.records import parse_time
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.oracles.filters import time_filter
from lead_provider_conformance.oracles.page_of_query import assert_page_of_query, assert_second_page, query_with_pages

NAME = "ecf_participants"
LETTERS = "0123456789ab"


def participant(record, letter, *, minute, status="active"):
    return record(
        f"{letter * 8}-0000-4000-8000-000000000000",
        updated_at=f"2023-01-01T00:{minute:02}:00Z",
        ecf_enrolments=[{"training_status": status, "cohort": "2023"}],
    )


@pytest.fixture
def people(record):
    """Twelve participants, of whom six are deferred; the latest change comes first."""
    return [
        participant(record, letter, minute=30 - number, status=("active", "deferred")[number % 2])
        for number, letter in enumerate(LETTERS)
    ]


def answering(people, *, filtered=True, ordered=True, page=None):
    """Return records for a query, as a server that may ignore the filter or the order, or exchange the page."""

    def records(query):
        found = list(people)
        wanted = query.get("filter[training_status]")
        if wanted and filtered:
            found = [each for each in found if each["attributes"]["ecf_enrolments"][0]["training_status"] == wanted]
        if "sort" in query and ordered:
            found.sort(key=lambda each: each["attributes"]["updated_at"])
        if page and query.get("page[page]") == "3":
            size = int(query["page[per_page]"])
            return [*found[: 2 * size], *found[(page - 1) * size :][:size]]
        return found

    return records


def on_page(number, other, records):
    """Return records for a query, those of `other` on one page."""
    return lambda query: (other if query.get("page[page]") == str(number) else records)(query)


def query_of(serve, records):
    query = query_with_pages(serve(records, name=NAME), {"training_status", "cohort"})
    assert query is not None
    return query


def test_filter_that_includes_half_of_the_list_is_chosen(serve, people):
    assert str(query_of(serve, answering(people)).case) == "filter[training_status]=active"


def test_page_of_a_conforming_server_passes(serve, people):
    query = query_of(serve, answering(people))

    assert_page_of_query(query)

    filtered = {"filter[training_status]": "active", "sort": "updated_at", "page[per_page]": "2"}
    assert [sent for _, sent in query.listing.api.requests[-2:]] == [
        filtered | {"page[page]": "3"},
        filtered | {"page[page]": "2"},
    ]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ({"filtered": False}, "which the filter leaves out"),
        ({"ordered": False}, "in the order of updated_at"),
        ({"page": 2}, "in the order of updated_at"),
        ({"page": 4}, "holds 0 of 6 records"),
    ],
)
def test_page_with_other_records_fails(serve, people, server, reason):
    with pytest.raises(ShownFailure, match=reason):
        assert_page_of_query(query_of(serve, answering(people, **server)))


@pytest.mark.parametrize("number", [2, 3])
def test_page_that_is_not_filtered_fails(serve, people, number):
    records = on_page(number, answering(people, filtered=False), answering(people))

    with pytest.raises(ShownFailure, match=f"Page {number} of .* which the filter leaves out"):
        assert_page_of_query(query_of(serve, records))


def test_page_with_a_repeated_record_fails(serve, people):
    records = on_page(2, lambda query: [each for each in answering(people)(query) for _ in range(2)], answering(people))

    with pytest.raises(ShownFailure, match=r"Page 2 of .* more than once"):
        assert_page_of_query(query_of(serve, records))


def test_record_that_changes_between_list_and_page_is_no_failure(serve, people, record):
    now = list(people)

    def records(query):
        if query.get("page[page]") == "3" and now[0] is people[0]:
            now[0] = participant(record, LETTERS[0], minute=59, status="deferred")
        return answering(now)(query)

    assert_page_of_query(query_of(serve, records))


def test_record_that_changes_back_within_a_second_is_no_failure(serve, people, record):
    pages = []

    def records(query):
        """Show the first record as deferred on the first page only, although it is active before and after."""
        if query.get("page[page]") != "3" or pages:
            return answering(people)(query)
        pages.append(query)
        changed = participant(record, LETTERS[0], minute=30, status="deferred")
        return answering([changed, *people[1:]])(query)

    assert_page_of_query(query_of(serve, records))
    assert pages


def test_list_that_keeps_changing_could_not_run(serve, people, record):
    minutes = iter(range(31, 60))

    def records(query):
        if query.get("page[page]") == "3":
            people[0] = participant(record, LETTERS[0], minute=next(minutes))
        return answering(people, ordered=False)(query)

    with pytest.raises(CouldNotRun, match="kept changing"):
        assert_page_of_query(query_of(serve, records))


def test_time_filter_is_used_without_another_that_includes_part_of_the_list(serve, people):
    query = query_with_pages(serve(people, name=NAME), {"cohort", "updated_since"})

    assert query is not None
    assert str(query.case) == "filter[updated_since]=2023-01-01T00:24:30Z"


@pytest.mark.parametrize("count", [0, 1, 4])
def test_short_list_has_no_such_query(serve, people, count):
    assert query_with_pages(serve(people[:count], name=NAME), {"training_status", "cohort", "updated_since"}) is None


def second_page(serve, records, people):
    """Compare the second page of the latest changes, as records without the exact time, with the filtered list."""
    listing = serve(records, name="ecf_participant_transfers")
    case = time_filter(parse_time(people[5]["attributes"]["updated_at"]), exact=False)
    return assert_second_page(listing, case, listing.all(case.query))


def latest(people, *, page=None, kept=5):
    """Return the latest five changes, or on a page those of a server that ignores the filter."""

    def records(query):
        is_filtered = "filter[updated_since]" in query and query.get("page[page]") != page
        return people[::-1][-kept:] if is_filtered else people[::-1]

    return records


def test_second_page_of_a_conforming_server_passes(serve, people):
    assert second_page(serve, latest(people), people)


def test_second_page_that_is_not_filtered_fails(serve, people):
    with pytest.raises(ShownFailure, match=r"Page 2 of .* which the filter leaves out"):
        second_page(serve, latest(people, page="2"), people)


def test_second_page_with_too_few_records_fails(serve, people):
    records = on_page(2, lambda _: [], latest(people))

    with pytest.raises(ShownFailure, match=r"Page 2 of .* holds 0 records"):
        second_page(serve, records, people)


@pytest.mark.parametrize("kept", [0, 1, 12])
def test_second_page_that_shows_nothing_is_not_read(serve, people, kept):
    assert not second_page(serve, latest(people, kept=kept) if kept else lambda _: [], people)


def test_record_that_comes_before_the_second_page_is_no_failure(serve, people):
    kept = iter([5, 6, 6, 6])

    def records(query):
        return latest(people, kept=next(kept))(query) if "filter[updated_since]" in query else people[::-1]

    assert second_page(serve, records, people)

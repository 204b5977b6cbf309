"""One list as a test asks for it."""

import uuid

import pytest

from lead_provider_conformance.api.operations import MAX_RECORDS
from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.model import CouldNotRun

A, B, C, D, E = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcde")
ALL = (A, B, C, D, E)


def test_what_a_list_cannot_do_without_is_always_sent(serve, record):
    listing = serve([record(A)], name="schools/ecf", always=(("filter[cohort]", "2022"),))

    listing.ask()
    listing.show(A)

    assert listing.api.asked == [
        ("/api/v3/schools/ecf", {"filter[cohort]": "2022"}),
        (f"/api/v3/schools/ecf/{A}", {"filter[cohort]": "2022"}),
    ]


def test_where_the_transfers_of_one_participant_are(serve, record):
    listing = serve([record(A)], name="participants/ecf/transfers")

    listing.show(A)

    assert listing.api.asked == [(f"/api/v3/participants/ecf/{A}/transfers", {})]


def test_some_record_of_an_empty_list(serve):
    with pytest.raises(CouldNotRun, match="lists nothing"):
        serve([]).some_record  # noqa: B018 - it is a property that raises


def test_a_walk_meets_every_record_once(serve, record):
    walk = serve([record(each) for each in ALL]).walk(3)

    assert walk.size == 2
    assert [walk.on(number) for number in range(3)] == [(A, B), (C, D), (E,)]
    assert (walk.twice, walk.never, walk.in_other_order) == ([], [], False)


@pytest.mark.parametrize(("held", "requests"), [(49, 1), (50, 2), (200, 3), (260, 3)])
def test_a_list_whose_pages_have_a_size_of_their_own_is_read_whole(serve, record, held, requests):
    listing = serve([record(str(uuid.uuid4())) for _ in range(held)], page_size=100)

    assert len(listing.all()) == held
    assert len(listing.api.asked) == requests


def test_a_list_without_end_is_read_until_memory_would_suffer(serve, record):
    listing = serve(lambda _: Endless(lambda number: record(str(uuid.UUID(int=number)))))

    with pytest.raises(CouldNotRun, match="holds 20,000 records or more") as caught:
        listing.all()

    assert caught.value.remedy == "Run with the token of a provider that has fewer."
    assert len(listing.api.asked) * PAGE_LIMIT < MAX_RECORDS + PAGE_LIMIT


class Endless:
    """A sequence of records that has no end."""

    def __init__(self, made):
        self.made = made

    def __getitem__(self, wanted):
        return [self.made(number) for number in range(wanted.start, wanted.stop)]


def test_enrolments_of_one_participant_are_records_of_their_own(serve, record):
    both = [record(A, training_record_id="1"), record(A, training_record_id="2")]

    walk = serve(both).walk(1)

    assert walk.met == (f"{A} 1", f"{A} 2")
    assert walk.twice == []


def test_a_walk_of_a_server_that_ignores_the_page(serve, record):
    whole = [record(each) for each in ALL[:4]]
    walk = serve(lambda query: whole if query["page[per_page]"] == "3000" else whole[:2] * 9).walk(2)

    assert walk.twice == [A, B]
    assert walk.never == [C, D]


def test_a_walk_is_made_again_if_the_list_changed_meanwhile(serve, record):
    records = [record(each) for each in ALL[1:4]]

    def growing(query):
        if query.get("page[page]") == "2" and len(records) == 3:
            records.insert(0, record(A))
        return records

    walk = serve(growing).walk(3)

    assert (walk.twice, walk.never) == ([], [])
    assert sorted(walk.met) == [A, B, C, D]


def test_a_list_that_never_keeps_still_cannot_be_walked(serve, record):
    def changing(_query):
        return [record(str(uuid.uuid4())) for _ in range(4)]

    with pytest.raises(CouldNotRun, match="kept changing"):
        serve(changing).walk(2)


def test_pages_in_another_order_than_the_whole(serve, record):
    whole = [record(each) for each in ALL[:4]]
    walk = serve(lambda query: whole if query["page[per_page]"] == "3000" else whole[::-1]).walk(2)

    assert (walk.twice, walk.never) == ([], [])
    assert walk.in_other_order

"""Requests to one list."""

import uuid
from dataclasses import replace

import pytest

from lead_provider_conformance.api.operations import MAX_RECORDS
from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.model import CouldNotRun

A, B, C, D, E = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcde")
ALL = (A, B, C, D, E)


def test_required_filters_are_always_sent(serve, record):
    listing = serve([record(A)], name="ecf_schools", query=(("filter[cohort]", "2022"),))

    listing.get()
    listing.get_one(A)

    assert listing.api.requests == [
        ("/api/v3/schools/ecf", {"filter[cohort]": "2022"}),
        (f"/api/v3/schools/ecf/{A}", {"filter[cohort]": "2022"}),
    ]


def test_transfers_of_one_participant_have_the_id_inside_the_path(serve, record):
    listing = serve([record(A)], name="ecf_participant_transfers")

    listing.get_one(A)

    assert listing.api.requests == [(f"/api/v3/participants/ecf/{A}/transfers", {})]


def test_first_record_of_an_empty_list_could_not_run(serve):
    with pytest.raises(CouldNotRun, match="lists nothing"):
        serve([]).first_record  # noqa: B018 - it is a property that raises


def test_pages_hold_every_record_once(serve, record):
    pages = serve([record(each) for each in ALL]).read_pages(3)

    assert pages.size == 2
    assert pages.by_page == [[A, B], [C, D], [E]]
    assert (pages.duplicates, pages.missing, pages.first_moved) == ([], [], None)


@pytest.mark.parametrize(
    ("held", "pages"),
    [(1, [[A]]), (2, [[A], [B], []]), (3, [[A, B], [C], []]), (4, [[A, B, C], [D], []]), (5, [[A, B], [C, D], [E]])],
)
def test_last_page_is_not_full_if_that_is_possible(serve, record, held, pages):
    assert serve([record(each) for each in ALL[:held]]).read_pages(3).by_page == pages


def test_page_after_the_last_is_left_out_if_it_is_refused(serve, record, monkeypatch):
    listing = serve([record(A), record(B)])
    send = listing.api.send

    def refuse_third_page(method, path, query, **options):
        response = send(method, path, query=query, **options)
        return replace(response, status=404) if ("page[page]", "3") in query else response

    monkeypatch.setattr(listing.api, "send", refuse_third_page)

    assert listing.read_pages(3).by_page == [[A], [B]]


def test_page_of_a_list_of_three_times_as_many_is_one_larger(serve, record):
    pages = serve([record(str(uuid.UUID(int=each))) for each in range(102)]).read_pages(3)

    assert [len(each) for each in pages.by_page] == [35, 35, 32]


@pytest.mark.parametrize(("held", "requests"), [(49, 1), (50, 2), (200, 3), (260, 3)])
def test_list_with_a_fixed_page_size_is_read_whole(serve, record, held, requests):
    listing = serve([record(str(uuid.uuid4())) for _ in range(held)], page_size=100)

    assert len(listing.all()) == held
    assert len(listing.api.requests) == requests


def test_endless_list_is_read_up_to_the_limit(serve, record):
    listing = serve(lambda _: Endless(lambda number: record(str(uuid.UUID(int=number)))))

    with pytest.raises(CouldNotRun, match="holds 20,000 records or more") as caught:
        listing.all()

    assert caught.value.remedy == "Run with the token of a provider that has fewer."
    assert len(listing.api.requests) * PAGE_LIMIT < MAX_RECORDS + PAGE_LIMIT


class Endless:
    """A sequence of records that has no end."""

    def __init__(self, made):
        self.made = made

    def __getitem__(self, wanted):
        return [self.made(number) for number in range(wanted.start, wanted.stop)]


def test_enrolments_of_one_participant_are_separate_records(serve, record):
    both = [record(A, training_record_id="1"), record(A, training_record_id="2")]

    pages = serve(both).read_pages(1)

    assert pages.ids == [f"{A} 1", f"{A} 2"]
    assert pages.duplicates == []


def test_ignored_page_parameter_gives_duplicates_and_missing_records(serve, record):
    whole = [record(each) for each in ALL[:4]]
    pages = serve(lambda query: whole if query["page[per_page]"] == "3000" else whole[:2] * 9).read_pages(2)

    assert pages.duplicates == [A, B]
    assert pages.missing == [C, D]


def test_pages_are_read_again_if_the_list_has_changed(serve, record):
    records = [record(each) for each in ALL[1:4]]

    def growing(query):
        if query.get("page[page]") == "2" and len(records) == 3:
            records.insert(0, record(A))
        return records

    pages = serve(growing).read_pages(3)

    assert (pages.duplicates, pages.missing) == ([], [])
    assert sorted(pages.ids) == [A, B, C, D]


def test_list_that_keeps_changing_could_not_run(serve, record):
    def changing(_query):
        return [record(str(uuid.uuid4())) for _ in range(4)]

    with pytest.raises(CouldNotRun, match="kept changing"):
        serve(changing).read_pages(2)


def test_pages_in_another_order_than_the_whole_list_are_reordered(serve, record):
    whole = [record(each) for each in ALL[:4]]
    pages = serve(lambda query: whole if query["page[per_page]"] == "3000" else whole[::-1]).read_pages(2)

    assert (pages.duplicates, pages.missing) == ([], [])
    assert pages.first_moved == pages.by_page[0][0]
    assert pages.last_with(whole[0]["id"]) == pages.by_page[1].exchange


def test_record_that_has_left_the_list_since_could_not_run(serve, record):
    listing = serve([record(A)])

    listing.require_listed(A)
    with pytest.raises(CouldNotRun, match=f"has lost {B} during the run"):
        listing.require_listed(B)

"""Pages of a list. The list is the participants': no test of the suite adds to it or takes from it."""

import math

from lead_provider_conformance.api import per_page
from lead_provider_conformance.plugin import verifies

DEFAULT_SIZE = 100
PAGES = 6


@verifies("participants/listed", "participants/shown-as-listed")
def test_a_participant_is_listed_once_and_shown_as_listed(api, states, check):
    ect = states.look("ect.no-declarations")

    with check("participants/listed"):
        listed = api.list_participants(("page[per_page]", "3000")).ids
        assert listed.count(ect.id) == 1

    with check("participants/shown-as-listed"):
        first = api.list_participants(*per_page(1)).first
        assert api.show_participant(first["id"]).resource == first


@verifies("paging/per-page")
def test_a_page_holds_as_many_as_asked_for(api):
    total = len(list(api.every_page(api.participants)))

    for size in (1, 3):
        assert len(api.list_participants(*per_page(size)).resources) == min(size, total)


@verifies("paging/page")
def test_the_page_is_chosen_and_without_it_the_first_is_given(api):
    total = len(list(api.every_page(api.participants)))
    first, second = (api.list_participants(*per_page(3, page)).ids for page in (1, 2))

    both = set(first).intersection(second)
    assert not both, f"The first page and the second both hold {min(both)}."
    assert len(second) == min(3, max(0, total - 3))
    assert api.list_participants(("page[per_page]", "3")).ids == first
    assert api.list_participants().ids == api.list_participants(*per_page(DEFAULT_SIZE)).ids


@verifies("paging/complete")
def test_walking_through_the_pages_meets_every_record_once(api):
    everybody = {each["id"] for each in api.every_page(api.participants)}
    size = max(1, math.ceil(len(everybody) / PAGES))

    met = [found for page in range(1, PAGES + 1) for found in api.list_participants(*per_page(size, page)).ids]

    twice = {each for each in met if met.count(each) > 1}
    assert not twice, f"{len(twice)} records stand on more than one page, as {min(twice)}."
    never = everybody.difference(met)
    assert not never, f"{len(never)} records stand on no page, as {min(never)}."


@verifies("paging/per-page-maximum")
def test_a_page_larger_than_the_largest_is_not_refused(api):
    answer = api.list_participants(("page[per_page]", "5000"))

    assert answer.status == 200
    assert len(answer.resources) <= 3000


@verifies("paging/beyond-the-end")
def test_a_page_beyond_the_end_is_empty(api):
    answer = api.list_participants(*per_page(100, page=99_999))

    assert answer.status == 200
    assert answer.resources == ()


@verifies("paging/malformed")
def test_a_page_that_is_no_number_is_refused(api):
    for name in ("page[page]", "page[per_page]"):
        for value in ("abc", "0", "-1"):
            answer = api.list_participants((name, value), deliberate="page that is no whole number from 1")
            assert answer.status == 400, f"{name}={value}"

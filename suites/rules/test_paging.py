"""Pages of every list of the API."""

from collections import Counter
from itertools import pairwise

from lead_provider_conformance.api.records import identities, identity
from lead_provider_conformance.contract.values import DEFAULT_PAGE_SIZE, PAGE_LIMIT
from lead_provider_conformance.model import NotApplicable, ShownFailure
from lead_provider_conformance.oracles.same_record import assert_same_records
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

PAGES = 3
ATTEMPTS = 3
"""How often a list that changes is read again."""
# No published sentence of these services says how records of the same time are ordered.
TIES_UNORDERED_SINCE = "2026-08"
NO_NUMBERS = (("page[page]", "0"), ("page[page]", "abc"), ("page[per_page]", "-1"))


@each_list()
@verifies(
    "paging/per-page",
    "paging/complete",
    "paging/page",
    "paging/order-kept",
    "paging/default",
    "paging/beyond-the-end",
    "lists/same-record",
)
def test_pages_have_every_record_once(listing, lists, calendar, check):
    long_enough = len(listing.snapshot) > DEFAULT_PAGE_SIZE // 2  # a shorter list does not show the default page size
    default = identities(listing.get().resources) if long_enough else []
    pages = listing.read_pages(PAGES)
    total = len(pages.whole)

    with check("lists/same-record"):
        for number, page in enumerate(pages.by_page, start=1):
            assert_same_records(
                listing, page.resources, page_reader(listing, number, pages.size), f"Page {number} of {listing}"
            )

    chosen = list_with_a_page_beyond(lists)
    if listing.path == chosen.path:
        with check("paging/beyond-the-end"):
            beyond = listing.page(99_999, 100)
            assert beyond.status == 200
            assert beyond.ids == ()
    else:  # generated/lists-what-was-asked requests such a page of other lists
        check.not_applicable("paging/beyond-the-end", f"{chosen} shows it.")

    if long_enough:
        with check("paging/default"):
            assert_default(listing, default, pages)
    else:
        check.not_applicable("paging/default", f"{listing} is too short to show the default page size.")

    # A page may hold more of the list than was there at first, because other tests add records.
    full = min(pages.size, total)
    first, *later = pages.by_page
    if not pages.ids and not total:
        for requirement in ("paging/per-page", "paging/complete", "paging/page", "paging/order-kept"):
            check.not_applicable(requirement, f"{listing} lists nothing.")
        return
    with check("paging/per-page"):
        assert full <= len(first) <= pages.size, (
            f"The first page of {listing} holds {len(first)} of {total} records, at {pages.size} a page."
        )
        for number, page in enumerate(later, start=2):
            rest = min(pages.size, total - (number - 1) * pages.size)
            assert rest <= len(page) <= pages.size, (
                f"Page {number} of {listing} holds {len(page)} records; {rest} are left, and {pages.size} a page."
            )

    assert full <= len(first) <= pages.size, "The pages do not have the requested size, so the rest was not checked."

    tied = records_of_the_same_time(listing) if calendar.edition >= TIES_UNORDERED_SINCE else set()
    with check("paging/complete"):
        duplicates, missing = ([each for each in ids if each not in tied] for ids in (pages.duplicates, pages.missing))
        if duplicates:
            reason = f"Records of {listing} that stand on two pages: {len(duplicates)}, such as {duplicates[0]}."
            raise ShownFailure(reason, pages.last_with(duplicates[0]))
        if missing:
            reason = f"Records of {listing} that are on no page: {len(missing)}, such as {missing[0]}."
            raise ShownFailure(reason, pages.by_page[-1].exchange)

    with check("paging/page"):
        # A single record on both pages is a matter of paging/complete.
        for number, (before, page) in enumerate(pairwise(pages.by_page), start=2):
            repeated = set(page) <= set(before) and not set(page) <= tied
            assert not page or not repeated, f"Page {number} of {listing} holds nothing but the page before."
            assert page or total <= (number - 1) * pages.size, (
                f"Page {number} of {listing} is empty, and there are {total} records."
            )

    with check("paging/order-kept"):
        if moved := pages.first_moved:
            reason = f"{listing} shows its records in another order page by page than at once, such as {moved}."
            raise ShownFailure(reason, pages.last_with(moved))


def list_with_a_page_beyond(lists):
    """The list of participants, or, if the target has none, its first list, of the programme alone if there is one."""
    of_participants = f"{lists.api.programme}_participants"

    def rank(each):
        return each.operation.name != of_participants, len(each.operation.operation.programmes)

    return min(lists.implemented, key=rank)


def page_reader(listing, number, size):
    return lambda: listing.page(number, size).resources


def records_of_the_same_time(listing):
    """Return the records with the created_at of another one; they may change places between pages."""
    times = {identity(each): each["attributes"].get("created_at") for each in listing.snapshot}
    count = Counter(times.values())
    return {each for each, time in times.items() if time is not None and count[time] > 1}


def assert_default(listing, default, pages):
    """Check that a request without a page returns the first page, of the default size."""
    total = len(pages.whole)
    for _ in range(ATTEMPTS):
        if len(default) >= min(total, DEFAULT_PAGE_SIZE):
            break
        total = len(listing.all())  # other tests may have added or removed records
        default = identities(listing.get().resources)
    assert min(total, DEFAULT_PAGE_SIZE) <= len(default) <= DEFAULT_PAGE_SIZE, (
        f"{listing} without a page gives {len(default)} of its {total} records; a page holds {DEFAULT_PAGE_SIZE}."
    )
    if default[:1] != pages.by_page[0][:1]:  # the order of records with the same time may differ
        first = identities(listing.page(1, DEFAULT_PAGE_SIZE).resources)
        assert set(default) & set(first), f"{listing} without a page does not give the first."


@verifies("paging/per-page-maximum")
def test_page_size_above_the_limit_is_not_refused(lists, api):
    response = lists.at(f"{api.programme}_participants").get(("page[per_page]", str(PAGE_LIMIT + 2000)))

    assert response.status == 200
    count = len(response.resources)
    assert count <= PAGE_LIMIT, f"A page holds {count} records; the limit is {PAGE_LIMIT}."


@each_list()
@verifies("paging/malformed")
def test_malformed_page_is_refused(listing, lists):
    paths = [each.path for each in lists.implemented]
    place = paths.index(listing.path) if listing.path in paths else 0  # a request to a list that is missing says so
    if place >= len(NO_NUMBERS):
        raise NotApplicable("Other lists show it, one for each value; generated requests send some to this one.")
    no_number = NO_NUMBERS[place]

    response = listing.get(no_number, deliberate="page that is no whole number from 1")

    assert response.status == 400, "=".join(no_number)

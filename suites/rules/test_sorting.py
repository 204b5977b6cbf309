"""The order of lists, compared with the fields of their records."""

from itertools import pairwise

from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import (
    assert_sorted,
    assert_stable_order,
    field_values,
    is_sorted_by_name,
)
from lead_provider_conformance.oracles.same_record import assert_same_records
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

WHOLE = ("page[per_page]", str(PAGE_LIMIT))


@each_list(lambda listed: "updated_at" in listed.sort_keys)
@verifies("sorting/updated-at", "sorting/ties", "lists/same-record")
def test_list_sorted_by_updated_at(listing, check):
    oldest_first, newest_first = (listing.get(("sort", key), WHOLE) for key in ("updated_at", "-updated_at"))

    with check("lists/same-record"):
        for response, key in ((oldest_first, "updated_at"), (newest_first, "-updated_at")):
            again = sorted_reader(listing, key)
            assert_same_records(listing, response.resources, again, f"{listing} sorted by {key}")

    with check("sorting/ties"):
        assert_stable_order(listing, "updated_at", oldest_first)

    with check("sorting/updated-at"):
        assert_sorted(oldest_first, "updated_at")
        assert_sorted(newest_first, "updated_at", descending=True)


def sorted_reader(listing, key):
    return lambda: listing.get(("sort", key), WHOLE).resources


@each_list(lambda listed: {"created_at", "updated_at"} <= listed.sort_keys)
@verifies("sorting/first-key-first")
def test_list_sorted_by_several_keys(listing):
    several = ("sort", "-updated_at,created_at")
    assert_sorted(listing.get(several, WHOLE), "updated_at", descending=True)


@verifies("sorting/unknown-key")
def test_unknown_sort_key_is_ignored(lists, api):
    unknown = ("sort", "nonsense,-updated_at")
    response = lists.at(f"{api.programme}_participants").get(unknown, WHOLE, deliberate="unknown sort key")
    assert_sorted(response, "updated_at", descending=True)


# A person's transfers show when each was made, and not the time that they are sorted by.
@each_list(lambda listed: "created_at" in listed.sort_keys and listed.name != "ecf_participant_transfers")
@verifies("sorting/created-at", "sorting/default")
def test_list_sorted_by_created_at(listing, check):
    oldest_first = listing.get(("sort", "created_at"), WHOLE)
    newest_first = listing.get(("sort", "-created_at"), WHOLE)

    with check("sorting/created-at"):
        if all("created_at" in each["attributes"] for each in oldest_first.resources):
            assert_sorted(oldest_first, "created_at")
            assert_sorted(newest_first, "created_at", descending=True)
        else:  # of participants only the enrolments show when they were made
            assert_the_ends_change_places(listing, oldest_first, newest_first)

    with check("sorting/default"):
        if all("created_at" in each["attributes"] for each in listing.snapshot):
            assert_sorted(listing, "created_at")
        else:
            assert_begins_with_the_oldest(listing, oldest_first.resources)


def made_at(resource):
    """The times at which a participant's enrolments were made; the participant shows none of their own."""
    return field_values(resource, "created_at")


def assert_the_ends_change_places(listing, oldest_first, newest_first):
    # Another test may enrol somebody, who may have been known before: their enrolment then shows another time.
    made = {each["id"]: made_at(each) for each in listing.snapshot}
    known = [each for each in oldest_first.ids if each in made]
    oldest, newest = known[:1], known[-1:]
    if len({made[each] for each in (*oldest, *newest)}) < 2:
        raise CouldNotRun(
            f"All that {listing} shows was made at the same time.", "Give the target records made at different times."
        )
    ends = [each for each in newest_first.ids if each in {*oldest, *newest}]
    assert ends == [*newest, *oldest][: len(ends)], (
        f"{listing} begins with {oldest} sorted by created_at, and has it before {newest} sorted by -created_at too."
    )


def assert_begins_with_the_oldest(listing, oldest_first):
    """Compare the orders of records made at different times; nothing promises an order of the others."""
    place = {each["id"]: number for number, each in enumerate(oldest_first)}
    both = [each for each in listing.snapshot if each["id"] in place]
    for one, other in pairwise(both):
        assert place[one["id"]] < place[other["id"]] or made_at(one) == made_at(other), (
            f"{listing} without sort has {one['id']} before {other['id']}, and sort=created_at has it after."
        )


@each_list(lambda listed: listed.name in ("ecf_schools", "ecf_unfunded_mentors"))
@verifies("sorting/default")
def test_unsorted_list_starts_with_the_oldest(listing):
    assert_sorted(listing, "created_at")


@verifies("sorting/npq-applications-of-version-1")
def test_applications_start_with_the_oldest(lists):
    assert_sorted(lists.at("npq_applications"), "created_at")


@verifies("sorting/delivery-partners-by-name")
def test_delivery_partners_sorted_by_name(lists):
    for key, reverse in (("name", False), ("-name", True)):
        response = lists.at("delivery_partners").get(("sort", key), deliberate="sort key of this list alone")
        names = [str(each["attributes"].get("name")) for each in response.resources]
        assert is_sorted_by_name(names, reverse=reverse), f"sort={key} gives the names in the order {names}."

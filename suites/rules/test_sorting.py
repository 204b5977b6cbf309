"""The order of lists, compared with the fields of their records."""

from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.oracles.filters import assert_sorted, assert_stable_order
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

WHOLE = ("page[per_page]", str(PAGE_LIMIT))


@each_list(lambda listed: "updated_at" in listed.sort_keys)
@verifies("sorting/updated-at", "sorting/ties")
def test_list_sorted_by_updated_at(listing, check):
    oldest_first = listing.get(("sort", "updated_at"), WHOLE)

    with check("sorting/ties"):
        assert_stable_order(listing, "updated_at", oldest_first)

    with check("sorting/updated-at"):
        assert_sorted(oldest_first, "updated_at")
        assert_sorted(listing.get(("sort", "-updated_at"), WHOLE), "updated_at", descending=True)


@each_list(lambda listed: {"created_at", "updated_at"} <= listed.sort_keys)
@verifies("sorting/first-key-first")
def test_list_sorted_by_several_keys(listing):
    several = ("sort", "-updated_at,created_at")
    assert_sorted(listing.get(several, WHOLE), "updated_at", descending=True)


@verifies("sorting/unknown-key")
def test_unknown_sort_key_is_ignored(lists, api):
    unknown = ("sort", "nonsense,-updated_at")
    response = lists.at(f"participants/{api.programme}").get(unknown, WHOLE, deliberate="unknown sort key")
    assert_sorted(response, "updated_at", descending=True)


@each_list(lambda listed: "created_at" in listed.sort_keys)
@verifies("sorting/created-at", "sorting/default")
def test_list_sorted_by_created_at(listing, check):
    oldest_first = listing.get(("sort", "created_at"), WHOLE)
    newest_first = listing.get(("sort", "-created_at"), WHOLE)

    with check("sorting/created-at"):
        if all("created_at" in each["attributes"] for each in oldest_first.resources):
            assert_sorted(oldest_first, "created_at")
            assert_sorted(newest_first, "created_at", descending=True)
        else:  # of participants only the enrolments show when they were made
            assert_the_ends_change_places(listing, oldest_first.ids, newest_first.ids)

    with check("sorting/default"):
        default = [each["id"] for each in listing.snapshot]
        both = set(default).intersection(oldest_first.ids)
        assert [each for each in default if each in both] == [each for each in oldest_first.ids if each in both], (
            f"{listing} without sort is not in the order of sort=created_at."
        )


def assert_the_ends_change_places(listing, oldest_first, newest_first):
    oldest, newest = oldest_first[:1], oldest_first[-1:]
    ends = [each for each in newest_first if each in {*oldest, *newest}]
    assert ends == [*newest, *oldest][: len(ends)], (
        f"{listing} begins with {oldest} sorted by created_at, and has it before {newest} sorted by -created_at too."
    )


@each_list(lambda listed: listed.name in ("schools/ecf", "unfunded-mentors/ecf"))
@verifies("sorting/default")
def test_unsorted_list_starts_with_the_oldest(listing):
    assert_sorted(listing, "created_at")


@verifies("sorting/npq-applications-of-version-1")
def test_applications_start_with_the_oldest(lists):
    assert_sorted(lists.at("npq-applications"), "created_at")


@verifies("sorting/delivery-partners-by-name")
def test_delivery_partners_sorted_by_name(lists):
    for key, reverse in (("name", False), ("-name", True)):
        response = lists.at("delivery-partners").get(("sort", key), deliberate="sort key of this list alone")
        names = [str(each["attributes"].get("name")) for each in response.resources]
        assert names == sorted(names, reverse=reverse), f"sort={key} gives the names in the order {names}."

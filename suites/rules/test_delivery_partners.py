"""Delivery partners of a lead provider."""

from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import assert_filtered, distinct_values, value_filter
from lead_provider_conformance.oracles.lists import MAX_SHOWN_BY_ID
from lead_provider_conformance.pytest_plugin.markers import verifies


@verifies("delivery-partners/cohort-filter")
def test_delivery_partners_filtered_by_cohort(lists):
    listing = lists.at("delivery_partners")
    assert_filtered(listing, value_filter("cohort", distinct_values(listing.snapshot, "cohort")[-1]))


@verifies("delivery-partners/of-partnerships")
def test_delivery_partner_of_a_partnership_is_listed(lists):
    listing = lists.at("delivery_partners")
    partners = names_of(listing.snapshot)
    lists.at("ecf_partnerships").require_fields("status")
    named = names_in_partnerships(lists, lists.at("ecf_partnerships").snapshot)
    # A partnership may outlive the provider's relationship with its delivery partner, who is then neither listed nor
    # shown.
    for partner in [each for each in named if each not in partners][:MAX_SHOWN_BY_ID]:
        assert listing.get_one(partner).status == 404 or partner in {each["id"] for each in listing.all()}, (
            f"The delivery partner {partner} works in a partnership, is shown on its own, and is not listed."
        )
    if not named.keys() & partners.keys():
        raise CouldNotRun(
            "No active partnership has a delivery partner that is listed.", "Give the target such a partnership."
        )

    if differing_names(named, partners):  # one may have got another name between the two lists
        named, partners = names_in_partnerships(lists, lists.at("ecf_partnerships").all()), names_of(listing.all())
    for partner in differing_names(named, partners):
        assert partners[partner] == named[partner], f"the name of the delivery partner {partner}"


def names_of(partners):
    """Return the names of delivery partners by their ids."""
    return {each["id"]: each["attributes"].get("name") for each in partners}


def names_in_partnerships(lists, partnerships):
    """Return the names of the delivery partners in active partnerships by their ids."""
    attributes = [each["attributes"] for each in partnerships if lists.inventory.is_active(each)]
    named = [each for each in attributes if each.get("delivery_partner_id")]
    return {str(each["delivery_partner_id"]): each.get("delivery_partner_name") for each in named}


def differing_names(named, partners):
    """Return the delivery partners whose partnership shows another name than their own list."""
    return [each for each in named.keys() & partners.keys() if partners[each] != named[each]]


@verifies("delivery-partners/listed-once")
def test_delivery_partner_of_several_cohorts_is_listed_once(lists):
    listing = lists.at("delivery_partners")
    cohorts = distinct_values(listing.snapshot, "cohort")

    listed = listing.get(("filter[cohort]", ",".join(cohorts))).ids

    twice = {each for each in listed if listed.count(each) > 1}
    assert not twice, f"The delivery partner {min(twice)} is listed once for each of its cohorts."

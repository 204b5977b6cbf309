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
    partners = {each["id"]: each["attributes"].get("name") for each in listing.snapshot}
    lists.at("ecf_partnerships").require_fields("status")
    active = [each for each in lists.at("ecf_partnerships").snapshot if lists.inventory.is_active(each)]
    named = {
        str(each["attributes"]["delivery_partner_id"]): each["attributes"].get("delivery_partner_name")
        for each in active
        if each["attributes"].get("delivery_partner_id")
    }
    # A partnership may outlive the provider's relationship with its delivery partner, who is then neither listed nor
    # shown.
    for partner in [each for each in named if each not in partners][:MAX_SHOWN_BY_ID]:
        assert listing.get_one(partner).status == 404, (
            f"The delivery partner {partner} works in a partnership, is shown on its own, and is not listed."
        )
    if not named.keys() & partners.keys():
        raise CouldNotRun(
            "No active partnership has a delivery partner that is listed.", "Give the target such a partnership."
        )

    for partner in named.keys() & partners.keys():
        assert partners[partner] == named[partner], f"the name of the delivery partner {partner}"


@verifies("delivery-partners/listed-once")
def test_delivery_partner_of_several_cohorts_is_listed_once(lists):
    listing = lists.at("delivery_partners")
    cohorts = distinct_values(listing.snapshot, "cohort")

    listed = listing.get(("filter[cohort]", ",".join(cohorts))).ids

    twice = {each for each in listed if listed.count(each) > 1}
    assert not twice, f"The delivery partner {min(twice)} is listed once for each of its cohorts."

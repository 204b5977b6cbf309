"""Delivery partners of a lead provider."""

from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import assert_filtered, distinct_values, field_values, value_filter
from lead_provider_conformance.pytest_plugin.markers import verifies


@verifies("delivery-partners/cohort-filter")
def test_delivery_partners_filtered_by_cohort(lists):
    listing = lists.at("delivery-partners")
    assert_filtered(listing, value_filter("cohort", distinct_values(listing.snapshot, "cohort")[-1]))


@verifies("delivery-partners/of-partnerships")
def test_delivery_partner_of_a_partnership_is_listed(lists):
    partners = {each["id"]: each["attributes"].get("name") for each in lists.at("delivery-partners").snapshot}
    active = [each for each in lists.at("partnerships/ecf").snapshot if field_values(each, "status") == {"active"}]
    if not active:
        raise CouldNotRun("The provider has no active partnership.", "Give the target one.")

    for each in (each["attributes"] for each in active):
        partner = each.get("delivery_partner_id")
        assert partner in partners, f"The delivery partner {partner} works in a partnership and is not listed."
        assert partners[partner] == each.get("delivery_partner_name"), f"the name of the delivery partner {partner}"


@verifies("delivery-partners/listed-once")
def test_delivery_partner_of_several_cohorts_is_listed_once(lists):
    listing = lists.at("delivery-partners")
    cohorts = distinct_values(listing.snapshot, "cohort")

    listed = listing.get(("filter[cohort]", ",".join(cohorts))).ids

    twice = {each for each in listed if listed.count(each) > 1}
    assert not twice, f"The delivery partner {min(twice)} is listed once for each of its cohorts."

"""Delivery partners, with whom a lead provider works in schools."""

from lead_provider_conformance.criteria import among, assert_lists_only, values_of
from lead_provider_conformance.plugin import verifies


@verifies("delivery-partners/cohort-filter")
def test_delivery_partners_of_a_cohort(lists):
    listing = lists.at("delivery-partners")
    assert_lists_only(listing, among("cohort", values_of(listing.unfiltered, "cohort")[-1]))


@verifies("delivery-partners/listed-once")
def test_a_delivery_partner_of_several_cohorts_is_listed_once(lists):
    listing = lists.at("delivery-partners")
    cohorts = values_of(listing.unfiltered, "cohort")

    listed = listing.ask(("filter[cohort]", ",".join(cohorts))).ids

    twice = {each for each in listed if listed.count(each) > 1}
    assert not twice, f"The delivery partner {min(twice)} is listed once for each of its cohorts."

"""The list of partnerships: those of one lead provider, active and challenged."""

from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.oracles.filters import (
    any_of,
    assert_filtered,
    distinct_values,
    field_values,
    instant_between_updates,
    time_filter,
    value_filter,
)
from lead_provider_conformance.pytest_plugin.markers import verifies


@verifies(
    "partnerships/cohort-filter",
    "partnerships/delivery-partner-filter",
    "partnerships/several-delivery-partners",
    "partnerships/updated-since",
)
def test_partnerships_filtered_by_cohort_delivery_partner_and_updated_since(lists, check):
    listing = lists.at("ecf_partnerships")

    with check("partnerships/cohort-filter"):
        assert_filtered(listing, value_filter("cohort", distinct_values(listing.snapshot, "cohort")[-1]))

    with check("partnerships/updated-since"):
        assert_filtered(listing, time_filter(instant_between_updates(listing.snapshot)))

    partners = distinct_values(listing.snapshot, "delivery_partner_id")
    with check("partnerships/delivery-partner-filter"):
        assert_filtered(listing, value_filter("delivery_partner_id", partners[0]))
        assert listing.get(("filter[delivery_partner_id]", UNKNOWN_ID)).ids == ()

    with check("partnerships/several-delivery-partners"):
        assert_filtered(listing, any_of("delivery_partner_id", partners))


@verifies("partnerships/status")
def test_challenged_partnership_has_the_reason_and_time(lists):
    for partnership in lists.at("ecf_partnerships").snapshot:
        present = [field_values(partnership, member) != {"None"} for member in ("challenged_reason", "challenged_at")]
        challenged = field_values(partnership, "status") == {"challenged"}
        assert present == [challenged, challenged], (
            f"The partnership {partnership['id']} is {'' if challenged else 'not '}challenged; whether it has a reason "
            f"and a time: {present}."
        )

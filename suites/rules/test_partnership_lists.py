"""The list of partnerships: those of one lead provider, active and challenged."""

from lead_provider_conformance.criteria import LONG_AFTER, among, assert_lists_only, halfway, shown, since, values_of
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID


@verifies(
    "partnerships/cohort-filter",
    "partnerships/delivery-partner-filter",
    "partnerships/several-delivery-partners",
    "partnerships/updated-since",
)
def test_partnerships_of_a_cohort_with_a_delivery_partner_and_those_that_changed(lists, check):
    listing = lists.at("partnerships/ecf")

    with check("partnerships/cohort-filter"):
        cohorts = values_of(listing.unfiltered, "cohort")
        for cohort in sorted({cohorts[0], cohorts[-1]}):
            assert_lists_only(listing, among("cohort", cohort))

    partners = values_of(listing.unfiltered, "delivery_partner_id")
    with check("partnerships/delivery-partner-filter"):
        assert_lists_only(listing, among("delivery_partner_id", partners[0]))
        assert listing.ask(("filter[delivery_partner_id]", NOBODYS_ID)).ids == ()

    with check("partnerships/several-delivery-partners"):
        assert_lists_only(listing, among("delivery_partner_id", *partners[:2]))

    with check("partnerships/updated-since"):
        assert listing.ask(("filter[updated_since]", LONG_AFTER)).ids == ()
        assert_lists_only(listing, since(halfway(listing.unfiltered)))


@verifies("partnerships/own", "partnerships/of-others", "partnerships/change-of-others")
def test_partnerships_of_one_provider_are_not_anothers(lists, other_api, check):
    listing = lists.at("partnerships/ecf")
    theirs = listing.seen_by(other_api)
    ours = listing.some_record

    with check("partnerships/own"):
        both = {each["id"] for each in listing.unfiltered} & {each["id"] for each in theirs.all()}
        assert not both, f"Two lead providers both list the partnership {min(both)}."

    with check("partnerships/of-others"):
        assert theirs.show(ours["id"]).status == 404

    with check("partnerships/change-of-others"):
        partner = ours["attributes"].get("delivery_partner_id")
        refusal = other_api.change_partnership(ours["id"], {"delivery_partner_id": partner})
        assert refusal.status == 404


@verifies("partnerships/status")
def test_a_partnership_says_why_and_when_it_was_challenged(lists):
    for partnership in lists.at("partnerships/ecf").unfiltered:
        told = [shown(partnership, member) != {"None"} for member in ("challenged_reason", "challenged_at")]
        challenged = shown(partnership, "status") == {"challenged"}
        assert told == [challenged, challenged], f"the partnership {partnership['id']}"

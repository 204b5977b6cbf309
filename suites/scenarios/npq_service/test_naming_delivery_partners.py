"""NPQ declarations name delivery partners, which can be changed later."""

from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.delivery_partners import needs_delivery_partner
from lead_provider_conformance.testdata.first_declarations import claim_declared
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

FIRST, SECOND = "delivery_partner_id", "secondary_delivery_partner_id"
NAMES = {FIRST: "delivery_partner_name", SECOND: "secondary_delivery_partner_name"}


def partners_in(resource):
    return {name: resource["attributes"].get(name) for name in (FIRST, SECOND)}


def assert_partners(resource, lists, **expected):
    """Check that a declaration shows delivery partners, with the names that their list has."""
    assert partners_in(resource) == expected
    listed = {each["id"]: each["attributes"].get("name") for each in lists.at("delivery_partners").snapshot}
    for member, partner in expected.items():
        name = resource["attributes"].get(NAMES[member])
        assert name == (listed.get(partner) if partner else None), f"{NAMES[member]} is {name!r}."


def two_of(participant):
    if len(participant.delivery_partners) < 2:
        raise CouldNotRun(
            f"The provider has fewer than two delivery partners in cohort {participant.cohort}.",
            "Give the provider two delivery partners in that cohort.",
        )
    return participant.delivery_partners[:2]


@verifies(
    "npq-declarations/delivery-partner-required",
    "npq-declarations/delivery-partner-unknown",
    "npq-declarations/delivery-partner-of-provider",
    "npq-declarations/secondary-delivery-partner",
    "npq-declarations/delivery-partner",
)
@uses_states("npq.no-declarations")
def test_declaration_names_delivery_partners_of_its_provider_and_cohort(api, other_api, states, lists, calendar, check):
    # A valid declaration is accepted and voided first, so that each refusal is due to its delivery partners.
    partnered, accepted = claim_declared(
        api, states, "npq.no-declarations", "started", calendar, preferred=needs_delivery_partner
    )
    api.void_or_skip(prepared(accepted).resource["id"])
    if not partnered.delivery_partners:
        raise CouldNotRun(
            f"Declarations about the participant {partnered.id} of {partnered.cohort_name} name no delivery partner.",
            "Give the target NPQ participants from England, of a cohort from 2024 on, without declarations.",
        )
    before = {each.id for each in api.declarations_about(partnered)}
    valid = declaration_of(partnered, "started", calendar)
    bare = {name: value for name, value in valid.items() if name != FIRST}

    with check("npq-declarations/delivery-partner-required"):
        refusal = api.declare(bare)
        assert refusal.status == 422
        assert refusal.names(FIRST)

    with check("npq-declarations/delivery-partner-unknown"):
        refusal = api.declare(valid | {FIRST: UNKNOWN_ID})
        assert refusal.status == 422
        assert refusal.names(FIRST)

    with check("npq-declarations/secondary-delivery-partner"):
        for wrong in (bare | {SECOND: valid[FIRST]}, valid | {SECOND: valid[FIRST]}):
            refusal = api.declare(wrong)
            assert refusal.status == 422
            assert refusal.names(SECOND)

    with check("npq-declarations/delivery-partner-of-provider"):
        foreign = partner_of_others(lists, other_api, partnered)
        for member, wrong in ((FIRST, valid | {FIRST: foreign}), (SECOND, valid | {SECOND: foreign})):
            refusal = api.declare(wrong)
            assert refusal.status == 422, member
            assert refusal.names(member)

    added = {each.id for each in api.declarations_about(partnered)} - before
    with check("npq-declarations/delivery-partner-required"):
        assert not added, f"The declaration {min(added)} was refused, and recorded all the same."

    with check("npq-declarations/delivery-partner"):
        one, other = two_of(partnered)
        declared = prepared_but_for_partners(api.declare(valid | {FIRST: one, SECOND: other}))
        assert declared.status == 200
        assert_partners(declared.resource, lists, **{FIRST: one, SECOND: other})
        shown = api.show_declaration(declared.resource["id"])
        assert_partners(shown.resource, lists, **{FIRST: one, SECOND: other})


def prepared_but_for_partners(response):
    """Return the response. Raise CouldNotRun if it refuses a delivery partner: a year can have several cohorts, and a
    delivery partner shows the years only.
    """
    return prepared(response) if response.names(FIRST) or response.names(SECOND) else response


def partner_of_others(lists, other_api, participant):
    """Return a delivery partner that the provider has never, or not in the participant's cohort."""
    listing = lists.at("delivery_partners")
    ours = {each["id"]: each["attributes"].get("cohort") for each in listing.snapshot}
    theirs = [each["id"] for each in listing.as_provider(other_api).snapshot if each["id"] not in ours]
    of_other_cohorts = [each for each, cohorts in ours.items() if participant.cohort not in map(str, cohorts)]
    for partner in (*theirs, *of_other_cohorts):
        return partner
    raise CouldNotRun(
        f"Every known delivery partner is the provider's in cohort {participant.cohort}.",
        "Give the second lead provider a delivery partner of its own.",
    )


@verifies("npq-declarations/delivery-partner-from-abroad")
@uses_states("npq.from-abroad")
def test_declaration_about_an_applicant_from_abroad_has_no_delivery_partner(api, states, calendar):
    _, declared = claim_declared(api, states, "npq.from-abroad", "started", calendar)

    assert declared.status == 200
    assert partners_in(declared.resource) == {FIRST: None, SECOND: None}


@verifies(
    "change-delivery-partner/changed",
    "change-delivery-partner/secondary-removed",
    "change-delivery-partner/refused",
    "change-delivery-partner/unknown-declaration",
)
@uses_states("npq.no-declarations")
def test_delivery_partners_of_a_declaration_are_changed(api, other_api, states, lists, calendar, check):
    participant, response = claim_declared(
        api, states, "npq.no-declarations", "started", calendar, preferred=needs_delivery_partner
    )
    declared = prepared(response)
    one, other = two_of(participant)
    declaration = Declaration.of(declared.resource)

    with check("change-delivery-partner/unknown-declaration"):
        change = {FIRST: one}
        assert api.change_delivery_partner(UNKNOWN_ID, change).status in UNKNOWN_TO_WRITES
        assert other_api.change_delivery_partner(declaration.id, change).status in UNKNOWN_TO_WRITES

    with check("change-delivery-partner/refused"):
        for wrong, deliberate in (({FIRST: None}, "no delivery partner"), ({FIRST: UNKNOWN_ID}, None)):
            refusal = api.change_delivery_partner(declaration.id, wrong, deliberate=deliberate)
            assert refusal.status == 422, wrong
            assert refusal.names("delivery_partner") or refusal.names(FIRST)
        now = api.show_declaration(declaration.id).resource
        assert partners_in(now) == partners_in(declared.resource)

    changed = prepared_but_for_partners(api.change_delivery_partner(declaration.id, {FIRST: other, SECOND: one}))
    with check("change-delivery-partner/changed"):
        assert changed.status == 200
        assert changed.resource["id"] == declaration.id
        assert_partners(changed.resource, lists, **{FIRST: other, SECOND: one})
        assert_partners(api.show_declaration(declaration.id).resource, lists, **{FIRST: other, SECOND: one})

    with check("change-delivery-partner/secondary-removed"):
        check.needs("change-delivery-partner/changed")
        alone = api.change_delivery_partner(declaration.id, {FIRST: one})
        assert alone.status == 200
        assert_partners(alone.resource, lists, **{FIRST: one, SECOND: None})

"""A lead provider confirms a partnership with a school for a cohort, and works with a delivery partner in it."""

from dataclasses import replace

import pytest

from lead_provider_conformance.api.records import time_of
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.pytest_plugin.markers import in_editions, one_more_situation, verifies
from lead_provider_conformance.testdata.changes import LastChange, just_before
from lead_provider_conformance.testdata.partnerships import assert_partner_listed_as_shown, confirmed_once

SCHOOLS_TO_TRY = 3
NOT_CHOSEN = {"not_yet_known", "None"}
# The programme of a school that trains with a provider, in December 2024 and in April 2025.
WITH_A_PROVIDER = ("full_induction_programme", "provider_led")


class Ground:
    """A cohort, the provider's delivery partners in it and in others only, and schools without a partnership."""

    def __init__(self, lists, api, cohort, partners):
        schools = lists.at("ecf_schools")
        self.cohort = cohort
        self.next_cohort = str(int(cohort) + 1)
        self.partners = [each["id"] for each in partners if cohort in field_values(each, "cohort")]
        self.next_partners = [each["id"] for each in partners if self.next_cohort in field_values(each, "cohort")]
        self.others = [each["id"] for each in partners if cohort not in field_values(each, "cohort")]
        # A school with a partner in the year before has to choose again before it can be partnered with.
        year_ago = replace(schools, required_query=(year_before(cohort),))
        before = {each["id"] for each in year_ago.snapshot if in_partnership(each)}
        now = api.paginate(schools.path, self.filter)
        self.schools = [each["id"] for each in now if not in_partnership(each) and each["id"] not in before]

    @property
    def filter(self):
        return ("filter[cohort]", self.cohort)

    def partnership(self, school, partner):
        return {"cohort": self.cohort, "school_id": school, "delivery_partner_id": partner}


def year_before(cohort):
    return ("filter[cohort]", str(int(cohort) - 1))


def in_partnership(school):
    return school["attributes"].get("in_partnership") is not False


@pytest.fixture
def ground(lists, api):
    lists.at("delivery_partners").require_fields("cohort")
    partners = lists.at("delivery_partners").snapshot
    cohorts = sorted({cohort for each in partners for cohort in field_values(each, "cohort") if cohort.isdecimal()})
    for cohort in [*cohorts[-2::-1], *cohorts[-1:]]:  # rather one with a cohort after it
        if sum(cohort in field_values(each, "cohort") for each in partners) > 1:
            found = Ground(lists, api, cohort, partners)
            if len(found.schools) > SCHOOLS_TO_TRY:
                return found
    raise CouldNotRun(
        "In no cohort are there two delivery partners of the provider and four schools without a partnership.",
        "Give the target such a cohort.",
    )


@in_editions(until={"ecf": "2026-08"})
@verifies(
    "partnerships/confirmed",
    "partnerships/shown",
    "partnerships/listed",
    "partnerships/school-shows-it",
    "partnerships/once",
    "partnerships/changed",
    "partnerships/change-persists",
    "partnerships/updated-at",
    "partnerships/same-partner",
    "partnerships/change-needs-partner",
    "partnerships/change-partner-known",
    "partnerships/refusal-changes-nothing",
)
def test_partnership_is_confirmed_and_changes_delivery_partner(api, ground, lists, check):
    partner, another = ground.partners[:2]
    for school in ground.schools[:SCHOOLS_TO_TRY]:
        wanted = ground.partnership(school, partner)
        confirmed = api.confirm_partnership(wanted)
        if confirmed.status == 200:
            break

    with check("partnerships/confirmed"):
        assert confirmed.status == 200
        attributes = confirmed.resource["attributes"]
        for name, value in wanted.items():
            assert attributes.get(name) == value, name
        assert attributes.get("status") == "active"

    partnership = confirmed.resource["id"]
    with check("partnerships/shown"):
        assert api.show_partnership(partnership).resource == confirmed.resource

    with check("partnerships/listed"):
        in_cohort = api.paginate(api.partnerships, ground.filter)
        count = [each["id"] for each in in_cohort].count(partnership)
        assert count == 1, f"The list has the partnership {partnership} {count} times."

    with check("partnerships/school-shows-it"):
        one = f"{lists.at('ecf_schools').path}/{school}"
        partnered = api.send("GET", one, query=[ground.filter]).resource["attributes"]
        assert partnered.get("in_partnership") is True
        assert partnered.get("induction_programme_choice") in WITH_A_PROVIDER

    with check("partnerships/once"):
        again = api.confirm_partnership(wanted)
        assert again.status == 422
        assert again.names("school_id")

    changed = api.change_partnership(partnership, {"delivery_partner_id": another})
    with check("partnerships/changed"):
        assert changed.status == 200
        assert changed.resource["id"] == partnership
        assert changed.resource["attributes"].get("delivery_partner_id") == another
        assert changed.resource["attributes"].get("delivery_partner_name") == name_of(lists, another)

    now = api.show_partnership(partnership)
    listed = []
    with check("partnerships/updated-at"):
        listed = listed_since_change(now, api)
        assert_listed_since_change(now, listed)

    with check("partnerships/change-persists"):
        assert now.resource["attributes"].get("delivery_partner_id") == another
        assert_partner_listed_as_shown(listed, now.resource)

    with check("partnerships/same-partner"):
        same = api.change_partnership(partnership, {"delivery_partner_id": another})
        assert same.status == 200
        assert same.resource["attributes"].get("delivery_partner_id") == another

    with check("partnerships/change-needs-partner"):
        refusal = api.change_partnership(partnership, {}, deliberate="no delivery partner")
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/change-partner-known"):
        refusal = api.change_partnership(partnership, {"delivery_partner_id": UNKNOWN_ID})
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/refusal-changes-nothing"):
        assert api.show_partnership(partnership).resource == now.resource


def name_of(lists, partner):
    partners = lists.at("delivery_partners").snapshot
    return next(each["attributes"].get("name") for each in partners if each["id"] == partner)


def changed_at(shown):
    return time_of(shown.resource["attributes"], "updated_at")


def listed_since_change(shown, api):
    return list(api.paginate(api.partnerships, just_before(changed_at(shown))))


def assert_listed_since_change(shown, listed):
    assert shown.resource["id"] in {each["id"] for each in listed}, (
        f"filter[updated_since] lacks the partnership that changed at {changed_at(shown)}."
    )


@one_more_situation()
@in_editions(until={"ecf": "2026-08"})
@verifies("partnerships/once")
def test_partnership_is_confirmed_twice_at_the_same_time(api, ground):
    for school in ground.schools[:SCHOOLS_TO_TRY]:  # another test may confirm one with the first
        if confirmed_once(api, ground.partnership(school, ground.partners[0])):
            return
    raise CouldNotRun(
        f"The server refuses partnerships with the schools {', '.join(ground.schools[:SCHOOLS_TO_TRY])}.",
        "Give the target schools that may enter a partnership.",
    )


@verifies(
    "partnerships/everything-given",
    "partnerships/cohort-known",
    "partnerships/school-known",
    "partnerships/partner-known",
    "partnerships/refusal-records-nothing",
    "partnerships/unknown-id",
)
def test_partnership_with_a_wrong_attribute_is_refused(api, ground, check):
    # Generated requests confirm a partnership with the same school, and with the first delivery partner.
    school, partner = ground.schools[-1], ground.partners[1]

    with check("partnerships/everything-given"):
        refusal = api.confirm_partnership({}, deliberate="nothing given")
        assert refusal.status == 422
        for name in ("cohort", "school_id", "delivery_partner_id"):
            assert refusal.names(name), name

    with check("partnerships/cohort-known"):
        for ids in ((UNKNOWN_ID, UNKNOWN_ID), (school, partner)):
            unknown = ground.partnership(*ids) | {"cohort": "invalid"}
            refusal = api.confirm_partnership(unknown, deliberate="no cohort")
            assert refusal.status == 422
            assert refusal.names("cohort")

    with check("partnerships/school-known"):
        refusal = api.confirm_partnership(ground.partnership(UNKNOWN_ID, partner))
        assert refusal.status == 422
        assert refusal.names("school_id")

    with check("partnerships/partner-known"):
        refusal = api.confirm_partnership(ground.partnership(school, UNKNOWN_ID))
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/refusal-records-nothing"):
        assert_no_partnership(api, ground, school)

    with check("partnerships/unknown-id"):
        assert api.change_partnership(UNKNOWN_ID, {"delivery_partner_id": partner}).status in UNKNOWN_TO_WRITES


@verifies(
    "partnerships/partner-linked",
    "partnerships/change-partner-linked",
    "partnerships/refusal-records-nothing",
    "partnerships/refusal-changes-nothing",
)
def test_delivery_partner_of_other_cohorts_is_refused(api, ground, lists, check):
    if not ground.others:
        raise CouldNotRun(
            f"All of the provider's delivery partners work with it in {ground.cohort}.",
            "Give the target a delivery partner that works with the provider in other cohorts only.",
        )
    stranger = ground.others[0]

    with check("partnerships/partner-linked"):
        refusal = api.confirm_partnership(ground.partnership(ground.schools[-1], stranger))
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/refusal-records-nothing"):
        assert_no_partnership(api, ground, ground.schools[-1])

    active = active_ones(lists, ground.cohort)
    if not active:
        raise CouldNotRun(
            f"The provider has no active partnership in {ground.cohort}.", "Give the target one in that cohort."
        )
    with check("partnerships/change-partner-linked"):
        refusal = api.change_partnership(active[0]["id"], {"delivery_partner_id": stranger})
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/refusal-changes-nothing"):
        partner = api.show_partnership(active[0]["id"]).resource["attributes"].get("delivery_partner_id")
        assert partner != stranger, f"The partnership was given the delivery partner {stranger} though it was refused."


def assert_no_partnership(api, ground, school):
    """Check that refused requests have recorded no partnership with a school.

    One with the first delivery partner does not count: generated requests may have confirmed it meanwhile.
    """
    attributes = [each["attributes"] for each in api.paginate(api.partnerships, ground.filter)]
    others = [each for each in attributes if each.get("delivery_partner_id") != ground.partners[0]]
    schools = {each.get("school_id") for each in others}
    assert school not in schools, f"There is a partnership with the school {school} after refusals only."


@in_editions(until={"ecf": "2026-08"})
@verifies("partnerships/confirmed", "partnerships/school-has-chosen")
def test_school_that_has_not_chosen_for_the_next_cohort_is_refused(api, ground, lists, check):
    lasting = [each for each in ground.partners if each in ground.next_partners]
    if not lasting:
        raise CouldNotRun(
            f"No delivery partner works with the provider in {ground.cohort} and in the year after.",
            "Give the target a delivery partner of two cohorts in a row.",
        )
    next_year = replace(lists.at("ecf_schools"), required_query=(("filter[cohort]", ground.next_cohort),))
    undecided = {
        each["id"] for each in next_year.snapshot if field_values(each, "induction_programme_choice") <= NOT_CHOSEN
    }
    # The test of a changed partner takes the first schools, and generated requests take the last one.
    schools = [each for each in ground.schools[SCHOOLS_TO_TRY:-1] if each in undecided]
    if not schools:
        raise CouldNotRun(
            f"No school that other tests leave free has yet to choose a programme for {ground.next_cohort}.",
            "Give the target such a school.",
        )
    first = ground.partnership(schools[-1], lasting[0])
    with check("partnerships/confirmed"):
        assert api.confirm_partnership(first).status == 200

    with check("partnerships/school-has-chosen"):
        refusal = api.confirm_partnership(first | {"cohort": ground.next_cohort})
        assert refusal.status == 422
        assert refusal.names("school_id")


@verifies("partnerships/one-provider")
def test_school_of_another_provider_is_refused(lists, other_api):
    partners = lists.at("delivery_partners").as_provider(other_api).snapshot
    for partner in partners:
        for partnership in active_ones(lists, *field_values(partner, "cohort")):
            taken = {name: partnership["attributes"].get(name) for name in ("cohort", "school_id")}
            refusal = other_api.confirm_partnership(taken | {"delivery_partner_id": partner["id"]})

            if refusal.status == 200 and not is_still_active(lists, partnership["id"]):
                raise CouldNotRun(
                    f"A school has challenged the partnership {partnership['id']} meanwhile.", "Run again."
                )
            assert refusal.status == 422
            assert refusal.names("school_id")
            return
    raise CouldNotRun(
        "The second lead provider has no delivery partner in a cohort in which the first has a partnership.",
        "Give the second lead provider a delivery partner in such a cohort.",
    )


def is_still_active(lists, partnership_id):
    partnerships = lists.at("ecf_partnerships").all()
    return any(each["id"] == partnership_id and lists.inventory.is_active(each) for each in partnerships)


def active_ones(lists, *cohorts):
    lists.at("ecf_partnerships").require_fields("status", "cohort")
    partnerships = lists.at("ecf_partnerships").snapshot
    active = [each for each in partnerships if lists.inventory.is_active(each)]
    return [each for each in active if field_values(each, "cohort") & {*cohorts}]


@in_editions(until={"ecf": "2026-08"})
@verifies("partnerships/challenged-not-changed", "partnerships/challenged-confirmed-again", "partnerships/updated-at")
def test_challenged_partnership_is_confirmed_again_but_not_changed(api, lists, check):
    challenged = challenged_one(api, lists)
    attributes = challenged["attributes"]
    kept = {name: attributes.get(name) for name in ("cohort", "school_id", "delivery_partner_id")}

    with check("partnerships/challenged-not-changed"):
        others = [each["id"] for each in lists.at("delivery_partners").snapshot if in_cohort(each, challenged)]
        another = next((each for each in others if each != kept["delivery_partner_id"]), kept["delivery_partner_id"])
        refusal = api.change_partnership(challenged["id"], {"delivery_partner_id": another})
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")
        assert api.show_partnership(challenged["id"]).resource == challenged

    with check("partnerships/challenged-confirmed-again"):
        again = api.confirm_partnership(kept)
        assert again.status == 200
        assert again.resource["id"] == challenged["id"]
        confirmed = again.resource["attributes"]
        assert confirmed.get("status") == "active"
        assert confirmed.get("challenged_at") is None
        assert confirmed.get("challenged_reason") is None

    with check("partnerships/updated-at"):
        check.needs("partnerships/challenged-confirmed-again")
        shown = api.show_partnership(challenged["id"])
        LastChange(time_of(attributes, "updated_at"), settled=True).assert_moved_to(changed_at(shown))
        assert_listed_since_change(shown, listed_since_change(shown, api))


def in_cohort(partner, partnership):
    return bool(field_values(partner, "cohort") & field_values(partnership, "cohort"))


def challenged_one(api, lists):
    """A partnership that a school has challenged, where the school has not found another provider since.

    Its delivery partner still works with the provider in that cohort.
    """
    listing = lists.at("ecf_partnerships")
    listing.require_fields("status", "cohort")
    partners = {each["id"]: each for each in lists.at("delivery_partners").snapshot}
    for partnership in listing.all():
        partner = partners.get(partnership["attributes"].get("delivery_partner_id"))
        if partner and in_cohort(partner, partnership) and field_values(partnership, "status") == {"challenged"}:
            school = f"{lists.at('ecf_schools').path}/{partnership['attributes'].get('school_id')}"
            cohort = ("filter[cohort]", str(partnership["attributes"].get("cohort")))
            if not in_partnership(api.send("GET", school, query=[cohort]).resource):
                return partnership
    raise CouldNotRun(
        "No school has challenged a partnership of the provider with a delivery partner that still works with it, or "
        "all have found another provider.",
        "Let a school of the target challenge a partnership.",
    )

"""Partnerships of the ECT service: no challenges, several providers at a school, and refusals by cohort and school."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from lead_provider_conformance.api.records import time_of
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.pytest_plugin.markers import in_editions, one_more_situation, uses_states, verifies
from lead_provider_conformance.testdata.changes import just_before
from lead_provider_conformance.testdata.partnerships import assert_partner_listed_as_shown, confirmed_once
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

SCHOOLS_TO_TRY = 5
PARTNERSHIPS_TO_TRY = 3
A_MONTH = timedelta(days=31)
STATES = {
    ("ect", "active"): "ect.in-training",
    ("mentor", "active"): "mentor.in-training",
    ("ect", "joining"): "ect.joining",
}
"""The states in which other tests claim participants, by type and status."""
NAMES = ("cohort", "school_id", "delivery_partner_id")


class Ground:
    """An open cohort, delivery partners of a provider in it, and the schools as that provider gets them."""

    def __init__(self, lists, cohort, partners):
        self.cohort = cohort
        self.partners = [each["id"] for each in partners if cohort in field_values(each, "cohort")]
        self.schools = replace(lists.at("ecf_schools"), required_query=(self.filter,)).snapshot

    @property
    def filter(self):
        return ("filter[cohort]", self.cohort)

    def schools_with(self, choice, *, in_partnership):
        return [
            each["id"]
            for each in self.schools
            if each["attributes"].get("induction_programme_choice") == choice
            and each["attributes"].get("in_partnership") is in_partnership
        ]

    def partnership(self, school, partner):
        return {"cohort": self.cohort, "school_id": school, "delivery_partner_id": partner}


def open_cohorts(calendar, today):
    """Return the cohorts that are open and have begun, the latest first."""
    begun = [each for each in calendar.cohorts.values() if not each.closed and each.academic_year_start <= today]
    return [str(each.year) for each in sorted(begun, key=lambda each: each.year, reverse=True)]


def grounds(lists, partners, calendar, today, at_least=1):
    """Yield each open cohort in which the provider has that many delivery partners."""
    for cohort in open_cohorts(calendar, today):
        if sum(cohort in field_values(each, "cohort") for each in partners) >= at_least:
            yield Ground(lists, cohort, partners)


@pytest.fixture
def partners(lists):
    """The provider's delivery partners."""
    lists.at("delivery_partners").require_fields("cohort")
    return lists.at("delivery_partners").snapshot


@pytest.fixture
def ground(lists, partners, calendar, states):
    """A cohort with two delivery partners and a school that has registered nobody."""
    for found in grounds(lists, partners, calendar, states.inventory.today, at_least=2):
        if found.schools_with("not_yet_known", in_partnership=False):
            return found
    raise CouldNotRun(
        "In no open cohort are there two delivery partners of the provider and a school that has registered nobody.",
        "Give the target such a cohort.",
    )


@verifies(
    "partnerships/confirmed",
    "partnerships-2026/without-registration",
    "partnerships/shown",
    "partnerships/listed",
    "schools-2026/confirmed-partnership",
    "partnerships/once",
    "partnerships/changed",
    "partnerships/change-persists",
    "partnerships/updated-at",
    "partnerships-2026/same-partner",
    "partnerships/change-partner-known",
    "partnerships/refusal-changes-nothing",
)
def test_partnership_is_confirmed_before_anybody_is_registered(api, ground, lists, check):
    partner, another = ground.partners[:2]
    for school in ground.schools_with("not_yet_known", in_partnership=False)[:SCHOOLS_TO_TRY]:
        wanted = ground.partnership(school, partner)
        confirmed = api.confirm_partnership(wanted)
        if confirmed.status == 200:
            break

    with check("partnerships-2026/without-registration"):
        assert confirmed.status == 200

    with check("partnerships/confirmed"):
        for name, value in wanted.items():
            assert confirmed.resource["attributes"].get(name) == value, name

    partnership = confirmed.resource["id"]
    with check("partnerships/shown"):
        assert api.show_partnership(partnership).resource == confirmed.resource

    with check("partnerships/listed"):
        listed = api.paginate(api.partnerships, ground.filter)
        with_school = [each["id"] for each in listed if each["attributes"].get("school_id") == school]
        assert with_school == [partnership], f"The list has the partnerships {with_school} with the school {school}."

    with check("schools-2026/confirmed-partnership"):
        one = f"{lists.at('ecf_schools').path}/{school}"
        partnered = api.send("GET", one, query=[ground.filter]).resource["attributes"]
        assert partnered.get("in_partnership") is True
        assert partnered.get("expression_of_interest") is True

    with check("partnerships/once"):
        again = api.confirm_partnership(wanted)
        assert again.status == 422
        assert again.names("school_id")

    changed = api.change_partnership(partnership, {"delivery_partner_id": another})
    with check("partnerships/changed"):
        assert changed.status == 200
        assert changed.resource["id"] == partnership
        assert changed.resource["attributes"].get("delivery_partner_id") == another

    now = api.show_partnership(partnership)
    listed = []
    with check("partnerships/updated-at"):
        moved = time_of(now.resource["attributes"], "updated_at")
        listed = list(api.paginate(api.partnerships, just_before(moved)))
        assert partnership in {each["id"] for each in listed}, (
            f"filter[updated_since] lacks the partnership that changed at {moved}."
        )

    with check("partnerships/change-persists"):
        assert now.resource["attributes"].get("delivery_partner_id") == another
        assert_partner_listed_as_shown(listed, now.resource)

    with check("partnerships-2026/same-partner"):
        refusal = api.change_partnership(partnership, {"delivery_partner_id": another})
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/change-partner-known"):
        refusal = api.change_partnership(partnership, {"delivery_partner_id": UNKNOWN_ID})
        assert refusal.status == 422
        assert refusal.names("delivery_partner_id")

    with check("partnerships/refusal-changes-nothing"):
        assert api.show_partnership(partnership).resource == now.resource


@one_more_situation()
@verifies("partnerships/once")
def test_partnership_is_confirmed_twice_at_the_same_time(api, ground):
    # Other tests confirm a partnership with the first school, and generated ones use the last two.
    for school in ground.schools_with("not_yet_known", in_partnership=False)[1:-2][:SCHOOLS_TO_TRY]:
        if confirmed_once(api, ground.partnership(school, ground.partners[0])):
            return
    raise CouldNotRun(
        "No school that has registered nobody is free for two confirmations at the same time.",
        "Give the target four such schools.",
    )


@verifies(
    "partnerships-2026/everything-given",
    "partnerships-2026/future-cohort",
    "partnerships-2026/closed-cohort",
    "partnerships/refusal-records-nothing",
)
def test_partnership_without_an_open_cohort_or_an_attribute_is_refused(api, ground, calendar, states, check):
    school = ground.schools_with("not_yet_known", in_partnership=False)[-1]
    wanted = ground.partnership(school, ground.partners[0])

    with check("partnerships-2026/everything-given"):
        for name in NAMES:
            rest = {each: value for each, value in wanted.items() if each != name}
            refusal = api.confirm_partnership(rest, deliberate=f"no {name}")
            assert refusal.status == 422, name
            assert refusal.names(name), name

    closed = [str(each.year) for each in calendar.cohorts.values() if each.closed and each.payments_frozen]
    with check("partnerships-2026/closed-cohort"):
        for cohort in closed:
            refusal = api.confirm_partnership(wanted | {"cohort": cohort})
            assert refusal.status == 422, cohort
            assert refusal.names("cohort"), cohort

    to_come = str(max(calendar.cohorts) + 1)
    with check("partnerships-2026/future-cohort"):
        refusal = api.confirm_partnership(wanted | {"cohort": to_come})
        assert refusal.status == 422
        assert refusal.names("cohort")
        if states.server_date.header is not None:
            newest = max(calendar.cohorts.values(), key=lambda each: each.year)
            states.server_date.travel_to(newest.registration_start - A_MONTH)
            refusal = api.confirm_partnership(wanted | {"cohort": str(newest.year)})
            assert refusal.status == 422
            assert refusal.names("cohort")

    with check("partnerships/refusal-records-nothing"):
        check.needs("partnerships-2026/future-cohort", "partnerships-2026/closed-cohort")
        query = ("filter[cohort]", ",".join([*closed, to_come]))
        schools = {each["attributes"].get("school_id") for each in api.paginate(api.partnerships, query)}
        assert school not in schools, f"There is a partnership with the school {school} after refusals only."


@verifies("partnerships-2026/school-led")
def test_partnership_with_a_school_led_school_is_refused(api, lists, partners, calendar, states):
    for ground in grounds(lists, partners, calendar, states.inventory.today):
        for school in ground.schools_with("school_led", in_partnership=False):
            refusal = api.confirm_partnership(ground.partnership(school, ground.partners[0]))
            assert refusal.status == 422
            assert refusal.names("school_id")
            return
    raise CouldNotRun(
        "In no cohort with a delivery partner of the provider is there a school that is school-led.",
        "Give the target a school with school-led participants only.",
    )


@verifies("partnerships-2026/several-providers")
def test_school_has_partnerships_with_two_providers(api, other_api, lists, partners, calendar, states):
    theirs = lists.at("delivery_partners").as_provider(other_api).snapshot
    for ground in grounds(lists, partners, calendar, states.inventory.today):
        partner = next((each["id"] for each in theirs if ground.cohort in field_values(each, "cohort")), None)
        schools = ground.schools_with("not_yet_known", in_partnership=False) if partner else []
        # Another test confirms partnerships with the first schools.
        for school in [*schools[SCHOOLS_TO_TRY:-2], *schools[:SCHOOLS_TO_TRY]][:SCHOOLS_TO_TRY]:
            if api.confirm_partnership(ground.partnership(school, ground.partners[0])).status == 200:
                second = other_api.confirm_partnership(ground.partnership(school, partner))
                assert second.status == 200
                assert second.resource["attributes"].get("school_id") == school
                return
    raise CouldNotRun(
        "In no open cohort do both lead providers have a delivery partner, and is there a school that has registered "
        "nobody.",
        "Give the second lead provider a delivery partner in such a cohort.",
    )


@verifies("partnerships-2026/declarations-keep-partner")
@uses_states("ect.in-training", "mentor.in-training", "ect.joining")
def test_declaration_keeps_its_delivery_partner_when_the_partnership_changes(api, lists, partners, states):
    partnership, another, declaration = declared_partnership(lists, partners, states)
    own = partnership["attributes"].get("delivery_partner_id")
    prepared(api.change_partnership(partnership["id"], {"delivery_partner_id": another}))

    now = api.declaration(declaration.id).attributes.get("delivery_partner_id")

    api.change_partnership(partnership["id"], {"delivery_partner_id": own})  # as other tests found it
    assert now == own


def declared_partnership(lists, partners, states):
    """Return a partnership, another delivery partner of its cohort, and a declaration with the present one.

    The test claims those who train in it: no other test may declare them meanwhile.
    """
    lists.at("ecf_partnerships").require_fields("urn", "cohort", "delivery_partner_id")
    everybody = [*states.inventory.participants, *states.inventory.with_several_enrolments]
    at_place = defaultdict(list)
    for each in everybody:
        at_place[place(each)].append(each)
    found = []
    for partnership in lists.at("ecf_partnerships").snapshot:
        attributes = partnership["attributes"]
        cohort, own = str(attributes.get("cohort")), attributes.get("delivery_partner_id")
        linked = [each["id"] for each in partners if cohort in field_values(each, "cohort")]
        another = next((each for each in linked if each != own), None)
        declared = [
            declaration
            for each in at_place[cohort, str(attributes.get("urn"))]
            for declaration in states.inventory.declarations_about(each)
            if declaration.attributes.get("delivery_partner_id") == own
        ]
        if another and declared:
            found.append((partnership, another, declared[0]))
    if not found:
        raise CouldNotRun(
            "No partnership of the provider has a declaration and another delivery partner of its cohort.",
            "Give the provider two delivery partners in a cohort with declarations.",
        )

    def in_training(each):
        attributes = each[0]["attributes"]
        here = at_place[str(attributes.get("cohort")), str(attributes.get("urn"))]
        return [one for one in here if one.training_status == "active" and (one.type, one.status) in STATES]

    fewest_first = sorted(found, key=lambda each: len(in_training(each)))
    for chosen in fewest_first[:PARTNERSHIPS_TO_TRY]:
        if claim_all(states, in_training(chosen)):
            return chosen
    return fewest_first[0]


def claim_all(states, participants):
    """Claim participants. Return whether no other test has any of them."""
    ids = {each.id for each in participants}
    try:
        for each in participants:
            states.claim(STATES[each.type, each.status], where=lambda one: one.id in ids)
    except CouldNotRun:
        return False
    return True


def place(participant):
    """Return the cohort and the school of a participant."""
    return str(participant.cohort), str(participant.enrolment.get("school_urn"))

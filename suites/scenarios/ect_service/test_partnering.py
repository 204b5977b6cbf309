"""Partnerships of the ECT service: no challenges, several providers at a school, and refusals by cohort and school."""

from dataclasses import replace

import pytest

from lead_provider_conformance.api.records import parse_time
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.pytest_plugin.markers import in_editions, verifies
from lead_provider_conformance.testdata.changes import just_before
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

SCHOOLS_TO_TRY = 5
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
        count = [each["id"] for each in api.paginate(api.partnerships, ground.filter)].count(partnership)
        assert count == 1, f"The list has the partnership {partnership} {count} times."

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
    with check("partnerships/change-persists"):
        assert now.resource["attributes"].get("delivery_partner_id") == another

    with check("partnerships/updated-at"):
        moved = parse_time(now.resource["attributes"].get("updated_at"))
        listed = {each["id"] for each in api.paginate(api.partnerships, just_before(moved))}
        assert partnership in listed, f"filter[updated_since] lacks the partnership that changed at {moved}."

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


@verifies(
    "partnerships-2026/everything-given",
    "partnerships-2026/future-cohort",
    "partnerships-2026/closed-cohort",
    "partnerships/refusal-records-nothing",
)
def test_partnership_without_an_open_cohort_or_an_attribute_is_refused(api, ground, calendar, check):
    school = ground.schools_with("not_yet_known", in_partnership=False)[-1]
    wanted = ground.partnership(school, ground.partners[0])

    with check("partnerships-2026/everything-given"):
        for name in NAMES:
            rest = {each: value for each, value in wanted.items() if each != name}
            refusal = api.confirm_partnership(rest, deliberate=f"no {name}")
            assert refusal.status == 422, name
            assert refusal.names(name), name

    to_come = str(max(calendar.cohorts) + 1)
    closed = [str(each.year) for each in calendar.cohorts.values() if each.closed and each.payments_frozen]
    for requirement, cohorts in (
        ("partnerships-2026/future-cohort", [to_come]),
        ("partnerships-2026/closed-cohort", closed),
    ):
        with check(requirement):
            for cohort in cohorts:
                refusal = api.confirm_partnership(wanted | {"cohort": cohort})
                assert refusal.status == 422, cohort
                assert refusal.names("cohort"), cohort

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
def test_school_has_partnerships_with_two_providers(api, other_api, lists, calendar, states):
    listing = lists.at("ecf_partnerships")
    ours = [each["attributes"] for each in listing.snapshot]
    theirs = [each["attributes"] for each in listing.as_provider(other_api).snapshot]
    taken = {(str(each.get("cohort")), each.get("school_id")) for each in theirs}
    partners = lists.at("delivery_partners").as_provider(other_api).snapshot
    refusals = []
    for cohort in open_cohorts(calendar, states.inventory.today):
        partner = next((each["id"] for each in partners if cohort in field_values(each, "cohort")), None)
        schools = [each.get("school_id") for each in ours if each.get("cohort") == cohort]
        free = [each for each in schools if (cohort, each) not in taken] if partner else []
        for school in free[:SCHOOLS_TO_TRY]:
            wanted = {"cohort": cohort, "school_id": school, "delivery_partner_id": partner}
            response = other_api.confirm_partnership(wanted)
            if response.status == 200:
                assert response.resource["attributes"].get("school_id") == school
                return
            refusals.append(response)
    if not refusals:
        raise CouldNotRun(
            "The second lead provider has no delivery partner in a cohort in which the first has a partnership with a "
            "school of its own.",
            "Give the second lead provider a delivery partner in such a cohort.",
        )
    assert refusals[0].status == 200


@verifies("partnerships-2026/declarations-keep-partner")
def test_declaration_keeps_its_delivery_partner_when_the_partnership_changes(api, lists, partners, states, check):
    found = declared_partnership(lists, partners, states)
    if found is None:
        raise CouldNotRun(
            "No partnership of the provider has a declaration and another delivery partner of its cohort.",
            "Give the provider two delivery partners in a cohort with declarations.",
        )
    partnership, another, declaration = found
    own = partnership["attributes"].get("delivery_partner_id")
    prepared(api.change_partnership(partnership["id"], {"delivery_partner_id": another}))

    now = api.declaration(declaration.id).attributes.get("delivery_partner_id")

    api.change_partnership(partnership["id"], {"delivery_partner_id": own})  # as other tests found it
    with check("partnerships-2026/declarations-keep-partner"):
        assert now == own


def declared_partnership(lists, partners, states):
    """Return a partnership, another delivery partner of its cohort, and a declaration with the present one."""
    lists.at("ecf_partnerships").require_fields("urn", "cohort", "delivery_partner_id")
    for partnership in lists.at("ecf_partnerships").snapshot:
        (cohort,), (urn,), (own,) = (
            field_values(partnership, name) for name in ("cohort", "urn", "delivery_partner_id")
        )
        others = [each["id"] for each in partners if cohort in field_values(each, "cohort") and each["id"] != own]
        for participant in states.inventory.participants if others else ():
            if (str(participant.enrolment.get("school_urn")), participant.cohort) == (urn, cohort):
                for declaration in states.inventory.declarations_about(participant):
                    if declaration.attributes.get("delivery_partner_id") == own:
                        return partnership, others[0], declaration
    return None

"""Test data of the NPQ service: cohorts that share a year, their funding, and delivery partners."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.application_facts import ApplicationFacts, Applications
from lead_provider_conformance.testdata.dates import declaration_of, has_choice_of_schedules, opened_schedule
from lead_provider_conformance.testdata.delivery_partners import DeliveryPartners
from lead_provider_conformance.testdata.derivations import accept, acceptance_of
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, kind_of, require_success
from lead_provider_conformance.testdata.state_types import ApplicationState

from .conftest import InventoryInMemory

CALENDAR = Calendar.load("2026-08")
TODAY = date(2026, 11, 29)
HERE, THERE = "11111111-0000-4000-8000-000000000000", "22222222-0000-4000-8000-000000000000"
APPLICANT = "33333333-0000-4000-8000-000000000000"


def application(cohort: str, **attributes: Any) -> Application:
    shown = {
        "participant_id": APPLICANT,
        "course_identifier": "npq-headship",
        "cohort": cohort[:4],
        "cohort_suffix": cohort[4:],
        "status": "pending",
        "eligible_for_funding": True,
        "teacher_catchment": True,
    }
    return Application("a", shown | attributes)


def trained(cohort: str, schedule: str = "npq-leadership-autumn") -> Participant:
    enrolment = {
        "course_identifier": "npq-headship",
        "cohort": cohort[:4],
        "cohort_suffix": cohort[4:],
        "npq_application_id": "a",
        "schedule_identifier": schedule,
        "training_status": "active",
    }
    return Participant(APPLICANT, {}, enrolment)


def partners(
    *applications: Application, declared: str | None = None, calendar: Calendar = CALENDAR
) -> DeliveryPartners:
    listed = [
        {"id": each, "attributes": {"cohort": cohorts}} for each, cohorts in ((HERE, [2025, 2026]), (THERE, [2026]))
    ]
    declaration = Declaration("d", {"application_id": "a", "delivery_partner_id": declared})
    inventory: Any = SimpleNamespace(applications=applications, declarations=[declaration], listed=lambda name: listed)
    return DeliveryPartners(inventory, calendar)


@pytest.mark.parametrize(("cohort", "expected"), [("2023a", ()), ("2025b", (HERE,)), ("2026b", (HERE, THERE))])
def test_delivery_partners_are_those_of_the_cohort(cohort: str, expected: tuple[str, ...]) -> None:
    assert tuple(partners(application(cohort)).of(trained(cohort))) == expected
    assert tuple(partners().of(application(cohort))) == expected


def test_delivery_partner_of_a_declaration_of_the_cohort_comes_first() -> None:
    assert tuple(partners(application("2026b"), declared=THERE).of(trained("2026b"))) == (THERE, HERE)


@pytest.mark.parametrize("shown", [{"teacher_catchment": False}, {"teacher_catchment_iso_country_code": "JEY"}])
def test_participant_from_abroad_has_no_delivery_partner(shown: dict[str, Any]) -> None:
    abroad = partners(application("2026b", **shown))

    assert abroad.is_from_abroad(trained("2026b"))
    assert not abroad.are_needed(trained("2026b"))
    assert abroad.of(trained("2026b")) == ()


def test_delivery_partner_is_missing_only_where_it_is_needed() -> None:
    assert partners().are_missing(trained("2024a"))
    assert not partners().are_missing(trained("2023a"))
    assert not partners().are_missing(trained("2026b"))
    assert not partners(calendar=Calendar.load()).are_missing(trained("2024"))


def test_declaration_names_the_first_delivery_partner() -> None:
    participant = trained("2026b")
    with_partners = Participant(participant.id, {}, participant.enrolment, (THERE, HERE))

    assert declaration_of(with_partners, "started", CALENDAR)["delivery_partner_id"] == THERE
    assert "delivery_partner_id" not in declaration_of(participant, "started", CALENDAR)


@pytest.mark.parametrize(
    ("cohort", "attributes", "states"),
    [
        ("2023a", {}, {"application.pending", "application.fully-funded", "application.uncapped"}),
        ("2026a", {}, {"application.pending", "application.unfunded"}),
        ("2026b", {}, {"application.pending", "application.capped", "application.funded"}),
        ("2026b", {"eligible_for_funding": False}, {"application.pending", "application.not-eligible"}),
        ("2027a", {}, {"application.pending"}),
    ],
)
def test_funding_of_the_cohort_decides_the_state(cohort: str, attributes: dict[str, Any], states: set[str]) -> None:
    subject = application(cohort, **attributes)
    facts = ApplicationFacts(subject, Applications([subject]), CALENDAR, TODAY)

    assert states == {
        each.name for each in CATALOGUE.values() if isinstance(each, ApplicationState) and each.is_recognised(facts)
    }


def test_accepted_application_of_another_cohort_of_the_year_is_not_in_the_cohort() -> None:
    accepted = Application("b", {**application("2025a").attributes, "status": "accepted"})
    states = {
        cohort: [
            name
            for name in ("application.second", "application.second-in-cohort")
            if CATALOGUE[name].is_recognised(
                ApplicationFacts(subject, Applications([subject, accepted]), CALENDAR, TODAY)  # type: ignore[arg-type]
            )
        ]
        for cohort in ("2025a", "2025b")
        if (subject := application(cohort))
    }

    assert states == {"2025a": ["application.second", "application.second-in-cohort"], "2025b": ["application.second"]}


def test_any_schedule_that_has_opened_will_do_where_the_cohort_has_a_suffix() -> None:
    coaching = application("2026b", course_identifier="npq-early-headship-coaching-offer")
    opened = opened_schedule(coaching, CALENDAR, TODAY)

    assert opened is not None
    assert opened.identifier == "npq-ehco-november"
    assert opened_schedule(coaching, CALENDAR, date(2026, 10, 1)) is None
    assert opened_schedule(Application("a", {**coaching.attributes, "cohort_suffix": None}), CALENDAR, TODAY) is None


@pytest.mark.parametrize(
    ("cohort", "eligible", "attributes"),
    [
        ("2023a", True, None),
        ("2026a", True, {"funded_place": False}),
        ("2026b", True, {"funded_place": True}),
        ("2026b", False, {"funded_place": False}),
        ("2027a", True, None),
    ],
)
def test_acceptance_names_a_funded_place_where_places_are_capped(
    cohort: str, eligible: bool, attributes: dict[str, bool] | None
) -> None:
    assert acceptance_of(application(cohort, eligible_for_funding=eligible), CALENDAR) == attributes


@pytest.mark.parametrize(("schedule", "is_usable"), [("npq-leadership-autumn", True), ("npq-leadership-spring", False)])
def test_application_accepted_on_a_schedule_that_is_not_open_is_of_no_use(schedule: str, is_usable: bool) -> None:
    response = SimpleNamespace(status=200, server_time=datetime(2026, 11, 29, tzinfo=UTC))
    api: Any = SimpleNamespace(
        accept=lambda *_: response, participant=lambda _: trained("2026b", schedule), version="v3"
    )
    if is_usable:
        assert accept(api, application("2026b"), CALENDAR).schedule == schedule
    else:
        with pytest.raises(PreparationRefusedError, match=r"npq-leadership-spring 2026b, which the calendar"):
            accept(api, application("2026b"), CALENDAR)


@pytest.mark.parametrize(
    ("cohort", "has_choice"), [("2023a", True), ("2025a", False), ("2025b", True), ("2026b", False)]
)
def test_choice_of_schedules_is_in_the_latest_cohort_of_a_year(cohort: str, has_choice: bool) -> None:
    assert has_choice_of_schedules(trained(cohort), CALENDAR) is has_choice


class Lists(InventoryInMemory):
    """The lists of a provider with a delivery partner, on TODAY."""

    def __init__(self, *participants: Participant) -> None:
        super().__init__(participants, [], [])
        self.declarations: tuple[Declaration, ...] = ()

    @property
    def today(self) -> date:
        return TODAY

    @property
    def statements(self) -> list[dict[str, Any]]:
        return [
            {"id": cohort, "attributes": {"cohort": cohort, "cut_off_date": "2999-12-31"}}
            for cohort in ("2023", "2024", "2025", "2026")
        ]

    def listed(self, _: str) -> list[dict[str, Any]]:
        return [{"id": HERE, "attributes": {"cohort": [2025, 2026]}}]


def test_supplied_participants_have_the_delivery_partners_of_their_cohort(make_states: Any) -> None:
    states = make_states(inventory=Lists(trained("2025b")), edition="2026-08", programme="npq")
    accepted = states.participant_of(application("2025b", status="accepted"))

    assert states.look("npq.no-declarations").delivery_partners == (HERE,)
    assert states.with_delivery_partners(trained("2026b")).delivery_partners == (HERE,)
    assert (accepted.id, accepted.application_id, accepted.delivery_partners) == (APPLICANT, "a", (HERE,))


def npq_of_2023() -> list[Participant]:
    ids = (str(uuid5(NAMESPACE_URL, name)) for name in ("one", "two"))
    enrolment = {**trained("2023").enrolment, "eligible_for_funding": True}
    return [Participant(each, {}, enrolment) for each in ids]


def ects_of_2023() -> list[Participant]:
    return [replace(each, enrolment=ECT) for each in npq_of_2023()]


@pytest.mark.parametrize(
    ("edition", "programme", "is_closed"),
    [("2024-12", "ecf", True), ("2026-08", "ecf", True), ("2024-12", "npq", True), ("2026-08", "npq", False)],
)
def test_refusal_about_the_cohort_closes_it_outside_the_npq_service(
    make_states: Any, edition: str, programme: str, is_closed: bool
) -> None:
    records, kind = (npq_of_2023(), "npq") if programme == "npq" else (ects_of_2023(), "ect")
    errors = b'{"errors": [{"title": "cohort", "detail": "Its contract has ended."}]}'
    refusal = Response("e1", "POST", "/api/v3/participant-declarations", 422, {}, errors)
    states = make_states(inventory=Lists(*records), edition=edition, programme=programme)

    with pytest.raises(CouldNotRun, match="Its contract has ended"):
        states.claim_prepared(f"{kind}.no-declarations", "x", lambda _: require_success(refusal))

    if is_closed:
        with pytest.raises(CouldNotRun):
            states.claim(f"{kind}.no-declarations")
    else:
        assert states.claim(f"{kind}.no-declarations").id == records[1].id


def test_kind_of_a_record_has_the_suffix_of_the_cohort() -> None:
    assert kind_of(trained("2025a")) == "npq-headship of 2025a, npq-leadership-autumn"


def test_participants_are_derived_from_funded_applications_where_funding_is_known() -> None:
    sources = [CATALOGUE["npq.no-declarations"].derivation_in(each) for each in (Calendar.load(), CALENDAR)]

    assert [each and each.source for each in sources] == ["application.uncapped", "application.funded"]

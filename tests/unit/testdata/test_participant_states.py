"""Recognition of ECF participants in states."""

from datetime import date

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.predicates import ParticipantFacts, is_paid

TODAY = date(2026, 11, 21)
WITHDRAWN = {"training_status": "withdrawn", "withdrawal": {"reason": "other", "date": "2024-02-05T09:00:00Z"}}


def declared(*states, by="Ambition"):
    return [
        Declaration(str(number), {"declaration_type": "started", "state": state, "lead_provider_name": by})
        for number, state in enumerate(states)
    ]


def states_of(declarations=(), provider=None, **changes):
    """Return the names of all ect states that a participant is in, apart from `ect.in-training`, which is in most."""
    participant = Participant("id", {}, ECT | changes)
    facts = ParticipantFacts(participant, declarations, Calendar.load(), TODAY, provider=provider)
    states = {name for name, state in CATALOGUE.items() if name.startswith("ect.") and state.recognises(facts)}
    return states - {"ect.in-training"}


@pytest.mark.parametrize(
    ("changes", "declarations", "expected"),
    [
        ({}, (), {"ect.no-declarations"}),
        ({"eligible_for_funding": None}, (), {"ect.undecided", "ect.not-registered"}),
        ({"eligible_for_funding": False}, (), set()),
        ({"schedule_identifier": "ecf-extended-september"}, (), {"ect.no-windows"}),
        ({"schedule_identifier": "ecf-reduced-september"}, (), set()),
        ({}, declared("eligible"), {"ect.started"}),
        ({}, declared("voided"), set()),
        ({}, declared("payable"), {"ect.payable"}),
        ({}, declared("paid"), {"ect.paid"}),
        ({}, declared("paid", "eligible"), set()),
        ({}, declared("ineligible"), {"ect.ineligible"}),
        ({}, declared("paid") + declared("eligible", by="Teach Well"), {"ect.joined"}),
        ({"cohort": "2021"}, declared("paid"), {"ect.frozen"}),
        ({"cohort": "2021"}, (), set()),
        ({"training_status": "deferred"}, (), {"ect.deferred"}),
        (WITHDRAWN, (), {"ect.withdrawn", "ect.withdrawn-before-a-window"}),
        ({"training_status": "withdrawn"}, (), {"ect.withdrawn"}),
        ({**WITHDRAWN, "withdrawal": {"date": "2026-11-20T09:00:00Z"}}, (), {"ect.withdrawn"}),
        ({"participant_status": "left"}, (), {"ect.left"}),
        ({"participant_status": "leaving"}, (), set()),
        ({"participant_status": "joining"}, (), {"ect.joining"}),
        ({"participant_status": "joining", "cohort": "2021"}, (), set()),
    ],
)
def test_participant_is_recognised_in_exactly_the_expected_states(changes, declarations, expected):
    assert states_of(declarations, **changes) == expected


@pytest.mark.parametrize(
    ("state", "name"),
    [("paid", "ect.paid"), ("payable", "ect.payable"), ("ineligible", "ect.ineligible"), ("eligible", "ect.started")],
)
@pytest.mark.parametrize(("provider", "is_own"), [("Ambition", True), ("Teach Well", False)])
def test_declaration_of_an_earlier_provider_is_not_one_to_void(state, name, provider, is_own):
    assert states_of(declared(state), provider) == ({name} if is_own else set())


def test_school_withdrawal_is_recognised_in_versions_1_and_2():
    """Versions 1 and 2 name the school's status `status`."""
    facts = {name: value for name, value in ECT.items() if name != "participant_status"}

    def recognised(status):
        participant = Participant("id", {}, facts | {"status": status})
        return CATALOGUE["ect.no-declarations"].recognises(ParticipantFacts(participant, (), Calendar.load(), TODAY))

    assert recognised("active")
    assert not recognised("withdrawn")


@pytest.mark.parametrize("field", ["training_status", "participant_status", "participant_type", "cohort"])
def test_participant_without_a_field_is_in_no_state(field):
    enrolment = {name: value for name, value in ECT.items() if name != field}
    facts = ParticipantFacts(Participant("id", {}, enrolment), (), Calendar.load(), TODAY)

    assert not [name for name, state in CATALOGUE.items() if name.startswith("ect.") and state.recognises(facts)]


@pytest.mark.parametrize("cohorts", [frozenset(), frozenset({2024})])
def test_cohort_without_a_statement_to_come_is_not_declarable(cohorts):
    facts = ParticipantFacts(Participant("id", {}, ECT), (), Calendar.load(), TODAY, cohorts)

    assert not CATALOGUE["ect.no-declarations"].recognises(facts)


def test_cohort_whose_payments_were_not_frozen_yet_is_declarable():
    in_2023 = date(2023, 12, 1)
    facts = ParticipantFacts(Participant("id", {}, ECT | {"cohort": "2021"}), (), Calendar.load(), in_2023)

    assert CATALOGUE["ect.no-declarations"].recognises(facts)


def and_mentor(*others, mentors=()):
    """Return whether an early career teacher with these other enrolments is in the state `ect.and-mentor`."""
    calendar = Calendar.load()
    facts = [
        ParticipantFacts(Participant("id", {}, ECT | changes), mentors, calendar, TODAY) for changes in ({}, *others)
    ]
    ect = ParticipantFacts(facts[0].participant, (), calendar, TODAY, None, facts[1:])
    return CATALOGUE["ect.and-mentor"].recognises(ect)


def test_person_with_one_enrolment_as_each_is_in_ect_and_mentor():
    mentor = {"participant_type": "mentor"}

    assert and_mentor(mentor)
    assert not and_mentor()
    assert not and_mentor({})
    assert not and_mentor({}, mentor)
    assert not and_mentor(mentor | {"training_status": "withdrawn"})
    assert not and_mentor(mentor | {"schedule_identifier": "ecf-replacement-september"})
    assert not and_mentor(mentor, mentors=declared("eligible"))


def is_in(state, declarations=(), edition="2026-08", **changes):
    """Return whether a participant is in a state in an edition."""
    facts = ParticipantFacts(Participant("id", {}, ECT | changes), declarations, Calendar.load(edition), TODAY)
    return CATALOGUE[state].recognises(facts)


@pytest.mark.parametrize("status", ["deferred", "withdrawn"])
def test_stopped_participant_is_shown_as_left_from_2026_08_on(status):
    state = f"ect.{status}"

    assert is_in(state, training_status=status, participant_status="left")
    assert not is_in(state, training_status=status)
    assert not is_in(state, training_status=status, participant_status="left", edition="2025-04")
    assert is_in(state, training_status=status, edition="2025-04")


def test_participant_in_training_has_not_completed_in_an_open_cohort():
    assert is_in("ect.in-training")
    assert is_in("ect.in-training", declared("eligible"))
    assert is_in("mentor.in-training", participant_type="mentor")
    assert not is_in("ect.in-training", participant_type="mentor")
    assert not is_in("ect.in-training", participant_status="left")
    assert not is_in("ect.in-training", training_status="deferred")
    assert not is_in("ect.in-training", induction_end_date="2026-01-05")
    assert not is_in("mentor.in-training", participant_type="mentor", mentor_funding_end_date="2026-01-05")
    assert not is_in("ect.in-training", cohort="2022")
    assert not is_in("ect.no-declarations", induction_end_date="2026-01-05")
    assert is_in("ect.no-declarations", induction_end_date="2026-01-05", edition="2025-04")
    completed = Declaration("1", {"declaration_type": "completed", "state": "eligible"})
    assert not is_in("ect.in-training", (completed,))


def test_closed_cohort_is_not_paid_for():
    calendar = Calendar.load("2026-08")
    closed = [year for year, cohort in calendar.cohorts.items() if cohort.closed]

    assert closed
    assert not any(is_paid(year, calendar, date(2020, 1, 1), None) for year in closed)

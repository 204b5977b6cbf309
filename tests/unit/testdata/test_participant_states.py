"""Recognition of ECF participants in states."""

from datetime import date

import pytest

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.predicates import ParticipantFacts

TODAY = date(2026, 11, 21)
ECT = {
    "participant_type": "ect",
    "participant_status": "active",
    "training_status": "active",
    "eligible_for_funding": True,
    "cohort": "2023",
    "schedule_identifier": "ecf-standard-september",
}
WITHDRAWN = {"training_status": "withdrawn", "withdrawal": {"reason": "other", "date": "2024-02-05T09:00:00Z"}}


def declared(*states, by="Ambition"):
    return [
        Declaration(str(number), {"declaration_type": "started", "state": state, "lead_provider_name": by})
        for number, state in enumerate(states)
    ]


def states_of(declarations=(), several=False, **changes):
    """Return the names of all ect states that a participant is in."""
    facts = ParticipantFacts(Participant("id", {}, ECT | changes), declarations, Calendar.load(), TODAY)
    return {
        name
        for name, state in CATALOGUE.items()
        if name.startswith("ect.") and state.several_enrolments is several and state.recognises(facts)
    }


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
    ],
)
def test_participant_is_recognised_in_exactly_the_expected_states(changes, declarations, expected):
    assert states_of(declarations, **changes) == expected


def test_participant_with_several_enrolments_is_only_in_ect_and_mentor():
    assert states_of(several=True) == {"ect.and-mentor"}

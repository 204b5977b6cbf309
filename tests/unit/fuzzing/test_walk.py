"""A journey with a participant who has voided declarations of an earlier test takes only steps with a known result."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.stateful.journey import Journey
from lead_provider_conformance.fuzzing.stateful.model import Action, Step
from lead_provider_conformance.fuzzing.stateful.observe import Apis
from lead_provider_conformance.fuzzing.stateful.walk import LIFECYCLE, walk

ECT = Participant(
    "p1", {}, {"participant_type": "ect", "cohort": "2023", "training_status": "active", "withdrawal": None}
)
WITHDRAWAL = Journey("ect.no-declarations", "ecf", (Step(Action.WITHDRAW),))


def withdraw_with(*states, journey=WITHDRAWAL, status=200, **options):
    """Walk a journey that withdraws a participant with started declarations in these states."""
    declarations = [
        Declaration(str(number), {"declaration_type": "started", "state": state, "course_identifier": ECT.course})
        for number, state in enumerate(states)
    ]
    sent = []

    def withdraw(participant, **_):
        sent.append(participant)
        return SimpleNamespace(status=status)

    api = SimpleNamespace(
        declarations="/api/v3/participant-declarations",
        declarations_about=lambda _: declarations,
        participant=lambda _: ECT,
        withdraw=withdraw,
    )
    return walk(journey, Apis(api), Calendar.load(), ECT, **options), sent


@pytest.mark.parametrize("states", [("voided",), ("voided", "voided")])
def test_step_whose_result_depends_on_earlier_voided_declarations_is_not_sent(states):
    discrepancies, sent = withdraw_with(*states)

    assert (discrepancies, sent) == ((), [])


def test_step_is_sent_without_earlier_declarations(monkeypatch):
    discrepancies, sent = withdraw_with()

    assert sent == [ECT]
    assert [each.requirement for each in discrepancies] == [LIFECYCLE]


@pytest.mark.parametrize("is_unchanged", [True, False])
def test_participant_whose_training_may_have_begun_today_is_not_withdrawn(is_unchanged):
    journey = replace(WITHDRAWAL, service="ect")

    _, sent = withdraw_with(journey=journey, status=422, is_unchanged=is_unchanged)

    assert bool(sent) is is_unchanged

"""NPQ participants in version 1, which does not show their cohort, are recognised by their accepted applications."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.model import CouldNotRun

PERSON = "b1b7b1a4-5c1c-4c5e-9d9b-2c2a35e9e1a1"
HEADSHIP = {"participant_id": PERSON, "course_identifier": "npq-headship", "cohort": "2023", "status": "accepted"}
STARTED = {"participant_id": PERSON, "course_identifier": "npq-headship", "declaration_type": "started"}


def look(make_states: Any, programme: str = "npq", **changes: str) -> Participant:
    states = make_states(
        declarations=[Declaration("d1", STARTED | {"state": "eligible"})],
        applications=[Application("a1", HEADSHIP | changes)],
        version="v1",
        programme=programme,
    )
    participant: Participant = states.look("npq.started")
    return participant


def test_accepted_applicant_with_started_declaration_is_found(make_states: Any) -> None:
    participant = look(make_states)

    assert (participant.id, participant.course, participant.cohort) == (PERSON, "npq-headship", "2023")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "rejected"},
        {"course_identifier": "npq-senco"},  # has no declarations
        {"course_identifier": "npq-additional-support-offer"},  # has no schedule in that cohort
    ],
)
def test_applicant_without_accepted_application_and_declaration_is_not_found(
    make_states: Any, changes: dict[str, str]
) -> None:
    with pytest.raises(CouldNotRun, match="no record left in the state"):
        look(make_states, **changes)


def test_application_is_never_an_ecf_participant(make_states: Any) -> None:
    with pytest.raises(CouldNotRun):
        look(make_states, programme="ecf")

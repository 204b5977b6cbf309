"""A test could not run where the target does not implement the operations to find or derive its record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.model import CouldNotRun, NotApplicable

ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"
ENROLMENT = {
    "participant_status": "active",
    "participant_type": "ect",
    "cohort": "2023",
    "schedule_identifier": "ecf-standard-september",
    "training_status": "active",
    "eligible_for_funding": True,
}


class WithoutLists:
    """The inventory of a target that does not implement lists of participants."""

    @property
    def participants(self) -> list[Participant]:
        raise NotApplicable("The target does not implement list_ecf_participants.")


def test_missing_list_could_not_run_and_suggests_the_manifest(make_states: Any) -> None:
    with pytest.raises(CouldNotRun, match="does not implement list_ecf_participants") as caught:
        make_states(inventory=WithoutLists()).look("ect.no-declarations")

    assert caught.value.remedy == "List ids under states: ect.no-declarations in the target file."


def test_missing_list_and_missing_operation_that_shows_a_record_are_not_applicable(make_states: Any) -> None:
    states = make_states(inventory=WithoutLists())
    states.target = replace(states.target, operations=frozenset({"list_partnerships"}))

    with pytest.raises(NotApplicable, match="does not implement list_ecf_participants"):
        states.claim("ect.no-declarations")


def test_missing_operation_of_a_derivation_could_not_run(make_states: Any) -> None:
    def declare(_: object) -> None:
        raise NotApplicable("The target does not implement create_participant_declaration.")

    states = make_states(participants=[Participant(ID, {}, ENROLMENT)], declare=declare)

    with pytest.raises(CouldNotRun) as caught:
        states.claim("ect.started")

    assert (caught.value.reason, caught.value.remedy) == (
        (
            "The suite could not prepare a record for ect.started. "
            "The target does not implement create_participant_declaration."
        ),
        "Add the operation to the server and to the target file, or list ids under states: ect.started.",
    )

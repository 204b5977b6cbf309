"""Where the target does not implement what would find or make a record, the record is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety
from lead_provider_conformance.testdata import States

ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"
ENROLMENT = {
    "participant_type": "ect",
    "cohort": "2023",
    "schedule_identifier": "ecf-standard-september",
    "training_status": "active",
    "eligible_for_funding": True,
}


class Lists:
    """An inventory with one participant about whom nothing is declared; or a target without the lists for it."""

    def __init__(self, *, readable: bool) -> None:
        self._readable = readable

    def participants_in(self, _: str, recognises: Any, *, several: bool) -> Iterator[Participant]:
        if not self._readable:
            raise NotApplicable("The target does not implement list_ecf_participants.")
        found = Participant(ID, {}, ENROLMENT)
        return iter([found] if recognises(found, ()) and not several else [])


def states(folder: Path, lists: Lists, api: Any = None) -> States:
    found = States(
        api=api,
        discovery_api=api,
        target=Target(name="t", base_url="http://127.0.0.1:9", safety=Safety.SANDBOX),
        calendar=Calendar.load(),
        journal=SimpleNamespace(write_result=lambda _: None),
        workspace=folder,
        test="test",
    )
    vars(found)["inventory"] = lists
    return found


def test_a_record_that_no_list_can_show_could_be_listed_in_the_target_file(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun, match="does not implement list_ecf_participants") as caught:
        states(tmp_path, Lists(readable=False)).look("ect.no-declarations")

    assert caught.value.remedy == "List ids under states: ect.no-declarations in the target file."


def test_a_state_that_a_missing_operation_would_make_is_not_to_be_had(tmp_path: Path) -> None:
    def declare(_: object) -> None:
        raise NotApplicable("The target does not implement create_participant_declaration.")

    with pytest.raises(CouldNotRun, match="does not implement create_participant_declaration"):
        states(tmp_path, Lists(readable=True), SimpleNamespace(declare=declare, version="v3", programme="ecf")).claim(
            "ect.started"
        )

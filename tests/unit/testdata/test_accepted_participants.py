"""NPQ participants of version 1, who do not show their cohort, are told by their accepted applications."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata import States

PERSON = "b1b7b1a4-5c1c-4c5e-9d9b-2c2a35e9e1a1"
HEADSHIP = {"participant_id": PERSON, "course_identifier": "npq-headship", "cohort": "2023", "status": "accepted"}
STARTED = {"participant_id": PERSON, "course_identifier": "npq-headship", "declaration_type": "started"}


class Lists:
    """An inventory with one application, and what is declared about its applicant."""

    def __init__(self, application: dict[str, str], declared: dict[str, str]) -> None:
        self.applications = [Application("a1", application)]
        self._declared = Declaration("d1", declared)

    def participants_in(self, *_: Any, several: bool) -> Iterator[Participant]:
        """None of version 1 shows what it takes."""
        return iter(())

    def about(self, participant: Participant) -> list[Declaration]:
        mine = self._declared.participant_id, self._declared.course
        return [self._declared] if (participant.id, participant.course) == mine else []


def looked_at(folder: Path, programme: str = "npq", **application: str) -> Participant:
    api: Any = SimpleNamespace(version="v1", programme=programme)
    found = States(
        api=api,
        discovery_api=api,
        target=Target(name="t", base_url="http://127.0.0.1:9"),
        calendar=Calendar.load(),
        journal=SimpleNamespace(write_result=lambda _: None),
        workspace=folder,
        test="test",
    )
    vars(found)["inventory"] = Lists(HEADSHIP | application, STARTED | {"state": "eligible"})
    participant: Participant = found.look("npq.started")
    return participant


def test_who_was_accepted_and_has_started_is_found(tmp_path: Path) -> None:
    participant = looked_at(tmp_path)

    assert (participant.id, participant.course, participant.cohort) == (PERSON, "npq-headship", "2023")


@pytest.mark.parametrize(
    "application",
    [
        {"status": "rejected"},
        {"course_identifier": "npq-senco"},  # about which nothing has been declared
        {"course_identifier": "npq-additional-support-offer"},  # which has no schedule in that cohort
    ],
)
def test_who_was_not_accepted_for_what_was_started_is_not_found(tmp_path: Path, application: dict[str, str]) -> None:
    with pytest.raises(CouldNotRun, match="no record left in the state"):
        looked_at(tmp_path, **application)


def test_no_application_stands_for_an_ecf_participant(tmp_path: Path) -> None:
    with pytest.raises(CouldNotRun):
        looked_at(tmp_path, programme="ecf")

"""The control interface of a sandbox of the ECT service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.control.records import STATES_OF_SERVICE

STATES = STATES_OF_SERVICE["ect"]


def create(api: Any, path: str, **document: Any) -> Any:
    return api.exchange(provisioning(api.sandbox), "POST", path, json.dumps(document).encode())


@pytest.mark.parametrize("state", sorted(STATES))
def test_created_record_is_in_its_state_and_of_its_provider_alone(ect: Any, state: str) -> None:
    record = create(ect, "/provisioning/records", state=state, lead_provider=2).json

    path = f"participants/{record['participant_id']}"
    shown = ect.as_other().get(path).data["attributes"]["ecf_enrolments"][0]
    assert ect.get(path).status == 404
    assert shown["training_status"] == STATES[state].training_status
    assert shown["cohort"] == str(STATES[state].cohort)
    is_mentor = shown["participant_type"] == "mentor"
    assert shown["working_pattern"] == (None if is_mentor else STATES[state].working_pattern)
    for declaration in record["declaration_ids"]:
        assert ect.as_other().get(f"participant-declarations/{declaration}").status == 200


def test_finished_registration_makes_submitted_declarations_eligible(ect: Any) -> None:
    record = create(ect, "/provisioning/records", state="ect.not-registered").json
    person = ect.get(f"participants/{record['participant_id']}").data
    assert person["attributes"]["teacher_reference_number"] is None
    declared = ect.new_declaration(person, "started", "2024-10-01").data
    assert declared["attributes"]["state"] == "submitted"

    create(ect, f"/provisioning/registrations/{person['id']}", teacher_reference_number="7654321")

    after = ect.get(f"participants/{person['id']}").data
    assert after["attributes"]["teacher_reference_number"] == "7654321"
    assert after["attributes"]["updated_at"] >= person["attributes"]["updated_at"]
    assert ect.shown(person)["eligible_for_funding"] is True
    assert ect.shown(person)["overall_induction_start_date"] == "2026-11-29"
    assert ect.get(f"participant-declarations/{declared['id']}").data["attributes"]["state"] == "eligible"

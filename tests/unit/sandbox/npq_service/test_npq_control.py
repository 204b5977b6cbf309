"""The control interface of the NPQ service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.control.records import states_of

STATES = states_of("npq")


def create(npq: Any, state: str, lead_provider: int = 1) -> Any:
    body = json.dumps({"state": state, "lead_provider": lead_provider}).encode()
    return npq.exchange(provisioning(npq.sandbox), "POST", "/provisioning/records", body)


@pytest.mark.parametrize("state", sorted(STATES))
def test_record_is_created_in_each_state(npq: Any, state: str) -> None:
    created = create(npq, state)

    assert created.status == 201
    application = npq.get(f"npq-applications/{created.json['application_id']}").data["attributes"]
    assert application["participant_id"] == created.json["participant_id"]
    assert application["course_identifier"] == created.json["course_identifier"]
    assert application["updated_at"] == "2026-11-29T12:00:00Z"
    participant = npq.get(f"participants/npq/{created.json['participant_id']}")
    assert participant.status == (200 if state.startswith("npq.") else 404)
    for each in created.json["declaration_ids"]:
        assert npq.get(f"participant-declarations/{each}").data["attributes"]["delivery_partner_id"] is not None


def test_record_is_created_for_the_second_provider(npq: Any) -> None:
    created = create(npq, "npq.started", 2)

    assert npq.as_other().get(f"participants/npq/{created.json['participant_id']}").status == 200
    assert npq.get(f"participants/npq/{created.json['participant_id']}").status == 404


def test_states_of_the_ect_service_are_unknown(npq: Any) -> None:
    refused = create(npq, "ect.started")

    assert refused.status == 422
    assert "npq.started" in refused.json["error"]
    listed = npq.exchange(provisioning(npq.sandbox), "GET", "/provisioning", b"")
    assert listed.json["states"] == sorted(STATES)

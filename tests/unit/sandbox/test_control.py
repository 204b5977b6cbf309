"""The control interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.control.records import STATES

Ask = Callable[..., Any]


@pytest.fixture
def ask(api: Any) -> Ask:
    """Return a function that calls the control interface of the sandbox of `api`."""
    calls = provisioning(api.sandbox)

    def call(method: str, path: str, document: Any = None, raw: bytes | None = None) -> Any:
        return api.exchange(calls, method, path, raw if raw is not None else json.dumps(document or {}).encode())

    return call


def test_states_and_providers_are_listed(ask: Ask) -> None:
    assert ask("GET", "/provisioning").json == {
        "states": sorted(STATES),
        "lead_providers": ["Ambition Sandbox", "Teach Well Sandbox"],
    }


@pytest.mark.parametrize("provider", [1, 2])
@pytest.mark.parametrize("state", sorted(STATES))
def test_created_record_is_visible_to_its_provider_only(api: Any, ask: Ask, state: str, provider: int) -> None:
    made = ask("POST", "/provisioning/records", {"state": state, "lead_provider": provider})

    assert made.status == 201
    record = made.json
    path = (
        f"npq-applications/{record['application_id']}"
        if record["application_id"]
        else f"participants/ecf/{record['participant_id']}"
    )
    owner, other = (api, api.as_other()) if provider == 1 else (api.as_other(), api)
    assert owner.get(path).status == 200
    assert other.get(path).status == 404
    for declaration in record["declaration_ids"]:
        assert owner.get(f"participant-declarations/{declaration}").status == 200


def test_created_record_has_its_state(api: Any, ask: Ask) -> None:
    def made(state: str) -> dict[str, Any]:
        record: dict[str, Any] = ask("POST", "/provisioning/records", {"state": state}).json
        return record

    fresh, withdrawn, mentor = made("ect.no-declarations"), made("ect.withdrawn"), made("mentor.no-declarations")
    started, pending = made("ect.started"), made("application.pending")

    assert api.enrolment(fresh["participant_id"])["training_status"] == "active"
    assert api.enrolment(withdrawn["participant_id"])["training_status"] == "withdrawn"
    assert (mentor["course_identifier"], api.enrolment(mentor["participant_id"])["participant_type"]) == (
        "ecf-mentor",
        "mentor",
    )
    state = api.get(f"participant-declarations/{started['declaration_ids'][0]}").data["attributes"]["state"]
    assert state == "eligible"
    assert api.get(f"npq-applications/{pending['application_id']}").data["attributes"]["status"] == "pending"


def test_created_record_is_updated_now(api: Any, ask: Ask) -> None:
    made = ask("POST", "/provisioning/records", {"state": "ect.no-declarations"}).json

    shown = api.get(f"participants/ecf/{made['participant_id']}").data
    assert shown["attributes"]["updated_at"] == "2025-01-15T12:00:00Z"


def test_finished_registration_is_shown_and_moves_updated_at(api: Any, ask: Ask) -> None:
    person = ask("POST", "/provisioning/records", {"state": "ect.not-registered"}).json["participant_id"]
    before = api.get(f"participants/ecf/{person}").data["attributes"]
    api.travel("2025-01-16T12:00:00.000000Z")

    finished = ask(
        "POST",
        f"/provisioning/registrations/{person}",
        {"teacher_reference_number": "7654321", "email": "new@example.com"},
    )

    after = api.get(f"participants/ecf/{person}").data["attributes"]
    assert finished.json == {"participant_id": person, "teacher_reference_number": "7654321"}
    assert before["teacher_reference_number"] is None
    assert before["ecf_enrolments"][0]["teacher_reference_number_validated"] is None
    assert before["ecf_enrolments"][0]["eligible_for_funding"] is None
    assert after["teacher_reference_number"] == "7654321"
    enrolment = after["ecf_enrolments"][0]
    assert (enrolment["teacher_reference_number_validated"], enrolment["eligible_for_funding"]) == (True, True)
    assert enrolment["email"] == "new@example.com"
    assert after["updated_at"] == "2025-01-16T12:00:00Z"


def test_submitted_declaration_becomes_eligible_with_participant(api: Any, ask: Ask) -> None:
    submitted = api.declarations(state="submitted", lead_provider_name="Ambition Sandbox")[0]

    ask("POST", f"/provisioning/registrations/{submitted['attributes']['participant_id']}")

    after = api.get(f"participant-declarations/{submitted['id']}").data["attributes"]
    assert after["state"] == "eligible"
    assert after["statement_id"] is not None
    assert after["updated_at"] > submitted["attributes"]["updated_at"]


def test_registration_can_end_ineligible(api: Any, ask: Ask) -> None:
    person = api.participants(eligible_for_funding=None)[0]["id"]

    ask("POST", f"/provisioning/registrations/{person}", {"eligible_for_funding": False})

    assert api.enrolment(person)["eligible_for_funding"] is False


def test_reset_restores_the_seed(api: Any, ask: Ask) -> None:
    before = api.get("participants/ecf", {"page[per_page]": 3000}).content
    ect = api.untouched()
    api.start(ect)
    ask("POST", "/provisioning/records", {"state": "ect.started"})

    assert ask("POST", "/provisioning/reset").status == 204

    assert api.get("participants/ecf", {"page[per_page]": 3000}).content == before
    assert api.declarations(participant_id=ect["id"]) == []


def test_clock_is_set_and_released(api: Any, ask: Ask) -> None:
    assert ask("PUT", "/provisioning/clock", {"now": "2024-02-03T04:05:06Z"}).json == {"now": "2024-02-03T04:05:06Z"}
    assert api.start(api.untouched()).data["attributes"]["created_at"] == "2024-02-03T04:05:06Z"
    assert ask("PUT", "/provisioning/clock", {"now": None}).json["now"] > "2025"


@pytest.mark.parametrize(
    ("path", "raw", "sentence"),
    [
        ("/provisioning/records", b"{", "the body is not JSON"),
        ("/provisioning/records", b"[]", "the body must be a JSON object"),
        ("/provisioning/records", b"{}", '"state" must name a state'),
        ("/provisioning/records", b'{"state": "ect.lost"}', "there is no state 'ect.lost'"),
        ("/provisioning/records", b'{"state": "ect.started", "lead_provider": 3}', "from 1 to 2"),
        ("/provisioning/records", b'{"state": "ect.started", "lead_provider": true}', "from 1 to 2"),
        ("/provisioning/records", b" " * 70_000, "larger than 64 KiB"),
        ("/provisioning/registrations/x", b'{"email": 1}', '"email" must be text'),
        ("/provisioning/registrations/x", b"{}", "there is no ECF participant x"),
    ],
)
def test_invalid_call_returns_its_error(ask: Ask, path: str, raw: bytes, sentence: str) -> None:
    refused = ask("POST", path, raw=raw)

    assert refused.status in (404, 422)
    assert sentence in refused.json["error"]


def test_api_has_no_provisioning_calls(api: Any) -> None:
    assert api.send("GET", "/provisioning").status == 404

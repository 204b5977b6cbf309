"""The control interface of the NPQ service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.sandbox.npq_service.lists import violations

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.control.creation import create as create_record
from lead_provider_sandbox.control.overrides import UnknownOverrideError
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


def record(npq: Any, state: str, **overrides: Any) -> dict[str, Any]:
    sandbox = npq.sandbox
    return create_record(sandbox, sandbox.providers[0], state, sandbox.gateway.clock.now(), overrides)


@pytest.mark.parametrize("day", ["2026-08-22", "2027-02-28"])
@pytest.mark.parametrize("state", sorted(STATES))
def test_record_of_each_state_is_valid_and_has_no_future_date(npq: Any, state: str, day: str) -> None:
    npq.travel(f"{day}T00:00:00.000000Z")

    created = record(npq, state)

    assert violations(npq) == []
    shown = npq.get(f"npq-applications/{created['application_id']}").data["attributes"]
    assert shown["created_at"] <= shown["updated_at"] == f"{day}T00:00:00Z"
    for each in created["declaration_ids"]:
        shown = npq.get(f"participant-declarations/{each}").data["attributes"]
        assert shown["declaration_date"] < shown["created_at"] < shown["updated_at"] == f"{day}T00:00:00Z"
    participant = npq.get(f"participants/npq/{created['participant_id']}")
    for enrolment in participant.data["attributes"]["npq_enrolments"] if participant.status == 200 else ():
        stops = [enrolment[name] for name in ("withdrawal", "deferral") if enrolment[name]]
        assert all(each < f"{day}T00:00:00Z" for each in (enrolment["created_at"], *(stop["date"] for stop in stops)))


def test_new_application_is_the_last_of_the_list(npq: Any) -> None:
    created = record(npq, "application.capped")

    assert npq.listed("npq-applications")[-1]["id"] == created["application_id"]
    participant = record(npq, "npq.started")
    assert npq.listed("participants/npq")[-1]["id"] == participant["participant_id"]


def test_overrides_replace_values_of_the_state(npq: Any) -> None:
    created = record(
        npq,
        "npq.no-declarations",
        full_name="Ada Young",
        email="ada@example.com",
        trn="7654321",
        cohort="2024a",
        funded_place=False,
        updated_at="2026-11-28T09:00:00.000000Z",
    )

    shown = npq.get(f"participants/npq/{created['participant_id']}").data["attributes"]
    assert (shown["full_name"], shown["teacher_reference_number"]) == ("Ada Young", "7654321")
    assert shown["updated_at"] == "2026-11-28T09:00:00Z"
    enrolment = shown["npq_enrolments"][0]
    assert (enrolment["cohort"], enrolment["cohort_suffix"]) == ("2024", "a")
    assert (enrolment["email"], enrolment["funded_place"]) == ("ada@example.com", False)


def test_number_that_is_not_verified_is_not_shown(npq: Any) -> None:
    created = record(npq, "npq.started", trn=None)

    shown = npq.get(f"participants/npq/{created['participant_id']}").data["attributes"]
    assert shown["teacher_reference_number"] is None


def test_two_people_may_have_one_name(npq: Any) -> None:
    first, second = (record(npq, "npq.no-declarations", full_name="Nadia Fletcher") for _ in range(2))

    shown = [npq.get(f"participants/npq/{each['participant_id']}").data["attributes"] for each in (first, second)]
    assert shown[0]["full_name"] == shown[1]["full_name"]
    assert len({each["teacher_reference_number"] for each in shown}) == 2
    assert len({each["npq_enrolments"][0]["email"] for each in shown}) == 2


def test_unknown_override_is_an_error(npq: Any) -> None:
    with pytest.raises(UnknownOverrideError, match="no 'colour' to override"):
        record(npq, "npq.started", colour="red")


def test_applicant_for_two_courses_has_two_pending_applications(npq: Any) -> None:
    created = record(npq, "application.two-courses")

    mine = npq.listed("npq-applications", **{"filter[participant_id]": created["participant_id"]})
    assert {each["attributes"]["course_identifier"] for each in mine} == {"npq-headship", "npq-senior-leadership"}
    assert {each["attributes"]["status"] for each in mine} == {"pending"}
    assert mine[0]["attributes"]["updated_at"] == mine[1]["attributes"]["updated_at"]


def test_record_with_nulls_is_null_wherever_it_may_be(npq: Any) -> None:
    created = record(npq, "application.nulls")

    shown = npq.get(f"npq-applications/{created['application_id']}").data["attributes"]
    assert {name for name, value in shown.items() if value is None} >= {
        "email", "teacher_reference_number", "school_urn", "school_ukprn", "private_childcare_provider_urn",
        "headteacher_status", "funding_choice", "employer_name", "employment_role", "itt_provider", "funded_place",
        "teacher_catchment_country", "works_as_senco", "senco_start_date", "schedule_identifier",
    }  # fmt: skip


@pytest.mark.parametrize("day", ["2026-08-22", "2026-11-30", "2026-12-31", "2027-04-01"])
def test_coaching_that_began_in_december_gets_another_schedule_on_any_day(npq: Any, day: str) -> None:
    npq.travel(f"{day}T12:00:00.000000Z")
    created = record(npq, "application.coaching")
    accepted = npq.post(f"npq-applications/{created['application_id']}/accept", funded_place=True).data["attributes"]
    attributes = {
        "course_identifier": created["course_identifier"],
        "declaration_date": "2025-12-08T10:00:00Z",
        "delivery_partner_id": npq.partner(),
    }

    early = npq.started(created["participant_id"], **attributes)
    moved = npq.put(
        f"participants/npq/{created['participant_id']}/change-schedule",
        schedule_identifier="npq-ehco-december",
        course_identifier=created["course_identifier"],
    )
    started = npq.started(created["participant_id"], **attributes)

    assert accepted["schedule_identifier"] == "npq-ehco-june"
    assert (early.status, moved.status, started.status) == (422, 200, 200)


def test_funded_place_is_refused_for_an_applicant_who_is_not_eligible(npq: Any) -> None:
    created = record(npq, "application.not-eligible")

    refused = npq.post(f"npq-applications/{created['application_id']}/accept", funded_place=True)
    accepted = npq.post(f"npq-applications/{created['application_id']}/accept", funded_place=False)

    assert (refused.status, accepted.status) == (422, 200)


def test_retake_replaces_a_failed_outcome(npq: Any) -> None:
    created = record(npq, "npq.failed")

    reported = npq.post(
        f"participants/npq/{created['participant_id']}/outcomes",
        state="passed",
        completion_date="2026-08-15",
        course_identifier=created["course_identifier"],
    )

    assert reported.status == 200
    outcomes = npq.listed(f"participants/npq/{created['participant_id']}/outcomes")
    assert [each["attributes"]["state"] for each in outcomes] == ["failed", "passed"]

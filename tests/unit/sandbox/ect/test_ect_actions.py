"""Withdrawing, deferring, resuming and rescheduling participants of the ECT service."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox.ect.conftest import TODAY

TOMORROW = "You need to try again tomorrow"
MALFORMED = {"Bad request": "Correct json data structure required. See API docs for reference."}


@pytest.mark.parametrize("event", ["withdraw", "defer"])
def test_participant_without_declarations_can_be_stopped_and_has_left_at_once(ect: Any, event: str) -> None:
    person = ect.one()

    reply = ect.change(person, event, reason="other")

    assert reply.status == 200
    enrolment = reply.data["attributes"]["ecf_enrolments"][0]
    assert enrolment["training_status"] == {"withdraw": "withdrawn", "defer": "deferred"}[event]
    assert enrolment["participant_status"] == "left"
    shown = enrolment["withdrawal" if event == "withdraw" else "deferral"]
    assert shown == {"reason": "other", "date": f"{TODAY}T12:00:00Z"}


@pytest.mark.parametrize("event", ["withdraw", "defer"])
def test_joining_participant_is_not_stopped(ect: Any, event: str) -> None:
    person = ect.one(cohort="2026", participant_status="joining")

    reply = ect.change(person, event, reason="other")

    assert reply.status == 422
    assert reply.errors["participant_id"].startswith(f"You cannot {event} #/participant_id.")


@pytest.mark.parametrize("event", ["withdraw", "defer"])
def test_first_day_of_a_period_is_too_early(ect: Any, event: str) -> None:
    person = ect.one(training_status="deferred")
    assert ect.change(person, "resume").status == 200

    assert TOMORROW in ect.change(person, event, reason="other").errors["participant_id"]

    ect.later(1)
    assert ect.change(person, event, reason="other").status == 200


def test_change_of_schedule_begins_a_period(ect: Any) -> None:
    person = ect.one()
    assert ect.change(person, "change-schedule", schedule_identifier="ecf-extended-september").status == 200

    assert TOMORROW in ect.change(person, "defer", reason="other").errors["participant_id"]


def test_stopped_participant_is_stopped_once(ect: Any) -> None:
    withdrawn, deferred = ect.one(training_status="withdrawn"), ect.one(training_status="deferred")

    for event in ("withdraw", "defer"):
        refused = ect.change(withdrawn, event, reason="other")
        assert refused.errors == {"participant_id": "The '#/participant_id' is already withdrawn."}
    assert ect.change(deferred, "defer", reason="other").errors == {
        "participant_id": "The '#/participant_id' is already deferred."
    }
    assert ect.change(deferred, "withdraw", reason="other").status == 200


def test_reasons_depend_on_action_and_course(ect: Any) -> None:
    teacher, mentor = ect.one(), ect.one(participant_type="mentor")

    assert ect.change(teacher, "defer").errors == {"reason": "Enter a '#/reason'."}
    assert ect.change(teacher, "defer", reason="moved-school").errors["reason"].startswith("The entered '#/reason'")
    assert ect.change(teacher, "withdraw", reason="mentor-no-longer-being-mentor").errors == {
        "reason": "You cannot withdraw an ECT for this reason. The ECT is not a mentor."
    }
    assert ect.change(mentor, "withdraw", reason="mentor-no-longer-being-mentor").status == 200
    assert ect.change(teacher, "withdraw", reason="changed-lead-provider").status == 200


def test_course_must_be_given_and_the_participants_own(ect: Any) -> None:
    person = ect.one()

    missing = ect.change(person, "defer", reason="other", course_identifier="npq-headship")
    another = ect.change(person, "defer", reason="other", course_identifier="ecf-mentor")

    assert missing.errors == {"course_identifier": "Enter a '#/course_identifier'."}
    assert another.errors["course_identifier"].startswith("The entered '#/course_identifier' is not recognised")


@pytest.mark.parametrize("body", [None, {}, {"data": {}}, {"data": [1]}, {"data": {"attributes": {}}}])
def test_body_without_known_attributes_is_malformed(ect: Any, body: Any) -> None:
    for path in ("participants/nobody/defer", "participants/nobody/change-schedule", "partnerships/none"):
        assert ect.send("PUT", f"/api/v3/{path}", body=body).errors == MALFORMED
    assert ect.send("POST", "/api/v3/participant-declarations", body=body).errors == MALFORMED
    unknown = {"data": {"attributes": {"colour": "red"}}}
    assert ect.send("PUT", "/api/v3/participants/nobody/resume", body=unknown).errors == MALFORMED


def test_other_providers_participant_is_not_found(ect: Any) -> None:
    person = ect.as_other().one()

    for event in ("withdraw", "defer", "resume", "change-schedule"):
        assert ect.change(person, event, reason="other", schedule_identifier="ecf-standard-april").status == 404


def test_resumption_waits_for_the_day_after(ect: Any) -> None:
    person = ect.one()
    ect.change(person, "defer", reason="other")

    assert (
        ect.change(person, "resume").errors["participant_id"].startswith("You cannot resume a participant on the same")
    )

    ect.later(1)
    reply = ect.change(person, "resume")
    assert reply.status == 200
    enrolment = reply.data["attributes"]["ecf_enrolments"][0]
    assert (enrolment["training_status"], enrolment["participant_status"], enrolment["deferral"]) == (
        "active", "active", None,
    )  # fmt: skip


def test_withdrawn_participant_can_be_resumed(ect: Any) -> None:
    assert ect.change(ect.one(training_status="withdrawn", cohort="2025"), "resume").status == 200


def test_active_participant_is_not_resumed(ect: Any) -> None:
    assert ect.change(ect.one(), "resume").errors == {"participant_id": "The '#/participant_id' is already active."}


def test_participant_who_left_the_school_is_not_resumed(ect: Any) -> None:
    left = [
        each
        for each in ect.all_of("participants", **{"filter[training_status]": "withdrawn"})
        if each["attributes"]["ecf_enrolments"][0]["withdrawal"]["reason"] == "moved-school"
    ]

    assert left
    assert "no longer at the school" in ect.change(left[0], "resume").errors["participant_id"]


def test_participant_trained_by_another_provider_is_not_resumed(ect: Any) -> None:
    person = ect.one(cohort="2025", participant_status="leaving")
    mine = {each["id"] for each in ect.as_other().all_of("participants")}
    about_to_move = next(
        each
        for each in ect.all_of("participants")
        if each["id"] in mine and each["attributes"]["ecf_enrolments"][0]["participant_status"] == "leaving"
    )
    assert ect.change(about_to_move, "defer", reason="other").status == 200
    ect.later(1)

    refused = ect.change(about_to_move, "resume")

    assert person
    assert refused.errors == {
        "participant_id": "This participant cannot be resumed because they are already active with another provider."
    }


def test_schedule_and_cohort_change_although_declarations_exist(ect: Any) -> None:
    person = ect.one(declared=["started eligible"])

    reply = ect.change(person, "change-schedule", schedule_identifier="ecf-standard-september", cohort="2026")

    assert reply.status == 200, reply.content
    enrolment = reply.data["attributes"]["ecf_enrolments"][0]
    assert (enrolment["cohort"], enrolment["schedule_identifier"]) == ("2026", "ecf-standard-september")


def test_schedule_must_be_known_and_another(ect: Any) -> None:
    person = ect.one()

    def refusal(**attributes: str) -> str:
        return str(ect.change(person, "change-schedule", **attributes).errors["schedule_identifier"])

    assert refusal(cohort="2024").startswith("The property '#/schedule_identifier' must be present")
    assert refusal(schedule_identifier="npq-leadership-autumn") == "Enter a valid schedule identifier."
    assert refusal(schedule_identifier="ecf-standard-september") == "Selected schedule is already on the profile"
    assert refusal(schedule_identifier="ecf-replacement-april").startswith("Selected schedule is not valid for")


def test_mentor_has_no_reduced_schedule(ect: Any) -> None:
    mentor = ect.one(participant_type="mentor")

    refused = ect.change(mentor, "change-schedule", schedule_identifier="ecf-reduced-april")

    assert refused.errors["schedule_identifier"].startswith("Mentors cannot be placed on a reduced schedule.")
    assert ect.change(mentor, "change-schedule", schedule_identifier="ecf-replacement-april").status == 200


@pytest.mark.parametrize(
    ("cohort", "detail"),
    [
        ("2021", "You cannot move a participant to a payments frozen cohort"),
        ("2020", "The '#/cohort' you have entered is invalid."),
        ("soon", "The '#/cohort' you have entered is invalid."),
    ],
)
def test_cohort_must_be_known_and_paid(ect: Any, cohort: str, detail: str) -> None:
    reply = ect.change(ect.one(), "change-schedule", schedule_identifier="ecf-standard-april", cohort=cohort)

    assert reply.status == 422
    assert reply.errors["cohort"].startswith(detail)


def test_cohort_needs_a_partnership_with_the_school(ect: Any) -> None:
    with_partnership = {each["attributes"]["urn"] for each in ect.all_of("partnerships", **{"filter[cohort]": "2025"})}
    school = next(
        each["attributes"]["urn"]
        for each in ect.all_of("partnerships", **{"filter[cohort]": "2024"})
        if each["attributes"]["urn"] not in with_partnership
    )
    person = ect.one(school_urn=school)

    reply = ect.change(person, "change-schedule", schedule_identifier="ecf-standard-september", cohort="2025")

    assert "do not have a partnership with the school" in reply.errors["cohort"]


def test_participant_who_has_left_keeps_the_schedule(ect: Any) -> None:
    for status in ("deferred", "withdrawn"):
        reply = ect.change(ect.one(training_status=status), "change-schedule", schedule_identifier="ecf-standard-april")

        assert "'left' participant_status" in reply.errors["participant_id"]


def test_joining_participant_can_change_schedule(ect: Any) -> None:
    person = ect.one(cohort="2026", participant_status="joining")

    assert ect.change(person, "change-schedule", schedule_identifier="ecf-standard-april").status == 200


def test_participant_due_elsewhere_keeps_the_schedule(ect: Any) -> None:
    theirs = {each["id"] for each in ect.as_other().all_of("participants")}
    person = next(
        each
        for each in ect.all_of("participants")
        if each["id"] in theirs and each["attributes"]["ecf_enrolments"][0]["participant_status"] == "leaving"
    )

    reply = ect.change(person, "change-schedule", schedule_identifier="ecf-standard-april")
    joining = ect.as_other().change(person, "change-schedule", schedule_identifier="ecf-standard-april")

    assert "due to start with another lead provider" in reply.errors["participant_id"]
    assert joining.status == 200


def test_completed_teacher_moves_to_a_reduced_schedule_only(ect: Any) -> None:
    person = ect.one(cohort="2023", induction_end_date="2025-07-18")
    assert ect.shown(person)["participant_status"] == "active"

    refused = ect.change(person, "change-schedule", schedule_identifier="ecf-standard-april")

    assert "completed their training or induction" in refused.errors["participant_id"]
    assert ect.change(person, "change-schedule", schedule_identifier="ecf-reduced-april").status == 200


def test_second_change_of_a_day_keeps_declarations_of_that_day(ect: Any) -> None:
    person = ect.one()
    assert ect.change(person, "change-schedule", schedule_identifier="ecf-extended-september").status == 200
    assert ect.new_declaration(person, "extended-1", "2025-10-01").status == 200

    refused = ect.change(person, "change-schedule", schedule_identifier="ecf-standard-september")

    assert refused.errors["schedule_identifier"].startswith(
        "The change of schedule cannot be applied because a previous"
    )
    ect.later(1)
    assert ect.change(person, "change-schedule", schedule_identifier="ecf-standard-september").status == 200


def test_participant_of_a_frozen_cohort_moves_on_and_back(ect: Any) -> None:
    person = ect.one(cohort="2022", declared=["started paid", "retained-1 paid", "retained-2 paid"])

    moved = ect.change(person, "change-schedule", schedule_identifier="ecf-extended-september", cohort="2024")
    assert moved.data["attributes"]["ecf_enrolments"][0]["cohort_changed_after_payments_frozen"] is True

    back = ect.change(person, "change-schedule", schedule_identifier="ecf-standard-september", cohort="2022")
    assert back.status == 200
    assert back.data["attributes"]["ecf_enrolments"][0]["cohort_changed_after_payments_frozen"] is False

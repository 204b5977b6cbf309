"""Posting and voiding declarations in the ECT service."""

from __future__ import annotations

from typing import Any

import pytest


def test_started_declaration_is_eligible_with_statement_and_partner(ect: Any) -> None:
    person = ect.one(eligible_for_funding=True)

    reply = ect.new_declaration(person, "started", "2024-10-01")

    assert reply.status == 200
    attributes = reply.data["attributes"]
    assert attributes["state"] == "eligible"
    assert attributes["statement_id"]
    assert attributes["evidence_held"] is None
    assert attributes["delivery_partner_id"] == ect.shown(person)["delivery_partner_id"]
    assert "has_passed" not in attributes


def test_declaration_of_undecided_participant_is_submitted(ect: Any) -> None:
    person = ect.one(eligible_for_funding=None)

    attributes = ect.new_declaration(person, "started", "2024-10-01").data["attributes"]

    assert (attributes["state"], attributes["statement_id"]) == ("submitted", None)


def test_second_declaration_of_a_type_is_refused_the_exact_copy_too(ect: Any) -> None:
    person = ect.one()
    first = ect.new_declaration(person, "started", "2024-10-01")

    for date in ("2024-10-01", "2024-10-02"):
        refused = ect.new_declaration(person, "started", date)
        assert refused.status == 422
        assert list(refused.errors) == ["declaration_type"]

    assert ect.void(first.data["id"]).data["attributes"]["state"] == "voided"
    assert ect.new_declaration(person, "started", "2024-10-02").status == 200


def test_missing_attributes_are_reported_one_at_a_time(ect: Any) -> None:
    person = ect.one()

    def titles(**attributes: Any) -> dict[str, str]:
        errors: dict[str, str] = ect.new_declaration(person, "started", "2024-10-01", **attributes).errors
        return errors

    assert titles(participant_id=None, course_identifier=None) == {"participant_id": "Enter a '#/participant_id'."}
    assert titles(course_identifier=None, declaration_type=None) == {
        "course_identifier": "Enter a '#/course_identifier'."
    }
    assert titles(declaration_date=None, declaration_type=None) == {"declaration_date": "Enter a '#/declaration_date'."}
    assert titles(declaration_type=None) == {"declaration_type": "Enter a '#/declaration_type'."}
    assert titles(declaration_type="finished") == {"declaration_type": "Enter a valid declaration type."}


def test_other_providers_participant_and_course_are_not_recognised(ect: Any) -> None:
    stranger = ect.new_declaration(ect.as_other().one(), "started", "2024-10-01")
    course = ect.new_declaration(ect.one(), "started", "2024-10-01", course_identifier="ecf-mentor")

    assert stranger.errors["participant_id"].startswith("Your update cannot be made")
    assert course.errors["course_identifier"].startswith("The entered '#/course_identifier'")


@pytest.mark.parametrize("date", ["soon", "2024-10-01", "01/10/2024", "2024-13-01T10:00:00Z", 20241001])
def test_malformed_date_is_refused_with_422(ect: Any, date: Any) -> None:
    reply = ect.new_declaration(ect.one(), "started", "", declaration_date=date)

    assert (reply.status, reply.errors) == (422, {"declaration_date": "Enter a valid RCF3339 '#/declaration_date'."})


@pytest.mark.parametrize("date", ["2024-10-01t10:00:00z", "2024-10-01T10:00:00", "2024-10-01T10:00:00,5+01:00"])
def test_accepted_forms_of_dates(ect: Any, date: str) -> None:
    assert ect.new_declaration(ect.one(), "started", "", declaration_date=date).status == 200


def test_window_of_cohort_2024_has_both_ends(ect: Any) -> None:
    person = ect.one()

    early, late = (ect.new_declaration(person, "started", day) for day in ("2024-05-31", "2025-01-01"))

    assert early.errors["declaration_date"].startswith("Declaration date must be on or after the milestone start")
    assert late.errors["declaration_date"].startswith("Declaration date must be on or before the milestone")
    future = ect.new_declaration(person, "started", "2099-01-01")
    assert "cannot be a future date" in future.errors["declaration_date"]


def test_dates_of_cohort_2025_follow_the_order_of_types(ect: Any) -> None:
    person = ect.one(cohort="2025")
    halfway = "75-percent-engagement-met"
    assert ect.new_declaration(person, "started", "2025-10-01").status == 200
    assert ect.new_declaration(person, "retained-2", "2026-04-01", evidence_held=halfway).status == 200

    for day in ("2025-09-30", "2026-04-02"):
        assert "in sequence" in ect.new_declaration(person, "retained-1", day).errors["declaration_date"]
    assert ect.new_declaration(person, "retained-1", "2026-04-01").status == 200


def test_evidence_depends_on_cohort_and_type(ect: Any) -> None:
    old, new = ect.one(), ect.one(cohort="2025")

    def refusal(person: Any, kind: str, day: str, evidence: str | None) -> str | None:
        reply = ect.new_declaration(person, kind, day, evidence_held=evidence)
        return None if reply.status == 200 else str(reply.errors["evidence_held"])

    missing = "Enter a '#/evidence_held' value for this participant."
    unavailable = "Enter an available '#/evidence_held' type for this participant."
    assert refusal(old, "retained-1", "2025-02-01", None) == missing
    assert refusal(old, "retained-1", "2025-02-01", "materials-engaged-with-offline") == unavailable
    assert refusal(new, "started", "2025-10-01", None) == missing
    assert refusal(new, "retained-2", "2026-04-01", "training-event-attended") == unavailable
    assert refusal(new, "completed", "2026-07-01", "one-term-induction") is None
    assert refusal(old, "started", "2024-10-01", None) is None


def test_mentors_from_2025_on_have_started_and_completed_only(ect: Any) -> None:
    mentor = ect.one(participant_type="mentor", cohort="2025")

    for kind in ("retained-1", "extended-1"):
        refused = ect.new_declaration(mentor, kind, "2026-02-01")
        assert refused.errors["declaration_type"].startswith("You cannot send retained or extended declarations")
    reply = ect.new_declaration(mentor, "completed", "2026-07-01", evidence_held="75-percent-engagement-met")
    assert reply.status == 200
    assert ect.shown(mentor)["mentor_funding_end_date"] == "2026-07-01"
    assert ect.shown(mentor)["mentor_ineligible_for_funding_reason"] == "completed_declaration_received"

    ect.void(reply.data["id"])
    assert ect.shown(mentor)["mentor_funding_end_date"] is None


def test_mentor_has_no_extended_declarations(ect: Any) -> None:
    mentor = ect.one(participant_type="mentor")
    ect.change(mentor, "change-schedule", schedule_identifier="ecf-extended-september")

    assert list(ect.new_declaration(mentor, "extended-1", "2025-10-01").errors) == ["declaration_type"]


def test_type_outside_the_schedule_is_refused(ect: Any) -> None:
    assert ect.new_declaration(ect.one(), "extended-1", "2025-10-01").errors == {
        "declaration_type": "The property '#/declaration_type' does not exist for this schedule."
    }


def test_withdrawn_participant_is_declared_up_to_the_withdrawal(ect: Any) -> None:
    person = ect.one(training_status="withdrawn")

    assert ect.new_declaration(person, "started", "2024-10-01").status == 200
    refused = ect.new_declaration(person, "retained-2", "2025-07-01")
    assert refused.errors["participant_id"].startswith("This participant withdrew from this course on")


def test_deferred_participant_can_be_declared(ect: Any) -> None:
    assert ect.new_declaration(ect.one(training_status="deferred"), "started", "2024-10-01").status == 200


def test_frozen_cohort_takes_no_declaration_and_no_void(ect: Any) -> None:
    paid = ["started paid", "retained-1 paid", "retained-2 paid"]
    person = ect.one(cohort="2022", declared=paid)

    refused = ect.new_declaration(person, "retained-3", "2023-09-01")

    assert refused.errors["cohort"].startswith("You cannot submit declarations for the 2022 cohort.")
    declaration = next(
        each for each in ect.all_of("participant-declarations") if each["attributes"]["participant_id"] == person["id"]
    )
    assert list(ect.void(declaration["id"]).errors) == ["participant_declaration_id"]


def test_clock_after_the_last_statement_refuses_eligible_participants(ect: Any) -> None:
    person = ect.one()

    refused = ect.send(
        "POST",
        "/api/v3/participant-declarations",
        headers={"x-with-server-date": "2041-06-01T00:00:00Z"},
        body={"data": {"attributes": {
            "participant_id": person["id"], "declaration_type": "started", "course_identifier": "ecf-induction",
            "declaration_date": "2024-10-01T10:00:00Z",
        }}},
    )  # fmt: skip

    assert refused.errors["cohort"].startswith("You cannot submit or void declarations for the 2024 cohort.")


@pytest.mark.parametrize(
    ("state", "after"),
    [("submitted", "voided"), ("eligible", "voided"), ("payable", "voided"), ("paid", "awaiting-clawback")],
)
def test_void_moves_to_the_next_state(ect: Any, state: str, after: str) -> None:
    declaration = next(
        each
        for each in ect.declarations(state=state)
        if ect.get(f"participants/{each['attributes']['participant_id']}").data["attributes"]["ecf_enrolments"][0][
            "cohort"
        ]
        >= "2023"
        and each["attributes"]["lead_provider_name"] == "Ambition Sandbox"
    )

    attributes = ect.void(declaration["id"]).data["attributes"]

    assert attributes["state"] == after
    assert (attributes["statement_id"] is None) == (after == "voided")
    assert (attributes["clawback_statement_id"] is None) == (after == "voided")
    again = ect.void(declaration["id"])
    assert (again.status, list(again.errors)) == (422, ["participant_declaration_id"])


def test_other_providers_declaration_is_not_voided(ect: Any) -> None:
    declaration = next(
        each
        for each in ect.as_other().declarations(state="eligible")
        if each["attributes"]["lead_provider_name"] == "Teach Well Sandbox"
    )

    assert ect.void(declaration["id"]).status == 404


def test_new_provider_sees_the_earlier_providers_declarations(ect: Any) -> None:
    shown = [each["attributes"] for each in ect.declarations()]
    others = [each for each in shown if each["lead_provider_name"] != "Ambition Sandbox"]

    mine = {each["participant_id"] for each in shown if each["lead_provider_name"] == "Ambition Sandbox"}
    assert others
    assert {each["participant_id"] for each in others} <= mine
    assert all(each["state"] in ("submitted", "eligible", "payable", "paid") for each in others)

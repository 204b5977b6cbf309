"""Faults of the ECT service that have hooks of their own."""

from __future__ import annotations

from typing import Any


def test_participants_who_have_left_are_shown_as_active(ect: Any) -> None:
    ect.broken_by("ect-stopped-participants-stay-active")
    shown = [each for person in ect.all_of("participants") for each in person["attributes"]["ecf_enrolments"]]

    assert {each["participant_status"] for each in shown} == {"joining", "active", "leaving"}


def test_change_of_schedule_begins_no_period(ect: Any) -> None:
    ect.broken_by("ect-schedule-change-begins-no-period")
    person = ect.one()

    assert ect.change(person, "change-schedule", schedule_identifier="ecf-extended-september").status == 200

    assert ect.change(person, "defer", reason="other").status == 200


def test_schedule_is_kept_while_declared(ect: Any) -> None:
    ect.broken_by("ect-schedules-do-not-change-while-declared")

    declared, free = ect.one(declared=["started eligible"]), ect.one()

    for person, status in ((declared, 422), (free, 200)):
        assert ect.change(person, "change-schedule", schedule_identifier="ecf-extended-september").status == status


def test_declarations_get_the_new_delivery_partner(ect: Any) -> None:
    ect.broken_by("ect-declarations-follow-the-partnership")
    person = ect.one(cohort="2025")
    declared = ect.new_declaration(person, "started", "2025-10-01").data
    enrolment = ect.shown(person)
    partnership = next(
        each["id"]
        for each in ect.all_of("partnerships", **{"filter[cohort]": "2025"})
        if each["attributes"]["urn"] == enrolment["school_urn"]
        and each["attributes"]["delivery_partner_id"] == enrolment["delivery_partner_id"]
    )
    another = next(
        each["id"]
        for each in ect.all_of("delivery-partners", **{"filter[cohort]": "2025"})
        if each["id"] != enrolment["delivery_partner_id"]
    )

    ect.put(f"partnerships/{partnership}", delivery_partner_id=another)

    shown = ect.get(f"participant-declarations/{declared['id']}").data
    assert shown["attributes"]["delivery_partner_id"] == another

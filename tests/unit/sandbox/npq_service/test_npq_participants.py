"""Participants of the NPQ service: ids that changed, actions, and schedules."""

from __future__ import annotations

from typing import Any

import pytest

COURSE = "npq-headship"


def renumbered(npq: Any) -> tuple[str, str]:
    """Return a former id of a participant and the present one."""
    changed = next(each for each in npq.listed("participants/npq") if each["attributes"]["participant_id_changes"])
    return changed["attributes"]["participant_id_changes"][0]["from_participant_id"], changed["id"]


@pytest.mark.parametrize("path", ["participants/npq/{}", "participants/npq/{}/outcomes"])
def test_former_id_is_gone(npq: Any, path: str) -> None:
    former, present = renumbered(npq)

    reply = npq.get(path.format(former))

    error = reply.json["errors"][0]
    assert reply.status == 410
    assert error["title"] == "Participant ID has been changed"
    assert former in error["detail"]
    assert present in error["detail"]
    assert (
        error["participant_id_changes"]
        == npq.get(f"participants/npq/{present}").data["attributes"]["participant_id_changes"]
    )


def test_former_id_of_anothers_participant_is_unknown(npq: Any) -> None:
    former, _ = renumbered(npq.as_other())

    assert npq.get(f"participants/npq/{former}").status == 404


def test_former_id_finds_participant_in_the_list(npq: Any) -> None:
    former, present = renumbered(npq)

    found = npq.listed("participants/npq", **{"filter[from_participant_id]": former})

    assert [each["id"] for each in found] == [present]


@pytest.mark.parametrize("event", ["defer", "resume", "withdraw", "change-schedule"])
def test_action_on_unknown_participant_is_not_found(npq: Any, event: str) -> None:
    former, _ = renumbered(npq)
    theirs = npq.as_other().undeclared()[0]
    attributes = {"course_identifier": COURSE, "reason": "other", "schedule_identifier": "npq-leadership-spring"}

    for participant in (former, theirs, "x"):
        assert npq.act(participant, event, programme="npq", **attributes).status == 404


@pytest.mark.parametrize("event", ["defer", "resume", "withdraw", "change-schedule"])
def test_action_needs_attributes_and_an_accepted_course(npq: Any, event: str) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE)
    attributes = {"course_identifier": "npq-senco", "reason": "other", "schedule_identifier": "npq-leadership-spring"}

    assert npq.act(participant, event, programme="npq").status == 400
    reply = npq.act(participant, event, programme="npq", **attributes)
    assert (reply.status, npq.titles(reply)) == (422, ["participant_id"])


@pytest.mark.parametrize("event", ["defer", "withdraw"])
def test_participant_leaves_after_a_started_declaration(npq: Any, event: str) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2025", cohort_suffix="b", funded_place=True)
    attributes = {"course_identifier": COURSE, "reason": "other"}

    refused = npq.act(participant, event, programme="npq", **attributes)
    assert (refused.status, npq.titles(refused)) == (422, ["participant_id"])
    assert npq.started(participant, delivery_partner_id=npq.partner()).status == 200
    done = npq.act(participant, event, programme="npq", **attributes)

    enrolment = done.data["attributes"]["npq_enrolments"][0]
    field = "deferral" if event == "defer" else "withdrawal"
    assert enrolment[field] == {"reason": "other", "date": "2026-11-29T12:00:00Z"}
    again = npq.act(participant, event, programme="npq", **attributes)
    assert (again.status, npq.titles(again)) == (422, ["participant_id"])
    resumed = npq.act(participant, "resume", programme="npq", course_identifier=COURSE)
    assert resumed.data["attributes"]["npq_enrolments"][0][field] is None


@pytest.mark.parametrize("reason", ["assessment-requirements-not-met", "non-payment-of-invoice", "career-break", ""])
def test_reasons_of_withdrawal(npq: Any, reason: str) -> None:
    declared = npq.declarations(state="eligible", declaration_type="started", course_identifier=COURSE)
    participant = next(
        each["id"]
        for each, enrolment in npq.trainings(training_status="active", course_identifier=COURSE)
        if each["id"] in {declaration["attributes"]["participant_id"] for declaration in declared}
    )

    reply = npq.act(participant, "withdraw", programme="npq", course_identifier=COURSE, reason=reason)

    assert reply.status == (200 if reason in ("assessment-requirements-not-met", "non-payment-of-invoice") else 422)
    if reply.status == 422:
        assert set(npq.titles(reply)) == {"reason"}


def move(npq: Any, participant: str, schedule: str, course: str = COURSE, **attributes: Any) -> Any:
    return npq.act(
        participant,
        "change-schedule",
        programme="npq",
        course_identifier=course,
        schedule_identifier=schedule,
        **attributes,
    )


def test_latest_cohort_of_the_year_with_the_schedule_is_taken(npq: Any) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2024", funded_place=True)

    moved = move(npq, participant, "npq-leadership-autumn", cohort="2025")

    enrolment = moved.data["attributes"]["npq_enrolments"][0]
    assert (enrolment["cohort"], enrolment["cohort_suffix"], enrolment["funded_place"]) == ("2025", "b", True)


@pytest.mark.parametrize(
    ("schedule", "cohort"),
    [("", None), ("npq-nothing", None), ("npq-aso-june", "2023"), ("npq-leadership-autumn", "1999"),
     ("npq-leadership-autumn", "2026b"), ("npq-leadership-autumn", "x")],
)  # fmt: skip
def test_schedule_must_exist_in_the_year(npq: Any, schedule: str, cohort: str | None) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2025", funded_place=True)

    reply = move(npq, participant, schedule, **({} if cohort is None else {"cohort": cohort}))

    assert (reply.status, npq.titles(reply)) == (422, ["schedule_identifier"])


def test_present_schedule_and_schedule_of_another_course_are_refused(npq: Any) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2025", cohort_suffix="b")

    for schedule in ("npq-leadership-autumn", "npq-specialist-spring"):
        reply = move(npq, participant, schedule)
        assert (reply.status, npq.titles(reply)) == (422, ["schedule_identifier"])
    assert move(npq, participant, "npq-leadership-spring").status == 200


@pytest.mark.parametrize(
    ("own", "cohort", "suffix", "funded_place"),
    [("2023", "2024", "a", True), ("2025", "2026", "b", True)],
)
def test_participant_moves_to_a_capped_cohort(npq: Any, own: str, cohort: str, suffix: str, funded_place: bool) -> None:
    participant, enrolment = npq.undeclared(
        cohort=own, eligible_for_funding=True, schedule_identifier="npq-leadership-autumn"
    )

    moved = move(npq, participant, "npq-leadership-autumn", enrolment["course_identifier"], cohort=cohort)

    enrolment = moved.data["attributes"]["npq_enrolments"][0]
    assert (enrolment["cohort_suffix"], enrolment["funded_place"]) == (suffix, funded_place)


def test_move_to_unfunded_cohort_takes_the_funded_place(npq: Any) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2025", cohort_suffix="b", funded_place=True)

    moved = move(npq, participant, "npq-leadership-spring", cohort="2026")

    enrolment = moved.data["attributes"]["npq_enrolments"][0]
    assert (enrolment["cohort_suffix"], enrolment["funded_place"]) == ("a", False)


@pytest.mark.parametrize(
    ("own", "suffix", "cohort"), [("2024", "a", "2023"), ("2026", "a", "2025"), ("2026", "a", "2023")]
)
def test_funding_of_cohorts_forbids_moves(npq: Any, own: str, suffix: str, cohort: str) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort=own, cohort_suffix=suffix)

    reply = move(npq, participant, "npq-leadership-autumn", cohort=cohort)

    assert (reply.status, npq.titles(reply)) == (422, ["cohort"])


def test_cohort_without_contract_is_refused(npq: Any) -> None:
    participant, _ = npq.undeclared(course_identifier="npq-headship", cohort="2024", funded_place=True)
    npq.sandbox.store.connection.exec_driver_sql("DELETE FROM contracts WHERE cohort = 2025")

    reply = move(npq, participant, "npq-leadership-autumn", cohort="2025")

    assert (reply.status, npq.titles(reply)) == (422, ["cohort"])


def test_declared_participant_keeps_cohort_until_voided(npq: Any) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2025", cohort_suffix="b", funded_place=True)
    declared = npq.started(participant, delivery_partner_id=npq.partner(), declaration_date="2026-10-10T10:00:00Z")

    refused = move(npq, participant, "npq-leadership-autumn", cohort="2026")
    assert (refused.status, npq.titles(refused)) == (422, ["cohort"])
    assert npq.void(declared.data["id"]).status == 200
    assert move(npq, participant, "npq-leadership-autumn", cohort="2026").status == 200


def test_schedule_that_opens_after_a_declaration_is_refused(npq: Any) -> None:
    participant, _ = npq.undeclared(course_identifier=COURSE, cohort="2025", cohort_suffix="b", funded_place=True)
    npq.started(participant, delivery_partner_id=npq.partner(), declaration_date="2025-10-10T10:00:00Z")

    reply = move(npq, participant, "npq-leadership-spring")

    assert (reply.status, npq.titles(reply)) == (422, ["schedule_identifier"])


def test_withdrawn_participant_keeps_schedule(npq: Any) -> None:
    participant, _ = npq.trainings(training_status="withdrawn", cohort="2025")[0]

    reply = move(npq, participant["id"], "npq-leadership-spring")

    assert (reply.status, npq.titles(reply)[0]) == (422, "participant_id")

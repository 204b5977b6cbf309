"""Applications of the NPQ service: accepting, rejecting and funded places."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.npq_service.usual_schedules import usual_schedule


def pending(npq: Any, cohort: str = "2025", suffix: str = "b", course: str = "npq-headship", **wanted: Any) -> Any:
    """Return a pending application, the only one of its applicant."""
    everything = npq.applications()
    people = [each["attributes"]["participant_id"] for each in everything]
    wanted = {
        "status": "pending",
        "cohort": cohort,
        "cohort_suffix": suffix,
        "course_identifier": course,
        "eligible_for_funding": True,
    } | wanted
    return next(each for each in npq.applications(**wanted) if people.count(each["attributes"]["participant_id"]) == 1)


def accept(npq: Any, application: Any, **attributes: Any) -> Any:
    path = f"npq-applications/{application['id']}/accept"
    return npq.post(path, **attributes) if attributes else npq.send("POST", f"/api/v3/{path}")


def reject(npq: Any, application: Any) -> Any:
    return npq.send("POST", f"/api/v3/npq-applications/{application['id']}/reject")


def test_accepted_applicant_becomes_participant(npq: Any) -> None:
    application = pending(npq)
    person = application["attributes"]["participant_id"]
    assert npq.get(f"participants/npq/{person}").status == 404

    accepted = accept(npq, application, funded_place=True)

    shown = accepted.data["attributes"]
    assert (shown["status"], shown["funded_place"], shown["schedule_identifier"]) == (
        "accepted", True, "npq-leadership-autumn"
    )  # fmt: skip
    enrolment = npq.get(f"participants/npq/{person}").data["attributes"]["npq_enrolments"][0]
    assert (enrolment["cohort"], enrolment["cohort_suffix"], enrolment["funded_place"]) == ("2025", "b", True)


@pytest.mark.parametrize("attributes", [{}, {"schedule_identifier": "npq-leadership-autumn"}, {"funded_place": "x"}])
def test_capped_cohort_needs_funded_place(npq: Any, attributes: Any) -> None:
    reply = accept(npq, pending(npq), **attributes)

    assert (reply.status, list(reply.errors)) == (422, ["funded_place"])


def test_uncapped_cohort_has_no_funded_place(npq: Any) -> None:
    accepted = accept(npq, pending(npq, "2023", "a", "npq-senior-leadership"), funded_place=True)

    assert accepted.data["attributes"]["funded_place"] is None


@pytest.mark.parametrize("attributes", [{}, {"funded_place": True}])
def test_unfunded_cohort_takes_no_funded_place(npq: Any, attributes: Any) -> None:
    application = pending(npq, "2026", "a")

    assert list(accept(npq, application, **attributes).errors) == ["funded_place"]
    assert accept(npq, application, funded_place=False).data["attributes"]["funded_place"] is False


@pytest.mark.parametrize("body", [{"data": {"attributes": {}}}, {"data": {"attributes": {"colour": 1}}}, {"data": []}])
def test_body_of_acceptance_without_known_attributes_is_refused(npq: Any, body: Any) -> None:
    application = pending(npq)

    reply = npq.send("POST", f"/api/v3/npq-applications/{application['id']}/accept", body=body)

    assert (reply.status, list(reply.errors)) == (400, ["Bad request"])


def test_schedule_must_be_of_cohort_and_course(npq: Any) -> None:
    application = pending(npq, "2024", "a")

    for schedule in ("npq-nothing", "npq-leadership-spring", "npq-specialist-autumn"):
        reply = accept(npq, application, funded_place=True, schedule_identifier=schedule)
        assert (reply.status, list(reply.errors)) == (422, ["schedule_identifier"])


def test_cohort_without_schedule_for_the_course_is_refused(npq: Any) -> None:
    application = pending(npq, "2026", "a", "npq-early-headship-coaching-offer")

    reply = accept(npq, application, funded_place=False)

    assert (reply.status, list(reply.errors)) == (422, ["schedule"])


def test_not_eligible_applicant_gets_no_funded_place(npq: Any) -> None:
    application = pending(npq, eligible_for_funding=False)

    assert list(accept(npq, application, funded_place=True).errors) == ["application"]
    assert accept(npq, application, funded_place=False).status == 200


def two_applications(npq: Any, course: str, cohort: str) -> Any:
    """Return a pending application by a person with an accepted one for the course."""
    accepted = {each["attributes"]["participant_id"] for each in npq.applications(status="accepted")}
    return next(
        each
        for each in npq.applications(status="pending", course_identifier=course, cohort=cohort)
        if each["attributes"]["participant_id"] in accepted
    )


def test_course_is_accepted_once_in_a_cohort(npq: Any) -> None:
    reply = accept(npq, two_applications(npq, "npq-leading-teaching", "2024"), funded_place=False)

    assert (reply.status, list(reply.errors)) == (422, ["application"])


def test_course_is_accepted_again_in_another_cohort(npq: Any) -> None:
    assert accept(npq, two_applications(npq, "npq-headship", "2025"), funded_place=False).status == 200


def test_withdrawn_application_does_not_block_the_course(npq: Any) -> None:
    second = two_applications(npq, "npq-leading-teaching", "2024")
    person = second["attributes"]["participant_id"]
    started = npq.started(person, "npq-leading-teaching", delivery_partner_id=npq.partner(2024))
    assert started.status == 200
    withdrawn = npq.act(person, "withdraw", programme="npq", reason="other", course_identifier="npq-leading-teaching")
    assert withdrawn.status == 200

    assert accept(npq, second, funded_place=False).status == 200


def test_rival_with_another_provider_is_rejected_with_a_reason(npq: Any) -> None:
    other = npq.as_other()
    mine = npq.applications(status="pending", course_identifier="npq-leading-teaching", cohort="2025")
    theirs = {each["attributes"]["participant_id"]: each for each in other.applications(status="pending")}
    application = next(each for each in mine if each["attributes"]["participant_id"] in theirs)

    assert accept(npq, application, funded_place=True).status == 200

    rival = theirs[application["attributes"]["participant_id"]]
    shown = other.get(f"npq-applications/{rival['id']}").data["attributes"]
    assert (shown["status"], shown["reason_for_rejection"]) == ("rejected", "other_application_in_this_cohort_accepted")


def test_accepted_application_can_be_rejected(npq: Any) -> None:
    application = pending(npq)
    accept(npq, application, funded_place=True)

    rejected = reject(npq, application)

    shown = rejected.data["attributes"]
    assert (shown["status"], shown["reason_for_rejection"]) == ("rejected", "rejected_by_provider")
    assert npq.get(f"participants/npq/{shown['participant_id']}").status == 404
    assert list(reject(npq, application).errors) == ["application"]
    assert list(accept(npq, application, funded_place=True).errors) == ["application"]


@pytest.mark.parametrize("state", ["submitted", "eligible", "payable", "paid"])
def test_application_with_live_declaration_is_not_rejected(npq: Any, state: str) -> None:
    declared = npq.declarations(state=state, lead_provider_name="Ambition Sandbox")
    own = {each["id"] for each in npq.applications(status="accepted")}
    application_id = next(
        each["attributes"]["application_id"] for each in declared if each["attributes"]["application_id"] in own
    )

    reply = reject(npq, {"id": application_id})

    assert (reply.status, list(reply.errors)) == (422, ["application"])


def change_place(npq: Any, application_id: str, **attributes: Any) -> Any:
    return npq.put(f"npq-applications/{application_id}/change-funded-place", **attributes)


def test_funded_place_changes_both_ways(npq: Any) -> None:
    _, enrolment = npq.undeclared(cohort="2024", funded_place=True)
    application_id = enrolment["npq_application_id"]

    for place in (False, True):
        assert change_place(npq, application_id, funded_place=place).data["attributes"]["funded_place"] is place
    assert list(change_place(npq, application_id, funded_place="false").errors) == ["funded_place"]
    assert list(change_place(npq, application_id).errors) == ["funded_place"]


@pytest.mark.parametrize("place", [True, False])
def test_funded_place_is_kept_while_declared(npq: Any, place: bool) -> None:
    participant, enrolment = npq.undeclared(cohort="2025", cohort_suffix="b", course_identifier="npq-headship",
                                            funded_place=True)  # fmt: skip
    npq.started(participant, delivery_partner_id=npq.partner())

    reply = change_place(npq, enrolment["npq_application_id"], funded_place=place)

    assert (reply.status, list(reply.errors)) == (422, ["application"])


def test_funded_place_needs_capped_cohort_acceptance_and_eligibility(npq: Any) -> None:
    _, uncapped = npq.undeclared(cohort="2023", eligible_for_funding=True)
    _, not_eligible = npq.undeclared(cohort="2025", eligible_for_funding=False, cohort_suffix="b")
    refused = [
        change_place(npq, uncapped["npq_application_id"], funded_place=False),
        change_place(npq, not_eligible["npq_application_id"], funded_place=True),
        change_place(npq, pending(npq)["id"], funded_place=False),
    ]

    assert [(each.status, list(each.errors)) for each in refused] == [(422, ["application"])] * 3


def test_anothers_application_is_unknown(npq: Any) -> None:
    theirs = npq.as_other().listed("npq-applications")[0]

    assert accept(npq, theirs, funded_place=True).status == 404
    assert reject(npq, theirs).status == 404
    assert npq.get(f"npq-applications/{theirs['id']}").status == 404


@pytest.mark.parametrize(
    ("course", "cohort", "suffix", "today", "schedule"),
    [
        ("npq-headship", 2024, "a", "2026-01-10", "npq-leadership-autumn"),
        ("npq-headship", 2025, "a", "2025-06-06", "npq-leadership-spring"),
        ("npq-headship", 2025, "b", "2026-04-30", "npq-leadership-autumn"),
        ("npq-headship", 2025, "b", "2027-01-10", "npq-leadership-spring"),
        ("npq-headship", 2023, "a", "2026-04-03", "npq-leadership-autumn"),
        ("npq-headship", 2023, "a", "2026-04-02", "npq-leadership-spring"),
        ("npq-leading-teaching", 2026, "a", "2026-11-29", "npq-specialist-spring"),
        ("npq-leading-teaching", 2026, "b", "2027-01-10", "npq-specialist-autumn"),
        ("npq-early-headship-coaching-offer", 2025, "b", "2025-11-30", "npq-ehco-november"),
        ("npq-early-headship-coaching-offer", 2025, "b", "2026-02-28", "npq-ehco-december"),
        ("npq-early-headship-coaching-offer", 2025, "b", "2026-05-31", "npq-ehco-march"),
        ("npq-early-headship-coaching-offer", 2025, "b", "2026-11-29", "npq-ehco-june"),
        ("npq-additional-support-offer", 2021, "a", "2026-11-29", "npq-aso-december"),
        ("npq-additional-support-offer", 2024, "a", "2026-11-29", None),
    ],
)
def test_usual_schedule(course: str, cohort: int, suffix: str, today: str, schedule: str | None) -> None:
    assert usual_schedule(Calendar.load("2026-08"), course, cohort, suffix, today) == schedule

"""Changing schedules and cohorts."""

from __future__ import annotations

from typing import Any

import pytest

ECF = {"course_identifier": "ecf-induction"}
INVALIDATES = {
    "schedule_identifier": "Changing schedule would invalidate existing declarations. Please void them first."
}
COHORT = {"cohort": "You cannot change the '#/cohort' field"}


def change(api: Any, participant_id: str, programme: str = "ecf", **attributes: Any) -> Any:
    return api.act(participant_id, "change-schedule", programme=programme, **attributes)


def test_schedule_changes_within_the_cohort(api: Any) -> None:
    ect = api.untouched()

    changed = change(api, ect["id"], schedule_identifier="ecf-standard-january", **ECF)

    assert changed.status == 200
    enrolment = api.enrolment(ect["id"])
    assert (enrolment["schedule_identifier"], enrolment["cohort"]) == ("ecf-standard-january", "2023")


def test_change_of_cohort_changes_partnership(api: Any) -> None:
    ect = api.untouched()

    changed = change(api, ect["id"], schedule_identifier="ecf-standard-september", cohort="2024", **ECF)

    assert changed.status == 200
    enrolment = api.enrolment(ect["id"])
    partnership = next(
        each["attributes"]
        for each in api.get("partnerships/ecf", {"filter[cohort]": "2024", "page[per_page]": 100}).data
        if each["attributes"]["urn"] == enrolment["school_urn"]
    )
    assert enrolment["cohort"] == "2024"
    assert enrolment["delivery_partner_id"] == partnership["delivery_partner_id"]


@pytest.mark.parametrize(
    ("attributes", "errors"),
    [
        (
            {},
            {
                "schedule_identifier": "The property '#/schedule_identifier' must be present and correspond to a "
                "valid schedule"
            },
        ),
        (
            {"schedule_identifier": "ecf-standard-september"},
            {"schedule_identifier": "Selected schedule is already on the profile"},
        ),
        (
            {"schedule_identifier": "ecf-replacement-april"},
            {"schedule_identifier": "Selected schedule is not valid for the course"},
        ),
        (
            {"schedule_identifier": "npq-leadership-spring"},
            {"schedule_identifier": "Selected schedule is not valid for the course"},
        ),
        ({"schedule_identifier": "nonsense"}, {"Invalid action": "Validation failed: Schedule must exist"}),
        (
            {"schedule_identifier": "ecf-standard-september", "cohort": "banana"},
            {
                "cohort": "You cannot change a participant to this cohort as you do not have a partnership with the "
                "school for the cohort. Contact the DfE for assistance."
            },
        ),
    ],
)
def test_invalid_schedule_change_is_refused(api: Any, attributes: dict[str, Any], errors: dict[str, str]) -> None:
    ect = api.untouched()

    refused = change(api, ect["id"], **ECF, **attributes)

    assert (refused.status, refused.errors) == (422, errors)
    assert api.enrolment(ect["id"]) == ect["attributes"]["ecf_enrolments"][0]


def test_missing_course_and_schedule_are_reported_together(api: Any) -> None:
    refused = change(api, api.untouched()["id"], schedule_identifier="ecf-standard-january")

    assert list(refused.errors) == ["course_identifier", "schedule_identifier"]


def test_mentor_can_use_replacement_schedule(api: Any) -> None:
    mentor = api.untouched(participant_type="mentor")

    changed = change(api, mentor["id"], course_identifier="ecf-mentor", schedule_identifier="ecf-replacement-september")

    assert changed.status == 200


def test_declaration_outside_new_windows_blocks_until_voided(api: Any) -> None:
    ect = api.untouched()
    declared = api.start(ect).data["id"]
    wanted = {"schedule_identifier": "ecf-standard-april", **ECF}

    refused = change(api, ect["id"], **wanted)
    api.void(declared)
    accepted = change(api, ect["id"], **wanted)

    assert refused.errors == INVALIDATES
    assert accepted.status == 200


def test_live_declaration_blocks_change_of_cohort(api: Any) -> None:
    ect = api.untouched()
    api.start(ect, declaration_date="2023-09-01T10:00:00Z")

    refused = change(api, ect["id"], schedule_identifier="ecf-extended-september", cohort="2024", **ECF)

    assert refused.errors["cohort"] == COHORT["cohort"]


def test_deferred_can_change_schedule_but_withdrawn_cannot(api: Any) -> None:
    withdrawn = api.participants(training_status="withdrawn", participant_type="ect")[0]
    deferred = api.participants(training_status="deferred")[0]
    wanted = {"schedule_identifier": "ecf-extended-september", **ECF}

    refused = change(api, withdrawn["id"], **wanted)
    api.declarations(participant_id=deferred["id"])
    accepted = change(api, deferred["id"], **wanted)

    assert refused.errors["participant_id"] == "Cannot perform actions on a withdrawn participant"
    assert accepted.status in (200, 422)
    assert api.enrolment(deferred["id"])["training_status"] == "deferred"


def test_participant_leaves_frozen_cohort_and_returns(api: Any) -> None:
    busy = {each["attributes"]["participant_id"] for each in api.declarations()}
    frozen = next(each for each in api.participants(cohort="2021") if each["id"] in busy)
    there = {"schedule_identifier": "ecf-extended-september", "cohort": "2024", **ECF}
    back = {"schedule_identifier": "ecf-standard-september", "cohort": "2021", **ECF}

    moved = change(api, frozen["id"], **there)
    in_2024 = api.enrolment(frozen["id"])
    returned = change(api, frozen["id"], **back)
    in_2021 = api.enrolment(frozen["id"])

    assert (moved.status, returned.status) == (200, 200)
    assert (in_2024["cohort"], in_2024["cohort_changed_after_payments_frozen"]) == ("2024", True)
    assert (in_2021["cohort"], in_2021["cohort_changed_after_payments_frozen"]) == ("2021", False)


def test_frozen_cohort_can_move_to_2024_only(api: Any) -> None:
    busy = {each["attributes"]["participant_id"] for each in api.declarations()}
    frozen = next(each for each in api.participants(cohort="2021") if each["id"] in busy)

    refused = change(api, frozen["id"], schedule_identifier="ecf-extended-september", cohort="2023", **ECF)

    assert refused.errors["cohort"] == COHORT["cohort"]


def npq(api: Any, course: str, cohort: str) -> dict[str, Any]:
    busy = {each["attributes"]["participant_id"] for each in api.declarations()}
    return next(
        each
        for each in api.get("participants/npq", {"page[per_page]": 3000}).data
        if each["id"] not in busy
        and (
            each["attributes"]["npq_enrolments"][0]["course_identifier"],
            each["attributes"]["npq_enrolments"][0]["cohort"],
        )
        == (course, cohort)
    )


def test_npq_schedule_must_fit_the_course(api: Any) -> None:
    person = npq(api, "npq-senior-leadership", "2023")
    named = {"course_identifier": "npq-senior-leadership"}

    changed = change(api, person["id"], "npq", schedule_identifier="npq-leadership-spring", **named)
    wrong = change(api, person["id"], "npq", schedule_identifier="npq-specialist-spring", **named)

    assert changed.data["attributes"]["npq_enrolments"][0]["schedule_identifier"] == "npq-leadership-spring"
    assert wrong.errors == {"schedule_identifier": "Selected schedule is not valid for the course"}


def test_npq_can_move_into_capped_cohort_but_not_out(api: Any) -> None:
    uncapped, capped = npq(api, "npq-senior-leadership", "2023"), npq(api, "npq-headship", "2024")
    autumn = {"schedule_identifier": "npq-leadership-autumn"}

    moved = change(api, uncapped["id"], "npq", course_identifier="npq-senior-leadership", cohort="2024", **autumn)
    refused = change(api, capped["id"], "npq", course_identifier="npq-headship", cohort="2023", **autumn)

    enrolment = moved.data["attributes"]["npq_enrolments"][0]
    application = api.get(f"npq-applications/{enrolment['npq_application_id']}").data["attributes"]
    assert (enrolment["cohort"], enrolment["funded_place"], application["cohort"]) == ("2024", True, "2024")
    assert refused.errors == COHORT


def test_npq_change_of_cohort_requires_contract(api: Any) -> None:
    person = npq(api, "npq-senior-leadership", "2023")

    refused = change(
        api,
        person["id"],
        "npq",
        course_identifier="npq-senior-leadership",
        schedule_identifier="npq-leadership-autumn",
        cohort="2030",
    )

    assert refused.errors == {
        "cohort": "You cannot change a participant to this cohort as you do not have a contract for the cohort and "
        "course. Contact the DfE for assistance."
    }

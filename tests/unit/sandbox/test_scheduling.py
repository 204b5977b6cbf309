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


def test_another_schedule_of_the_same_cohort(api: Any) -> None:
    ect = api.untouched()

    changed = change(api, ect["id"], schedule_identifier="ecf-standard-january", **ECF)

    assert changed.status == 200
    enrolment = api.enrolment(ect["id"])
    assert (enrolment["schedule_identifier"], enrolment["cohort"]) == ("ecf-standard-january", "2023")


def test_another_cohort_moves_the_partnership_with_it(api: Any) -> None:
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
def test_what_is_refused(api: Any, attributes: dict[str, Any], errors: dict[str, str]) -> None:
    ect = api.untouched()

    refused = change(api, ect["id"], **ECF, **attributes)

    assert (refused.status, refused.errors) == (422, errors)
    assert api.enrolment(ect["id"]) == ect["attributes"]["ecf_enrolments"][0]


def test_a_missing_course_is_told_together_with_the_schedule(api: Any) -> None:
    refused = change(api, api.untouched()["id"], schedule_identifier="ecf-standard-january")

    assert list(refused.errors) == ["course_identifier", "schedule_identifier"]


def test_a_mentor_can_replace_another(api: Any) -> None:
    mentor = api.untouched(participant_type="mentor")

    changed = change(api, mentor["id"], course_identifier="ecf-mentor", schedule_identifier="ecf-replacement-september")

    assert changed.status == 200


def test_declarations_outside_the_new_windows_block_until_they_are_void(api: Any) -> None:
    ect = api.untouched()
    declared = api.start(ect).data["id"]
    wanted = {"schedule_identifier": "ecf-standard-april", **ECF}

    refused = change(api, ect["id"], **wanted)
    api.void(declared)
    accepted = change(api, ect["id"], **wanted)

    assert refused.errors == INVALIDATES
    assert accepted.status == 200


def test_live_declarations_hold_the_cohort(api: Any) -> None:
    ect = api.untouched()
    api.start(ect, declaration_date="2023-09-01T10:00:00Z")

    refused = change(api, ect["id"], schedule_identifier="ecf-extended-september", cohort="2024", **ECF)

    assert refused.errors["cohort"] == COHORT["cohort"]


def test_the_withdrawn_stay_as_they_are_and_the_deferred_need_not(api: Any) -> None:
    withdrawn = api.participants(training_status="withdrawn", participant_type="ect")[0]
    deferred = api.participants(training_status="deferred")[0]
    wanted = {"schedule_identifier": "ecf-extended-september", **ECF}

    refused = change(api, withdrawn["id"], **wanted)
    api.declarations(participant_id=deferred["id"])
    accepted = change(api, deferred["id"], **wanted)

    assert refused.errors["participant_id"] == "Cannot perform actions on a withdrawn participant"
    assert accepted.status in (200, 422)
    assert api.enrolment(deferred["id"])["training_status"] == "deferred"


def test_out_of_a_frozen_cohort_and_back(api: Any) -> None:
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


def test_only_2024_takes_people_from_a_frozen_cohort(api: Any) -> None:
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


def test_npq_schedules_change_within_the_family(api: Any) -> None:
    person = npq(api, "npq-senior-leadership", "2023")
    named = {"course_identifier": "npq-senior-leadership"}

    changed = change(api, person["id"], "npq", schedule_identifier="npq-leadership-spring", **named)
    wrong = change(api, person["id"], "npq", schedule_identifier="npq-specialist-spring", **named)

    assert changed.data["attributes"]["npq_enrolments"][0]["schedule_identifier"] == "npq-leadership-spring"
    assert wrong.errors == {"schedule_identifier": "Selected schedule is not valid for the course"}


def test_npq_moves_into_a_cohort_with_capped_places_but_not_out_of_one(api: Any) -> None:
    uncapped, capped = npq(api, "npq-senior-leadership", "2023"), npq(api, "npq-headship", "2024")
    autumn = {"schedule_identifier": "npq-leadership-autumn"}

    moved = change(api, uncapped["id"], "npq", course_identifier="npq-senior-leadership", cohort="2024", **autumn)
    refused = change(api, capped["id"], "npq", course_identifier="npq-headship", cohort="2023", **autumn)

    enrolment = moved.data["attributes"]["npq_enrolments"][0]
    application = api.get(f"npq-applications/{enrolment['npq_application_id']}").data["attributes"]
    assert (enrolment["cohort"], enrolment["funded_place"], application["cohort"]) == ("2024", True, "2024")
    assert refused.errors == COHORT


def test_npq_needs_a_contract_in_the_other_cohort(api: Any) -> None:
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

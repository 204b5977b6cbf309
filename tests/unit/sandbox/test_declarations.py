"""Posting declarations: accepted and refused requests, messages and effects."""

from __future__ import annotations

from typing import Any

import pytest

PARTICIPANT = (
    "Your update cannot be made as the '#/participant_id' is not recognised. Check participant details and try again."
)
COURSE = "The entered '#/course_identifier' is not recognised for the given participant. Check details and try again."
ALREADY = "A declaration has already been submitted that will be, or has been, paid for this event"
AVAILABLE = "Enter an available '#/evidence_held' type for this participant's event and course."
RETAINED = {"declaration_type": "retained-1", "declaration_date": "2024-02-01T10:00:00Z"}
SCHEDULE = "The property '#/declaration_type' does not exist for this schedule."


def test_post_returns_200_with_all_fields(api: Any) -> None:
    ect = api.untouched()

    declared = api.start(ect)

    assert declared.status == 200
    shown = declared.data["attributes"]
    assert list(shown) == [
        "participant_id",
        "declaration_type",
        "course_identifier",
        "declaration_date",
        "mentor_id",
        "state",
        "updated_at",
        "created_at",
        "delivery_partner_id",
        "statement_id",
        "clawback_statement_id",
        "ineligible_for_funding_reason",
        "uplift_paid",
        "evidence_held",
        "has_passed",
        "lead_provider_name",
    ]
    assert shown["participant_id"] == ect["id"]
    assert shown["state"] == "eligible"
    assert shown["created_at"] == shown["updated_at"] == "2025-01-15T12:00:00Z"
    assert shown["delivery_partner_id"] == ect["attributes"]["ecf_enrolments"][0]["delivery_partner_id"]


def test_eligible_declaration_gets_next_statement_of_cohort(api: Any) -> None:
    declared = api.start(api.untouched()).data["attributes"]

    statement = api.get(f"statements/{declared['statement_id']}").data["attributes"]
    assert (statement["cohort"], statement["type"], statement["cut_off_date"]) == ("2023", "ecf", "2025-01-31")


def test_unknown_eligibility_gives_submitted_without_statement(api: Any) -> None:
    declared = api.start(api.untouched(cohort="2024", eligible_for_funding=None)).data["attributes"]

    assert (declared["state"], declared["statement_id"]) == ("submitted", None)


def test_exact_copy_returns_first_response(api: Any) -> None:
    ect = api.untouched()

    first, second = api.start(ect), api.start(ect)

    assert (second.status, second.content) == (200, first.content)
    assert len(api.declarations(participant_id=ect["id"])) == 1


def test_same_event_on_another_date_is_refused(api: Any) -> None:
    ect = api.untouched()
    api.start(ect)

    refused = api.start(ect, declaration_date="2023-06-02T10:00:00Z")

    assert (refused.status, refused.errors) == (422, {"base": ALREADY})


def test_voided_declaration_allows_another(api: Any) -> None:
    ect = api.untouched()
    first = api.start(ect).data["id"]
    api.void(first)

    second = api.start(ect)

    assert second.status == 200
    assert second.data["id"] != first


def test_same_trn_in_another_record_gives_ineligible(api: Any) -> None:
    duplicate = api.declarations(state="ineligible")[0]
    api.void(duplicate["id"])
    person = api.get(f"participants/ecf/{duplicate['attributes']['participant_id']}").data
    trn = person["attributes"]["teacher_reference_number"]
    twins = [each for each in api.participants() if each["attributes"]["teacher_reference_number"] == trn]
    assert len(twins) > 1

    declared = api.start(person).data["attributes"]

    assert (declared["state"], declared["ineligible_for_funding_reason"]) == ("ineligible", "duplicate_declaration")
    assert declared["statement_id"] is None


def test_empty_attributes_report_every_missing_field_in_order(api: Any) -> None:
    refused = api.declare()

    assert refused.status == 422
    assert refused.json["errors"] == [
        {"title": "participant_id", "detail": PARTICIPANT},
        {"title": "declaration_date", "detail": "Enter a '#/declaration_date'."},
        {"title": "declaration_type", "detail": "Enter a '#/declaration_type'."},
    ]


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"participant_id": None}, {"participant_id": PARTICIPANT}),
        ({"participant_id": "11111111-2222-4333-8444-555555555555"}, {"participant_id": PARTICIPANT}),
        ({"participant_id": ["a"]}, {"participant_id": PARTICIPANT}),
        ({"course_identifier": None}, {"course_identifier": COURSE}),
        ({"course_identifier": "ecf-mentor"}, {"course_identifier": COURSE}),
        ({"course_identifier": "npq-headship"}, {"course_identifier": COURSE}),
        ({"declaration_type": None}, {"declaration_type": f"Enter a '#/declaration_type'., {SCHEDULE}"}),
        (
            {"declaration_type": "extended-1", "evidence_held": "other"},
            {"declaration_type": SCHEDULE},
        ),
        (
            {"declaration_type": "banana", "evidence_held": "other"},
            {"evidence_held": AVAILABLE, "declaration_type": SCHEDULE},
        ),
        ({"declaration_date": None}, {"declaration_date": "Enter a '#/declaration_date'."}),
        (
            {"declaration_date": "2023-06-21 08:46:29"},
            {"declaration_date": "Enter a valid RCF3339 '#/declaration_date'."},
        ),
        (
            {"declaration_date": "2023-09-21T08:46:29"},
            {"declaration_date": "Enter a valid RCF3339 '#/declaration_date'."},
        ),
        (
            {"declaration_date": "2023-19-01T11:21:55Z"},
            {"declaration_date": "Enter a '#/declaration_date'., Enter a valid RCF3339 '#/declaration_date'."},
        ),
        (
            {"declaration_date": 20230901},
            {"declaration_date": "Enter a '#/declaration_date'., Enter a valid RCF3339 '#/declaration_date'."},
        ),
        (
            {"declaration_date": "2023-05-31T23:59:59Z"},
            {"declaration_date": "Enter a '#/declaration_date' that's on or after the milestone start."},
        ),
        (
            {"declaration_date": "2024-01-01T00:00:00Z"},
            {"declaration_date": "Enter a '#/declaration_date' that's before the milestone end date."},
        ),
        (RETAINED, {"evidence_held": f"Enter a '#/evidence_held' value for this participant., {AVAILABLE}"}),
        ({**RETAINED, "evidence_held": "nonsense"}, {"evidence_held": AVAILABLE}),
        ({**RETAINED, "evidence_held": "materials-engaged-with-offline"}, {"evidence_held": AVAILABLE}),
    ],
)
def test_invalid_declaration_is_refused(api: Any, changed: dict[str, Any], errors: dict[str, str]) -> None:
    ect = api.untouched()

    refused = api.start(ect, **changed)

    assert (refused.status, refused.errors) == (422, errors)
    assert api.declarations(participant_id=ect["id"]) == []


@pytest.mark.parametrize("day", ["2023-06-01T00:00:00Z", "2023-12-31T23:59:59Z", "2023-09-01T01:00:00.5+01:00"])
def test_first_and_last_day_of_window_are_accepted(api: Any, day: str) -> None:
    assert api.start(api.untouched(), declaration_date=day).status == 200


def test_future_date_is_refused_by_the_request_time(api: Any) -> None:
    ect = api.untouched()
    at = {"X-With-Server-Date": "2023-09-01T10:00:00Z"}
    attributes = {
        "participant_id": ect["id"],
        "declaration_type": "started",
        "course_identifier": "ecf-induction",
    }

    refused = api.declare(headers=at, declaration_date="2023-09-01T10:01:00Z", **attributes)
    accepted = api.declare(headers=at, declaration_date="2023-09-01T10:00:00Z", **attributes)

    future = "The '#/declaration_date' value cannot be a future date. Check the date and try again."
    assert refused.errors == {"declaration_date": future}
    assert accepted.data["attributes"]["created_at"] == "2023-09-01T10:00:00Z"


def test_schedule_without_windows_allows_started_only(api: Any) -> None:
    ect = api.untouched(cohort="2022", schedule_identifier="ecf-extended-september")

    early = api.start(ect, declaration_date="2022-08-31T10:00:00Z")
    late = api.start(ect, declaration_type="extended-1", declaration_date="2025-01-14T10:00:00Z", evidence_held="other")

    assert early.status == 422
    assert late.status == 200


def test_evidence_is_recorded(api: Any) -> None:
    declared = api.start(api.untouched(), **RETAINED, evidence_held="self-study-material-completed")

    assert declared.data["attributes"]["evidence_held"] == "self-study-material-completed"


def test_other_providers_participant_is_not_recognised(api: Any) -> None:
    theirs = api.as_other().untouched()

    assert api.start(theirs).errors == {"participant_id": PARTICIPANT}


def test_date_after_withdrawal_is_refused(api: Any) -> None:
    withdrawn = api.participants(training_status="withdrawn", participant_type="ect")[0]
    since = withdrawn["attributes"]["ecf_enrolments"][0]["withdrawal"]["date"]
    retained = {"declaration_type": "retained-1", "evidence_held": "other"}

    late = api.start(withdrawn, **retained, declaration_date="2024-03-30T10:00:00Z")
    early = api.start(withdrawn, **retained, declaration_date="2024-01-02T10:00:00Z")

    assert late.errors == {
        "participant_id": f"This participant withdrew from this course on {since}. "
        "Enter a '#/declaration_date' that's on or before the withdrawal date."
    }
    assert early.status == 200


def test_declaration_for_deferred_participant_is_accepted(api: Any) -> None:
    declared = {each["attributes"]["participant_id"] for each in api.declarations()}
    deferred = next(each for each in api.participants(training_status="deferred") if each["id"] not in declared)

    assert api.start(deferred).status == 200


def test_ended_contract_names_the_frozen_cohort(api: Any) -> None:
    refused = api.start(api.untouched(cohort="2021"))

    assert refused.errors == {
        "cohort": "You cannot submit or void declarations for the 2021 cohort. The funding contract for this cohort "
        "has ended. Get in touch if you need to discuss this with us"
    }


def test_new_provider_sees_earlier_declaration_and_cannot_repeat_it(api: Any) -> None:
    inherited = [
        each
        for each in api.declarations(declaration_type="started")
        if each["attributes"]["lead_provider_name"] != "Ambition Sandbox"
    ]
    person = api.get(f"participants/ecf/{inherited[0]['attributes']['participant_id']}").data

    assert inherited[0]["attributes"]["state"] == "paid"
    assert api.start(person).errors == {"base": ALREADY}
    assert api.void(inherited[0]["id"]).status == 404


def test_old_provider_does_not_see_later_declaration(api: Any) -> None:
    theirs = api.as_other()
    moved = {each["id"] for each in api.get("participants/ecf/transfers").data}
    made = theirs.declarations(lead_provider_name="Teach Well Sandbox", declaration_type="retained-1")
    new = next(each for each in made if each["attributes"]["participant_id"] in moved)

    assert api.get(f"participant-declarations/{new['id']}").status == 404


def test_completed_declaration_ends_mentor_funding_until_voided(api: Any) -> None:
    mentor = api.untouched(participant_type="mentor", cohort="2022")
    completed = {"declaration_type": "completed", "declaration_date": "2024-05-02T10:00:00Z", "evidence_held": "other"}

    declared = api.start(mentor, **completed).data["id"]
    funded = api.enrolment(mentor["id"])
    api.void(declared)
    again = api.enrolment(mentor["id"])

    assert funded["mentor_funding_end_date"] == "2024-05-02"
    assert funded["mentor_ineligible_for_funding_reason"] == "completed_declaration_received"
    assert (again["mentor_funding_end_date"], again["mentor_ineligible_for_funding_reason"]) == (None, None)


def test_former_participant_id_is_recognised(api: Any) -> None:
    merged = next(each for each in api.participants() if each["attributes"]["participant_id_changes"])
    former = merged["attributes"]["participant_id_changes"][0]["from_participant_id"]

    assert api.start(merged, participant_id=former).data["attributes"]["participant_id"] == merged["id"]

"""Faults of real services show in the situations that they are about, and in no others."""

from __future__ import annotations

from typing import Any

import pytest

LARGE = {"page[per_page]": 3000}


def ids(client: Any, path: str, **query: str) -> set[str]:
    return {each["id"] for each in client.get(path, LARGE | query).data}


def completed_after_a_move(api: Any) -> str:
    """Return the id of a participant who joined the second provider and has completed induction."""
    first = {
        each["id"]
        for each in api.get("participants/ecf", LARGE).data
        if each["attributes"]["ecf_enrolments"][0]["participant_status"] == "left"
    }
    return next(
        each["id"]
        for each in api.as_other().get("participants/ecf", LARGE).data
        if each["id"] in first and each["attributes"]["ecf_enrolments"][0]["induction_end_date"]
    )


def declared_by(client: Any, participant: str) -> set[str]:
    found = client.get("participant-declarations", {"filter[participant_id]": participant}).data
    return {each["attributes"]["lead_provider_name"] for each in found}


def test_earlier_declarations_are_shown_after_completion_unless_faulty(api: Any) -> None:
    participant = completed_after_a_move(api)
    assert declared_by(api.as_other(), participant) == {"Ambition Sandbox", "Teach Well Sandbox"}

    api.broken_by("declarations-visible-without-earlier-ones-after-completion")

    assert declared_by(api.as_other(), participant) == {"Teach Well Sandbox"}


def courses(client: Any) -> dict[str, list[str]]:
    """Return the courses of those who have several, by their id."""
    participants = client.get("participants/npq", LARGE).data
    found = {
        each["id"]: [one["course_identifier"] for one in each["attributes"]["npq_enrolments"]] for each in participants
    }
    return {person: several for person, several in found.items() if several[1:]}


def test_courses_with_another_provider_are_not_shown_unless_faulty(api: Any) -> None:
    both = ids(api, "participants/npq") & ids(api.as_other(), "participants/npq")
    assert both
    assert not both & courses(api).keys()

    with_others = courses(api.broken_by("npq-participant-shows-courses-with-other-providers"))

    assert {tuple(sorted(with_others[each])) for each in both} == {("npq-headship", "npq-senior-leadership")}


def test_cohort_filter_has_npq_declarations_unless_faulty(api: Any) -> None:
    def programmes() -> set[str]:
        found = api.get("participant-declarations", LARGE | {"filter[cohort]": "2023"}).data
        return {each["attributes"]["course_identifier"][:3] for each in found}

    assert programmes() == {"ecf", "npq"}
    api.broken_by("cohort-filter-finds-no-npq-declarations")
    assert programmes() == {"ecf"}
    assert "npq" in {
        each["attributes"]["course_identifier"][:3] for each in api.get("participant-declarations", LARGE).data
    }


def test_change_of_schedule_fails_for_strangers_with_a_cohort_only(api: Any) -> None:
    participant = api.untouched()["id"]
    body = {"course_identifier": "ecf-induction", "schedule_identifier": "ecf-extended-september"}
    stranger = api.broken_by("ecf-participants-change-schedule-fails-for-strangers-with-a-cohort").as_other()

    assert stranger.act(participant, "change-schedule", **body, cohort="2024").status == 500
    assert stranger.act(participant, "change-schedule", **body).status == 422
    assert api.act(participant, "change-schedule", **body, cohort="2023").status == 200


def test_cohorts_in_descending_order_are_all_heard_unless_faulty(api: Any) -> None:
    both = ids(api, "statements", **{"filter[cohort]": "2023,2022"})
    assert both == ids(api, "statements", **{"filter[cohort]": "2022,2023"})

    api.broken_by("statements-list-hears-one-of-cohorts-in-descending-order")

    assert ids(api, "statements", **{"filter[cohort]": "2022,2023"}) == both
    assert ids(api, "statements", **{"filter[cohort]": "2023,2022"}) < both


def test_statements_of_one_cohort_are_found_unless_faulty(api: Any) -> None:
    assert ids(api, "statements", **{"filter[cohort]": "2023"})

    api.broken_by("statements-list-finds-nothing-of-2023")

    assert ids(api, "statements", **{"filter[cohort]": "2023"}) == set()
    assert ids(api, "statements", **{"filter[cohort]": "2022"})


def test_nul_in_a_path_is_not_found_unless_faulty(api: Any) -> None:
    path = "participant-declarations/00000000-0000-4000-8000-000000000000\0"

    assert api.get(path).status == 404
    with pytest.raises(RuntimeError, match="NUL"):
        api.broken_by("nul-in-a-path-breaks-down").get(path)

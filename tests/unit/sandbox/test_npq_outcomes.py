"""Completed NPQ declarations and outcomes."""

from __future__ import annotations

from typing import Any

import pytest

COURSE = "npq-leading-teaching-development"
DATE = (
    "The '#/completion_date' is missing from your request. Please include a completion_date value and try again., "
    "The '#/completion_date' value must be in the following format: 'yyyy-mm-dd'"
)
STATE = (
    "The attribute '#/state' can only include 'passed' or 'failed' values. If you need to void an outcome, you will "
    "need to void the associated 'completed' declaration."
)
UNKNOWN = "The entered '#/course_identifier' is not recognised for the given participant. Check details and try again."


@pytest.fixture
def passed(api: Any) -> str:
    """Return a participant who has passed."""
    outcome = next(
        each for each in api.get("participants/npq/outcomes").data if each["attributes"]["state"] == "passed"
    )
    participant: str = outcome["attributes"]["participant_id"]
    return participant


def outcomes(api: Any, participant: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = api.get(f"participants/npq/{participant}/outcomes").data
    return listed


def report(api: Any, participant: str, version: str = "v3", **changed: Any) -> Any:
    attributes = {"course_identifier": COURSE, "state": "failed", "completion_date": "2024-12-01"} | changed
    return api.post(f"participants/npq/{participant}/outcomes", version=version, **attributes)


def test_new_outcome_is_added_unless_equal_to_latest(api: Any, passed: str) -> None:
    first, second = report(api, passed), report(api, passed)

    assert first.status == 200
    assert first.data["attributes"]["completion_date"] == "2024-12-01T00:00:00+00:00"
    assert second.data == first.data
    assert [each["attributes"]["state"] for each in outcomes(api, passed)] == ["passed", "failed"]


def test_outcome_updates_has_passed_of_declaration(api: Any, passed: str) -> None:
    report(api, passed)

    completed = api.declarations(participant_id=passed, declaration_type="completed")[0]
    assert completed["attributes"]["has_passed"] is False


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"completion_date": None}, {"completion_date": DATE}),
        ({"completion_date": "banana"}, {"completion_date": DATE}),
        (
            {"completion_date": "01-12-2024"},
            {"completion_date": "The '#/completion_date' value must be in the following format: 'yyyy-mm-dd'"},
        ),
        (
            {"state": None},
            {
                "state": "The '#/state' is missing from your request. Please include a 'passed' or 'failed' value and "
                f"try again., {STATE}"
            },
        ),
        ({"state": "voided"}, {"state": STATE}),
        (
            {"course_identifier": None},
            {"course_identifier": "Enter a '#/course_identifier' value for this participant."},
        ),
        ({"course_identifier": "incorrect"}, {"course_identifier": UNKNOWN}),
        ({"course_identifier": "npq-early-headship-coaching-offer"}, {"course_identifier": UNKNOWN}),
        (
            {"completion_date": "2999-01-01"},
            {
                "Invalid action": "Validation failed: Completion date The attribute '#/completion_date' cannot contain "
                "a future date. Resubmit the outcome update with a valid date."
            },
        ),
    ],
)
def test_invalid_outcome_is_refused(api: Any, passed: str, changed: dict[str, Any], errors: dict[str, str]) -> None:
    refused = report(api, passed, **changed)

    assert (refused.status, refused.errors) == (422, errors)
    assert len(outcomes(api, passed)) == 1


def test_empty_attributes_report_every_missing_field(api: Any, passed: str) -> None:
    refused = api.post(f"participants/npq/{passed}/outcomes")

    assert list(refused.errors) == ["completion_date", "course_identifier", "state"]


def test_outcome_requires_completed_declaration(api: Any, passed: str) -> None:
    completed = api.declarations(participant_id=passed, declaration_type="completed")[0]
    api.void(completed["id"])

    refused = report(api, passed)

    assert refused.errors == {
        "base": "The participant has not had a 'completed' declaration submitted for them. Therefore you cannot update "
        "their outcome."
    }


def test_void_of_declaration_voids_outcome(api: Any, passed: str) -> None:
    completed = api.declarations(participant_id=passed, declaration_type="completed")[0]

    after = api.void(completed["id"]).data["attributes"]

    assert after["has_passed"] is None
    assert [each["attributes"]["state"] for each in outcomes(api, passed)] == ["passed", "voided"]


def test_an_unknown_participant_has_no_outcomes(api: Any) -> None:
    assert outcomes(api, "11111111-2222-4333-8444-555555555555") == []
    assert report(api, "11111111-2222-4333-8444-555555555555").errors == {"course_identifier": UNKNOWN}


class TestCompleting:
    """POST of a completed NPQ declaration."""

    def complete(self, api: Any, course: str = "npq-headship", **changed: Any) -> Any:
        application = api.applications(status="accepted", cohort="2023", course_identifier=course)[0]
        attributes = {
            "participant_id": application["attributes"]["participant_id"],
            "declaration_type": "completed",
            "declaration_date": "2024-12-02T10:00:00Z",
            "course_identifier": course,
        }
        return api.declare(**(attributes | changed))

    @pytest.mark.parametrize(
        ("written", "state"), [(True, "passed"), ("true", "passed"), (False, "failed"), ("false", "failed")]
    )
    def test_it_comes_with_an_outcome(self, api: Any, written: Any, state: str) -> None:
        declared = self.complete(api, has_passed=written).data["attributes"]

        reported = outcomes(api, declared["participant_id"])[0]["attributes"]
        assert declared["has_passed"] is (state == "passed")
        assert (reported["state"], reported["completion_date"]) == (state, "2024-12-02T00:00:00+00:00")

    @pytest.mark.parametrize("written", [None, "banana", 1])
    def test_it_says_whether_the_participant_has_passed(self, api: Any, written: Any) -> None:
        refused = self.complete(api, has_passed=written)

        assert refused.errors == {
            "has_passed": "Enter 'true' or 'false' in the '#/has_passed' field to indicate whether this participant "
            "has passed or failed their course."
        }

    def test_coaching_has_no_outcome(self, api: Any) -> None:
        declared = self.complete(api, course="npq-early-headship-coaching-offer", has_passed=True)

        assert declared.data["attributes"]["has_passed"] is None
        assert outcomes(api, declared.data["attributes"]["participant_id"]) == []

    def test_a_copy_is_answered_as_the_first_time(self, api: Any) -> None:
        first, second = self.complete(api, has_passed=True), self.complete(api, has_passed=True)

        assert (second.status, second.content) == (200, first.content)

    def test_who_is_not_funded_is_submitted(self, api: Any) -> None:
        poor = api.applications(status="accepted", eligible_for_funding=False)[0]["attributes"]

        declared = api.declare(
            participant_id=poor["participant_id"],
            declaration_type="started",
            declaration_date="2024-12-02T10:00:00Z",
            course_identifier=poor["course_identifier"],
        )

        assert declared.data["attributes"]["state"] == "submitted"

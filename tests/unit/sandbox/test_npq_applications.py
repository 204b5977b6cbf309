"""NPQ applications: accepting, rejecting, funded places, and the files of versions 1 and 2."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

CONTRACT = {
    "Unprocessable request": "There’s an issue with your contract data. Contact us so we can rectify this for you"
}
SET_PLACE = {"funded_place": "Set '#/funded_place' to true or false."}


def pending(api: Any, cohort: str = "2023", course: str = "npq-senior-leadership", **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.applications(status="pending", cohort=cohort, course_identifier=course, **wanted)[0]
    return found


def accept(api: Any, application: dict[str, Any], version: str = "v3", **attributes: Any) -> Any:
    path = f"npq-applications/{application['id']}/accept"
    if not attributes:
        return api.send("POST", f"/api/{version}/{path}")
    return api.post(path, version=version, **attributes)


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_accepted_applicant_becomes_participant(api: Any, version: str) -> None:
    application = pending(api)
    person = application["attributes"]["participant_id"]
    assert api.get(f"participants/npq/{person}", version=version).status == 404

    accepted = accept(api, application, version)

    assert accepted.status == 200
    assert accepted.data["attributes"]["status"] == "accepted"
    assert accepted.data["attributes"]["updated_at"] == "2025-01-15T12:00:00Z"
    assert api.get(f"participants/npq/{person}", version=version).status == 200


@pytest.mark.parametrize(
    ("moment", "course", "schedule"),
    [
        ("2025-01-15T12:00:00.000000Z", "npq-senior-leadership", "npq-leadership-spring"),
        ("2025-04-03T12:00:00.000000Z", "npq-senior-leadership", "npq-leadership-autumn"),
        ("2025-12-26T12:00:00.000000Z", "npq-senior-leadership", "npq-leadership-spring"),
        ("2023-11-30T12:00:00.000000Z", "npq-early-headship-coaching-offer", "npq-ehco-november"),
        ("2024-02-29T12:00:00.000000Z", "npq-early-headship-coaching-offer", "npq-ehco-december"),
        ("2024-03-01T12:00:00.000000Z", "npq-early-headship-coaching-offer", "npq-ehco-march"),
        ("2024-06-01T12:00:00.000000Z", "npq-early-headship-coaching-offer", "npq-ehco-june"),
    ],
)
def test_default_schedule_depends_on_the_day(api: Any, moment: str, course: str, schedule: str) -> None:
    api.travel(moment)

    accepted = accept(api, pending(api, course=course))

    assert accepted.data["attributes"]["schedule_identifier"] == schedule


def test_version_3_accepts_a_schedule(api: Any) -> None:
    wanted = {"schedule_identifier": "npq-leadership-autumn"}

    refused = accept(api, pending(api), schedule_identifier="npq-specialist-autumn")
    accepted = accept(api, pending(api), **wanted)
    ignored = accept(api, pending(api), "v1", **wanted)

    assert refused.errors == {"schedule_identifier": "Selected schedule is not valid for the course"}
    assert accepted.data["attributes"]["schedule_identifier"] == "npq-leadership-autumn"
    assert ignored.status == 200
    shown = api.get(f"npq-applications/{ignored.data['id']}").data["attributes"]
    assert shown["schedule_identifier"] == "npq-leadership-spring"


def test_unknown_keys_only_return_400_in_version_3(api: Any) -> None:
    assert accept(api, pending(api), wrong_key="x").status == 400
    assert accept(api, pending(api), "v2", wrong_key="x").status == 200


def test_decided_application_cannot_be_decided_again(api: Any) -> None:
    accepted, rejected = pending(api), api.applications(status="rejected", cohort="2023")[0]
    accept(api, accepted)

    def reject(application: dict[str, Any]) -> Any:
        return api.send("POST", f"/api/v3/npq-applications/{application['id']}/reject")

    assert accept(api, accepted).errors == {"npq_application": "This NPQ application has already been accepted"}
    assert accept(api, rejected).errors == {"npq_application": "Once rejected an application cannot change state"}
    assert reject(accepted).errors == {"npq_application": "Once accepted an application cannot change state"}
    assert reject(rejected).errors == {"npq_application": "This NPQ application has already been rejected"}
    assert reject(pending(api)).data["attributes"]["status"] == "rejected"


def test_accept_rejects_rival_at_other_provider(api: Any) -> None:
    other = api.as_other()
    theirs = {
        each["attributes"]["participant_id"]: each
        for each in other.applications(course_identifier="npq-leading-teaching")
    }
    mine = next(
        each
        for each in api.applications(course_identifier="npq-leading-teaching", status="pending")
        if each["attributes"]["participant_id"] in theirs
    )
    rival = theirs[mine["attributes"]["participant_id"]]

    accept(api, mine, funded_place=True)

    assert other.get(f"npq-applications/{rival['id']}").data["attributes"]["status"] == "rejected"


def test_capped_contract_requires_funded_place(api: Any) -> None:
    capped = {"cohort": "2024", "course": "npq-headship"}

    assert accept(api, pending(api, **capped)).errors == SET_PLACE
    assert accept(api, pending(api, **capped), funded_place="true").errors == SET_PLACE
    assert accept(api, pending(api, **capped), funded_place=True).data["attributes"]["funded_place"] is True
    assert accept(api, pending(api, **capped), funded_place=False).data["attributes"]["funded_place"] is False
    assert accept(api, pending(api)).data["attributes"]["funded_place"] is None


def test_funded_place_requires_eligibility(api: Any) -> None:
    poor = pending(api, cohort="2024", course="npq-senco", eligible_for_funding=False)

    refused = accept(api, poor, funded_place=True)

    assert refused.errors == {
        "npq_application": "The participant is not eligible for funding, so '#/funded_place' cannot be set to true."
    }
    assert poor["attributes"]["ineligible_for_funding_reason"] == "establishment-ineligible"


def test_decision_without_contract_is_refused(api: Any) -> None:
    orphan = pending(api, cohort="2024", course="npq-additional-support-offer")

    assert accept(api, orphan, funded_place=True).errors == CONTRACT


class TestChangingTheFundedPlace:
    """PUT change-funded-place."""

    def change(self, api: Any, application: dict[str, Any], place: Any) -> Any:
        return api.put(f"npq-applications/{application['id']}/change-funded-place", funded_place=place)

    def test_it_is_changed(self, api: Any) -> None:
        accepted = api.applications(status="accepted", cohort="2024", funded_place=True)[0]

        assert self.change(api, accepted, False).data["attributes"]["funded_place"] is False
        assert self.change(api, accepted, True).data["attributes"]["funded_place"] is True

    def test_invalid_funded_place_is_refused(self, api: Any) -> None:
        accepted = api.applications(status="accepted", cohort="2024", funded_place=True)[0]
        missing = "The entered '#/funded_place' is missing from your request. Check details and try again."

        assert self.change(api, accepted, "true").errors == SET_PLACE
        assert self.change(api, accepted, None).errors == {"npq_application": missing, **SET_PLACE}

    def test_the_application_has_been_accepted(self, api: Any) -> None:
        refused = self.change(api, pending(api, cohort="2024", course="npq-headship"), True)

        assert refused.errors == {
            "npq_application": "You must accept the application before attempting to change the '#/funded_place' "
            "setting"
        }

    def test_there_is_a_cap(self, api: Any) -> None:
        refused = self.change(
            api, api.applications(status="accepted", cohort="2023", eligible_for_funding=True)[0], True
        )

        assert refused.errors["npq_application"].startswith("Leave the '#/funded_place' field blank.")

    def test_funded_place_cannot_be_removed_while_a_declaration_is_live(self, api: Any) -> None:
        accepted = api.applications(status="accepted", cohort="2024", funded_place=True)[0]
        declared = api.declare(
            participant_id=accepted["attributes"]["participant_id"],
            declaration_type="started",
            declaration_date="2024-10-02T10:00:00Z",
            course_identifier="npq-headship",
        )

        refused = self.change(api, accepted, False)
        api.void(declared.data["id"])

        assert refused.errors["npq_application"].startswith("You must void or claw back your declarations")
        assert self.change(api, accepted, False).status == 200


def test_other_providers_application_returns_404(api: Any) -> None:
    theirs = api.as_other().applications(status="pending")[0]

    assert api.get(f"npq-applications/{theirs['id']}").status == 404
    assert accept(api, theirs).status == 404
    assert api.send("POST", f"/api/v3/npq-applications/{theirs['id']}/reject").status == 404


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_csv_contains_the_records_of_the_list(api: Any, version: str) -> None:
    listed = api.get("npq-applications", {"page[per_page]": 3000}, version=version).data
    file = api.get("npq-applications.csv", {"page[per_page]": 2}, version=version)
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))

    assert file.headers["content-type"] == "text/csv"
    assert [row["id"] for row in rows] == [each["id"] for each in listed]
    for row, each in zip(rows, listed, strict=True):
        shown = {name: each["attributes"][name] for name in row if name != "id"}
        assert {name: row[name] for name in shown} == {name: as_field(value) for name, value in shown.items()}
    assert ("teacher_catchment" in rows[0]) == (version == "v1")


def test_enrolments_csv_has_one_row_per_accepted_application(api: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(api.get("npq-enrolments.csv", version="v2").content.decode())))

    accepted = {each["id"] for each in api.applications(status="accepted")}
    assert {row["npq_application_id"] for row in rows} == accepted
    assert list(rows[0])[:3] == ["participant_id", "course_identifier", "schedule_identifier"]


def as_field(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Partnerships, schools and delivery partners."""

from __future__ import annotations

from typing import Any

import pytest

NOWHERE = "11111111-2222-4333-8444-555555555555"


def free_school(api: Any, cohort: str = "2024") -> dict[str, Any]:
    listed = api.get("schools/ecf", {"filter[cohort]": cohort, "page[per_page]": 3000}).data
    return next(each for each in listed if not each["attributes"]["in_partnership"])


def partners(api: Any, cohort: str = "2024") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("delivery-partners", {"filter[cohort]": cohort}).data
    return found


def confirm(api: Any, **changed: Any) -> Any:
    attributes = {
        "cohort": "2024",
        "school_id": free_school(api)["id"],
        "delivery_partner_id": partners(api)[0]["id"],
    }
    return api.post("partnerships/ecf", **(attributes | changed))


def challenged(api: Any) -> dict[str, Any]:
    listed = api.get("partnerships/ecf", {"page[per_page]": 3000}).data
    return next(each for each in listed if each["attributes"]["status"] == "challenged")


def test_confirmed_partnership_is_shown_and_occupies_school(api: Any) -> None:
    school = free_school(api)

    made = confirm(api)

    assert made.status == 200
    shown = made.data["attributes"]
    assert (shown["status"], shown["urn"], shown["cohort"]) == ("active", school["attributes"]["urn"], "2024")
    assert api.get(f"partnerships/ecf/{made.data['id']}").data == made.data
    after = api.get(f"schools/ecf/{school['id']}", {"filter[cohort]": "2024"}).data["attributes"]
    assert after["in_partnership"] is True
    assert after["induction_programme_choice"] == "full_induction_programme"


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        (
            {"cohort": None, "school_id": None, "delivery_partner_id": None},
            {
                "cohort": "Enter a '#/cohort'.",
                "school_id": "Enter a '#/school_id'.",
                "delivery_partner_id": "Enter a '#/delivery_partner_id'.",
            },
        ),
        (
            {"cohort": "1999"},
            {"cohort": "The '#/cohort' you have entered is invalid. Check cohort details and try again."},
        ),
        (
            {"school_id": NOWHERE},
            {
                "school_id": "The '#/school_id' you have entered is invalid. Check school details and try again. "
                "Contact the DfE for support if you are unable to find the '#/school_id'."
            },
        ),
        (
            {"delivery_partner_id": NOWHERE},
            {
                "delivery_partner_id": "The '#/delivery_partner_id' you have entered is invalid. Check delivery "
                "partner details and try again."
            },
        ),
    ],
)
def test_invalid_partnership_is_refused(api: Any, changed: dict[str, Any], errors: dict[str, str]) -> None:
    refused = confirm(api, **changed)

    assert (refused.status, refused.errors) == (422, errors)


def test_second_partnership_of_school_in_cohort_is_refused(api: Any) -> None:
    school = free_school(api)["id"]
    confirm(api, school_id=school)
    other = api.as_other()

    again = confirm(api, school_id=school)
    theirs = confirm(other, school_id=school, delivery_partner_id=partners(other)[0]["id"])

    assert again.errors["school_id"].startswith("You are already in a confirmed partnership")
    assert theirs.errors["school_id"].startswith("Another provider is in a confirmed partnership")


def test_changed_delivery_partner_is_that_of_the_participants_and_not_of_their_declarations(api: Any) -> None:
    ect = api.untouched()
    enrolment = ect["attributes"]["ecf_enrolments"][0]
    declared = api.start(ect).data["attributes"]
    partnership = next(
        each
        for each in api.get("partnerships/ecf", {"page[per_page]": 3000}).data
        if (each["attributes"]["urn"], each["attributes"]["cohort"]) == (enrolment["school_urn"], enrolment["cohort"])
        and each["attributes"]["delivery_partner_id"] == enrolment["delivery_partner_id"]
    )
    another = next(
        each["id"] for each in partners(api, enrolment["cohort"]) if each["id"] != enrolment["delivery_partner_id"]
    )

    changed = api.put(f"partnerships/ecf/{partnership['id']}", delivery_partner_id=another)

    assert changed.status == 200
    shown = api.get(f"participants/ecf/{ect['id']}").data["attributes"]
    assert shown["ecf_enrolments"][0]["delivery_partner_id"] == another
    assert shown["updated_at"] > ect["attributes"]["updated_at"]
    (declaration,) = api.get("participant-declarations", {"filter[participant_id]": ect["id"]}).data
    assert declaration["attributes"]["delivery_partner_id"] == declared["delivery_partner_id"] != another


def test_delivery_partner_of_other_cohort_is_refused(api: Any) -> None:
    elsewhere = next(each for each in api.get("delivery-partners").data if "2024" not in each["attributes"]["cohort"])

    refused = confirm(api, delivery_partner_id=elsewhere["id"])

    assert refused.errors["delivery_partner_id"].startswith("The entered delivery partner is not recognised")


def test_confirming_challenged_partnership_reinstates_it(api: Any) -> None:
    lost = challenged(api)
    partner = partners(api, "2023")[1]["id"]

    back = confirm(api, cohort="2023", school_id=lost["attributes"]["school_id"], delivery_partner_id=partner)

    assert back.data["id"] == lost["id"]
    shown = back.data["attributes"]
    assert (shown["status"], shown["challenged_at"], shown["delivery_partner_id"]) == ("active", None, partner)


class TestChangingTheDeliveryPartner:
    """PUT partnerships/ecf/{id}."""

    def held(self, api: Any) -> dict[str, Any]:
        found: dict[str, Any] = api.get("partnerships/ecf", {"filter[cohort]": "2024"}).data[0]
        return found

    def test_it_is_changed(self, api: Any) -> None:
        held = self.held(api)
        another = next(each for each in partners(api) if each["id"] != held["attributes"]["delivery_partner_id"])

        changed = api.put(f"partnerships/ecf/{held['id']}", delivery_partner_id=another["id"], cohort="2030")

        assert changed.data["id"] == held["id"]
        assert changed.data["attributes"]["delivery_partner_name"] == another["attributes"]["name"]
        assert changed.data["attributes"]["cohort"] == "2024"
        assert changed.data["attributes"]["updated_at"] == "2025-01-15T12:00:00Z"

    def test_the_present_one_changes_nothing(self, api: Any) -> None:
        held = self.held(api)

        same = api.put(f"partnerships/ecf/{held['id']}", delivery_partner_id=held["attributes"]["delivery_partner_id"])

        assert same.data == held

    def test_it_is_given_and_known(self, api: Any) -> None:
        held = self.held(api)

        assert api.put(f"partnerships/ecf/{held['id']}").errors == {
            "delivery_partner_id": "Enter a '#/delivery_partner_id'."
        }
        assert api.put(f"partnerships/ecf/{held['id']}", delivery_partner_id=NOWHERE).status == 422
        assert api.put(f"partnerships/ecf/{NOWHERE}", delivery_partner_id=NOWHERE).status == 404

    def test_a_challenged_partnership_stays(self, api: Any) -> None:
        refused = api.put(
            f"partnerships/ecf/{challenged(api)['id']}", delivery_partner_id=partners(api, "2023")[1]["id"]
        )

        assert "has been challenged by the school" in refused.errors["delivery_partner_id"]


def test_other_providers_partnership_returns_404(api: Any) -> None:
    theirs = api.as_other().get("partnerships/ecf").data[0]

    assert api.get(f"partnerships/ecf/{theirs['id']}").status == 404


def test_schools_without_cohort_filter_return_400(api: Any) -> None:
    needed = {"Bad parameter": "The filter '#/cohort' must be included in your request"}
    school = free_school(api)

    assert api.get("schools/ecf").errors == needed
    assert api.get(f"schools/ecf/{school['id']}").errors == needed
    assert api.get("schools/ecf", {"filter[cohort]": "2017"}).data == []
    assert api.get(f"schools/ecf/{school['id']}", {"filter[cohort]": "2099"}).status == 404


def test_ineligible_schools_are_not_listed(api: Any) -> None:
    listed = {
        each["attributes"]["urn"]
        for each in api.get("schools/ecf", {"filter[cohort]": "2024", "page[per_page]": 3000}).data
    }

    assert not listed & {"100060", "100061"}
    assert (
        api.get("schools/ecf", {"filter[cohort]": "2024", "filter[urn]": "100062"}).data[0]["attributes"]["urn"]
        == "100062"
    )

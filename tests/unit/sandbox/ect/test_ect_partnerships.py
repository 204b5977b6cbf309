"""Partnerships and schools of the ECT service."""

from __future__ import annotations

from typing import Any

import pytest


def free_school(api: Any, cohort: str = "2025", programme: str = "not_yet_known") -> Any:
    return next(
        each
        for each in api.all_of("schools", **{"filter[cohort]": cohort})
        if not each["attributes"]["in_partnership"] and each["attributes"]["induction_programme_choice"] == programme
    )


def partner_of(api: Any, cohort: str = "2025") -> str:
    return str(api.all_of("delivery-partners", **{"filter[cohort]": cohort})[0]["id"])


def make(api: Any, **changed: Any) -> Any:
    values = {"cohort": "2025", "school_id": None, "delivery_partner_id": partner_of(api), **changed}
    values["school_id"] = values["school_id"] or free_school(api)["id"]
    return api.post("partnerships", **{name: value for name, value in values.items() if value})


def test_partnership_shows_interest_and_the_tutor_but_no_programme(ect: Any) -> None:
    school = free_school(ect)

    reply = make(ect, school_id=school["id"])

    assert reply.status == 200
    attributes = reply.data["attributes"]
    assert attributes["participants_currently_training"] == 0
    assert not {"status", "challenged_at", "challenged_reason"} & set(attributes)
    shown = ect.get(f"schools/{school['id']}", {"filter[cohort]": "2025"}).data["attributes"]
    assert (shown["in_partnership"], shown["expression_of_interest"]) == (True, True)
    assert shown["induction_tutor_email"] == attributes["induction_tutor_email"]
    assert shown["induction_programme_choice"] == "not_yet_known"


def test_several_providers_have_a_partnership_each_with_one_school(ect: Any) -> None:
    school = free_school(ect)

    assert make(ect, school_id=school["id"]).status == 200
    assert make(ect.as_other(), school_id=school["id"]).status == 200
    assert make(ect, school_id=school["id"]).errors == {
        "school_id": "You are already in a confirmed partnership with this school for the entered cohort."
    }


@pytest.mark.parametrize(
    ("cohort", "detail"),
    [
        ("2022", "You cannot create this partnership as the cohort is closed."),
        ("1999", "The '#/cohort' you have entered is invalid. Check cohort details and try again."),
        ("2020", "The '#/cohort' you have entered is invalid. Check cohort details and try again."),
    ],
)
def test_cohort_must_be_open(ect: Any, cohort: str, detail: str) -> None:
    reply = make(ect, cohort=cohort)

    assert (reply.status, reply.errors["cohort"]) == (422, detail)


def test_cohort_must_have_begun(ect: Any) -> None:
    school, partner = free_school(ect, "2026"), partner_of(ect, "2026")
    ect.travel("2026-05-31T12:00:00.000000Z")

    reply = make(ect, cohort="2026", school_id=school["id"], delivery_partner_id=partner)

    assert reply.errors == {"cohort": "You cannot create a partnership for a future cohort."}


def test_every_attribute_is_required(ect: Any) -> None:
    reply = ect.post("partnerships", cohort="", school_id="", delivery_partner_id="")

    assert reply.errors == {name: f"Enter a '#/{name}'." for name in ("cohort", "school_id", "delivery_partner_id")}


def test_school_must_be_eligible_and_not_school_led(ect: Any) -> None:
    school_led = free_school(ect, programme="school_led")
    closed = next(
        row for row in ect.sandbox.store.connection.exec_driver_sql("SELECT id FROM schools WHERE standing = 'closed'")
    )

    assert make(ect, school_id=school_led["id"]).errors["school_id"].startswith("This school has only registered")
    assert "currently ineligible for DfE funding" in make(ect, school_id=closed.id).errors["school_id"]
    assert "school_id" in make(ect, school_id="11111111-1111-4111-8111-111111111111").errors


def test_delivery_partner_must_work_with_the_provider_in_the_cohort(ect: Any) -> None:
    theirs = partner_of(ect.as_other())
    (unlinked,) = [each["id"] for each in ect.all_of("delivery-partners") if "2025" not in each["attributes"]["cohort"]]

    for partner in (theirs, unlinked):
        reply = make(ect, delivery_partner_id=partner)
        assert reply.errors["delivery_partner_id"].startswith("The entered delivery partner is not recognised")


def test_new_delivery_partner_is_of_participants_and_later_declarations(ect: Any) -> None:
    person = ect.one(cohort="2025")
    earlier = ect.new_declaration(person, "started", "2025-10-01").data
    urn, partner = ect.shown(person)["school_urn"], ect.shown(person)["delivery_partner_id"]
    partnership = next(
        each
        for each in ect.all_of("partnerships", **{"filter[cohort]": "2025"})
        if each["attributes"]["urn"] == urn and each["attributes"]["delivery_partner_id"] == partner
    )
    another = next(
        each["id"] for each in ect.all_of("delivery-partners", **{"filter[cohort]": "2025"}) if each["id"] != partner
    )

    changed = ect.put(f"partnerships/{partnership['id']}", delivery_partner_id=another)

    assert changed.data["id"] == partnership["id"]
    assert changed.data["attributes"]["delivery_partner_id"] == another
    assert ect.shown(person)["delivery_partner_id"] == another
    later = ect.new_declaration(person, "retained-1", "2026-02-01").data
    assert later["attributes"]["delivery_partner_id"] == another
    kept = ect.get(f"participant-declarations/{earlier['id']}").data
    assert kept["attributes"]["delivery_partner_id"] == partner
    again = ect.put(f"partnerships/{partnership['id']}", delivery_partner_id=another)
    assert "already confirmed to be in partnership" in again.errors["delivery_partner_id"]


def test_partnership_count_falls_when_a_participant_is_deferred(ect: Any) -> None:
    person = ect.one(cohort="2025")

    def counted() -> int:
        partnerships = ect.all_of("partnerships", **{"filter[cohort]": "2025"})
        return sum(each["attributes"]["participants_currently_training"] for each in partnerships)

    before = counted()
    ect.change(person, "defer", reason="other")

    assert counted() == before - 1


def test_transfers_are_sorted_and_filtered_by_their_own_change(ect: Any) -> None:
    moved = ect.all_of("participants/transfers", sort="-updated_at")
    times = [each["attributes"]["updated_at"] for each in moved]
    since = times[len(times) // 2]

    assert times == sorted(times, reverse=True)
    recent = ect.all_of("participants/transfers", **{"filter[updated_since]": since})
    assert {each["id"] for each in recent} == {
        each["id"] for each in moved if each["attributes"]["updated_at"] >= since
    }

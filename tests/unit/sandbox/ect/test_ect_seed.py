"""The seed of the ECT service: every situation that the suite and the rules need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.sandbox.conftest import Client

from lead_provider_sandbox.sandbox import Options, Sandbox
from lead_provider_sandbox.seed.ect_service import OPEN_COHORTS

NOW = "2026-11-29T12:00:00.000000Z"


@pytest.fixture(scope="module")
def ect() -> Iterator[Client]:
    with Sandbox(Options(edition="2026-08")) as sandbox:
        sandbox.gateway.clock.set_to = NOW
        yield Client(sandbox)


def all_of(api: Client, path: str, **query: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = api.get(path, {"page[per_page]": 3000, **query}).data
    return data


def enrolments(api: Client) -> list[dict[str, Any]]:
    return [each for person in all_of(api, "participants") for each in person["attributes"]["ecf_enrolments"]]


@pytest.mark.parametrize("second", [False, True])
def test_both_providers_have_participants_of_every_status(ect: Client, second: bool) -> None:
    api = ect.as_other() if second else ect

    shown = enrolments(api)

    assert {each["participant_status"] for each in shown} == {"joining", "active", "leaving", "left"}
    assert {each["training_status"] for each in shown} == {"active", "deferred", "withdrawn"}
    assert {each["eligible_for_funding"] for each in shown} == {True, False, None}
    assert {each["working_pattern"] for each in shown} == {"full_time", "part_time", None}
    assert {int(each["cohort"]) for each in shown} >= set(OPEN_COHORTS)
    assert {each["attributes"]["state"] for each in all_of(api, "participant-declarations")} == {
        "submitted", "eligible", "payable", "paid", "voided", "awaiting-clawback", "clawed-back",
    }  # fmt: skip


def test_stopped_training_has_reason_and_has_left(ect: Client) -> None:
    for each in enrolments(ect):
        assert (each["withdrawal"] is not None) == (each["training_status"] == "withdrawn")
        assert (each["deferral"] is not None) == (each["training_status"] == "deferred")
        if each["training_status"] != "active":
            assert each["participant_status"] == "left"


def test_mentors_have_no_induction_and_are_funded(ect: Client) -> None:
    mentors = [each for each in enrolments(ect) if each["participant_type"] == "mentor"]

    assert mentors
    for each in mentors:
        assert each["working_pattern"] is each["overall_induction_start_date"] is each["induction_end_date"] is None
        assert each["eligible_for_funding"] is True


def test_uplifts_end_with_cohort_2024(ect: Client) -> None:
    with_uplift = {
        int(each["cohort"]) for each in enrolments(ect) if each["pupil_premium_uplift"] or each["sparsity_uplift"]
    }

    assert with_uplift
    assert max(with_uplift) == 2024


def test_started_declarations_of_an_uplift_show_it_once_paid(ect: Client) -> None:
    shown = all_of(ect, "participant-declarations")
    paid = {each["attributes"]["declaration_type"] for each in shown if each["attributes"]["uplift_paid"]}

    assert paid == {"started"}
    assert all(each["attributes"]["delivery_partner_id"] for each in shown)


def test_transfers_are_of_every_type(ect: Client) -> None:
    moves = [move for each in all_of(ect, "participants/transfers") for move in each["attributes"]["transfers"]]

    assert {(each["transfer_type"], each["status"]) for each in moves} == {
        ("new_provider", "complete"), ("new_provider", "incomplete"), ("new_school", "complete"),
        ("unknown", "complete"), ("unknown", "incomplete"),
    }  # fmt: skip
    assert any(each["joining"] and each["joining"]["provider"] is None for each in moves)
    assert all(each["joining"] is None for each in moves if each["transfer_type"] == "unknown")


@pytest.mark.parametrize("cohort", OPEN_COHORTS)
def test_schools_of_an_open_cohort_show_every_programme(ect: Client, cohort: int) -> None:
    schools = [each["attributes"] for each in all_of(ect, "schools", **{"filter[cohort]": str(cohort)})]

    assert {each["induction_programme_choice"] for each in schools} == {"provider_led", "school_led", "not_yet_known"}
    assert any(not each["in_partnership"] for each in schools)
    strangers = [each for each in schools if not each["expression_of_interest"]]
    assert strangers
    assert all(each["induction_tutor_name"] is each["induction_tutor_email"] is None for each in strangers)


def test_school_of_the_other_provider_alone_hides_its_tutor(ect: Client) -> None:
    def tutors(api: Client) -> dict[str, Any]:
        schools = all_of(api, "schools", **{"filter[cohort]": "2024"})
        return {each["attributes"]["urn"]: each["attributes"]["induction_tutor_email"] for each in schools}

    mine, theirs = tutors(ect), tutors(ect.as_other())

    assert {urn for urn, email in mine.items() if email} - {urn for urn, email in theirs.items() if email}


@pytest.mark.parametrize("cohort", OPEN_COHORTS)
def test_partnerships_count_participants_in_training(ect: Client, cohort: int) -> None:
    partnerships = [each["attributes"] for each in all_of(ect, "partnerships", **{"filter[cohort]": str(cohort)})]

    counted = sum(each["participants_currently_training"] for each in partnerships)

    in_training = [
        each
        for each in enrolments(ect)
        if each["cohort"] == str(cohort)
        and each["participant_status"] in ("active", "leaving")
        and each["induction_end_date"] is each["mentor_funding_end_date"] is None
    ]
    assert counted == len(in_training) > 0


def test_delivery_partners_are_listed_by_cohort(ect: Client) -> None:
    earlier, later = (
        all_of(ect, "delivery-partners", **{"filter[cohort]": cohort}) for cohort in ("2023,2024", "2026,soon")
    )

    assert (len(earlier), len(later)) == (3, 2)
    assert all("2026" in each["attributes"]["cohort"] for each in later)


def test_unfunded_mentors_are_not_participants(ect: Client) -> None:
    mentors = all_of(ect, "unfunded-mentors")

    assert len(mentors) >= 3
    assert not {each["id"] for each in mentors} & {each["id"] for each in all_of(ect, "participants")}


def test_statements_have_no_type_and_come_by_payment_date(ect: Client) -> None:
    statements = [each["attributes"] for each in all_of(ect, "statements")]

    assert all("type" not in each for each in statements)
    assert [each["payment_date"] for each in statements] == sorted(each["payment_date"] for each in statements)


def test_unknown_training_status_lists_nothing(ect: Client) -> None:
    assert all_of(ect, "participants", **{"filter[training_status]": "asleep"}) == []
    assert all_of(ect, "participants", **{"filter[training_status]": "deferred"}) != []


def test_school_needs_a_cohort_and_is_unknown_in_an_unknown_one(ect: Client) -> None:
    school = all_of(ect, "schools", **{"filter[cohort]": "2024"})[0]

    assert ect.get("schools").errors == {"Bad parameter": "The filter '#/cohort' must be included in your request"}
    assert ect.get(f"schools/{school['id']}").status == 400
    assert ect.get(f"schools/{school['id']}", {"filter[cohort]": "2020"}).status == 404
    assert all_of(ect, "schools", **{"filter[cohort]": "soon"}) == []

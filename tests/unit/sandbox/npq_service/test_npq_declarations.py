"""Declarations of the NPQ service: posting, delivery partners, transfers, voiding and outcomes."""

from __future__ import annotations

from typing import Any

import pytest

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def participant(npq: Any) -> str:
    """Return the id of a participant of 2025b without declarations."""
    found: str = npq.undeclared(course_identifier="npq-headship", cohort="2025", cohort_suffix="b", funded_place=True)[
        0
    ]
    return found


def test_declaration_names_application_and_delivery_partners(npq: Any, participant: str) -> None:
    first, second = npq.partner(), npq.partner(number=1)

    declared = npq.started(participant, delivery_partner_id=first, secondary_delivery_partner_id=second)

    shown = declared.data["attributes"]
    enrolment = npq.get(f"participants/npq/{participant}").data["attributes"]["npq_enrolments"][0]
    names = {each["id"]: each["attributes"]["name"] for each in npq.listed("delivery-partners")}
    assert shown["application_id"] == enrolment["npq_application_id"]
    assert (shown["delivery_partner_id"], shown["delivery_partner_name"]) == (first, names[first])
    assert (shown["secondary_delivery_partner_id"], shown["secondary_delivery_partner_name"]) == (second, names[second])
    assert shown["state"] == "eligible"
    statement = npq.get(f"statements/{shown['statement_id']}").data["attributes"]
    assert (statement["cohort"], statement["cut_off_date"]) == ("2025", "2027-01-31")
    assert npq.get(f"participant-declarations/{declared.data['id']}").data == declared.data


def test_delivery_partner_is_required_from_2024_on(npq: Any, participant: str) -> None:
    reply = npq.started(participant)

    assert (reply.status, reply.errors) == (
        422, {"delivery_partner_id": "The property '#/delivery_partner_id' must be present"}
    )  # fmt: skip


def test_delivery_partner_is_not_required_before_2024(npq: Any) -> None:
    earlier, enrolment = npq.undeclared(cohort="2023", schedule_identifier="npq-leadership-autumn")

    assert npq.started(earlier, enrolment["course_identifier"]).status == 200


@pytest.mark.parametrize("country", ["France", "Jersey"])
def test_applicant_from_outside_england_has_no_delivery_partner(npq: Any, country: str) -> None:
    application = npq.applications(status="accepted", teacher_catchment_country=country)[0]["attributes"]
    overseas, cohort = application["participant_id"], int(application["cohort"])

    refused = npq.started(overseas, delivery_partner_id=npq.partner(cohort))
    assert (refused.status, npq.titles(refused)) == (422, ["delivery_partner_id"])
    assert npq.started(overseas).data["attributes"]["delivery_partner_id"] is None


def partners(npq: Any, case: str) -> dict[str, str]:
    mine, theirs = npq.partner(), npq.as_other().partner()
    former = next(each["id"] for each in npq.listed("delivery-partners") if 2025 not in each["attributes"]["cohort"])
    return {
        "unknown": {"delivery_partner_id": UNKNOWN},
        "no id": {"delivery_partner_id": "abc"},
        "blank secondary": {"delivery_partner_id": mine, "secondary_delivery_partner_id": ""},
        "another provider's": {"delivery_partner_id": theirs},
        "of other cohorts": {"delivery_partner_id": former},
        "unknown secondary": {"delivery_partner_id": mine, "secondary_delivery_partner_id": UNKNOWN},
        "secondary of another provider": {"delivery_partner_id": mine, "secondary_delivery_partner_id": theirs},
        "twice": {"delivery_partner_id": mine, "secondary_delivery_partner_id": mine},
        "secondary alone": {"secondary_delivery_partner_id": mine},
    }[case]


FIRST, SECOND = "delivery_partner_id", "secondary_delivery_partner_id"


@pytest.mark.parametrize(
    ("case", "titles"),
    [
        ("unknown", [FIRST]),
        ("no id", [FIRST]),
        ("another provider's", [FIRST]),
        ("of other cohorts", [FIRST]),
        ("unknown secondary", [SECOND]),
        ("blank secondary", [SECOND]),
        ("secondary of another provider", [SECOND]),
        ("twice", [SECOND]),
        ("secondary alone", [FIRST, SECOND]),
    ],
)
def test_wrong_delivery_partners_are_refused(npq: Any, participant: str, case: str, titles: list[str]) -> None:
    reply = npq.started(participant, **partners(npq, case))

    assert (reply.status, npq.titles(reply)) == (422, titles)


def change(npq: Any, declaration_id: str, **attributes: Any) -> Any:
    return npq.put(f"participant-declarations/{declaration_id}/change-delivery-partner", **attributes)


@pytest.fixture
def declared(npq: Any, participant: str) -> Any:
    """Return a declaration with two delivery partners."""
    reply = npq.started(
        participant, delivery_partner_id=npq.partner(), secondary_delivery_partner_id=npq.partner(number=1)
    )
    return reply.data


def test_delivery_partners_are_replaced_together(npq: Any, declared: Any) -> None:
    npq.travel("2026-11-30T12:00:00.000000Z")

    changed = change(npq, declared["id"], delivery_partner_id=npq.partner(number=2)).data["attributes"]

    assert changed["delivery_partner_id"] == npq.partner(number=2)
    assert (changed["secondary_delivery_partner_id"], changed["secondary_delivery_partner_name"]) == (None, None)
    assert changed["updated_at"] == "2026-11-30T12:00:00Z"
    assert npq.get(f"participant-declarations/{declared['id']}").data["attributes"] == changed


@pytest.mark.parametrize(
    ("case", "titles"),
    [
        ("unknown", ["delivery_partner"]),
        ("another provider's", [FIRST]),
        ("unknown secondary", ["secondary_delivery_partner"]),
        ("twice", [SECOND]),
        ("secondary alone", ["delivery_partner", FIRST, SECOND]),
    ],
)
def test_wrong_new_delivery_partners_are_refused(npq: Any, declared: Any, case: str, titles: list[str]) -> None:
    reply = change(npq, declared["id"], **partners(npq, case))

    assert (reply.status, npq.titles(reply)) == (422, titles)
    assert npq.get(f"participant-declarations/{declared['id']}").data == declared


def test_change_without_attributes_is_malformed_and_null_is_refused(npq: Any, declared: Any) -> None:
    assert change(npq, declared["id"]).status == 400

    reply = change(npq, declared["id"], delivery_partner_id=None)

    assert (reply.status, npq.titles(reply)) == (422, ["delivery_partner", "delivery_partner_id"])


def transferred(npq: Any) -> Any:
    """Return a declaration that another provider made for an application that is with the provider now."""
    return next(
        each
        for each in npq.listed("participant-declarations")
        if each["attributes"]["lead_provider_name"] != "Ambition Sandbox"
    )


def test_transferred_declaration_is_shown_and_not_changed(npq: Any) -> None:
    theirs = transferred(npq)

    assert npq.get(f"participant-declarations/{theirs['id']}").data == theirs
    for reply in (npq.void(theirs["id"]), change(npq, theirs["id"], delivery_partner_id=npq.partner())):
        assert (reply.status, list(reply.errors)) == (403, ["Cannot modify declaration"])
    own = npq.as_other().get(f"participant-declarations/{theirs['id']}")
    assert own.data == theirs


def test_invisible_declaration_is_unknown(npq: Any) -> None:
    visible = {each["id"] for each in npq.listed("participant-declarations")}
    theirs = next(each for each in npq.as_other().listed("participant-declarations") if each["id"] not in visible)

    assert npq.get(f"participant-declarations/{theirs['id']}").status == 404
    assert npq.void(theirs["id"]).status == 404
    assert change(npq, theirs["id"], delivery_partner_id=npq.partner()).status == 404


@pytest.mark.parametrize("date", ["2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z"])
def test_milestone_is_declared_once_and_again_after_a_void(npq: Any, participant: str, date: str) -> None:
    partner = npq.partner()
    first = npq.started(participant, delivery_partner_id=partner)

    again = npq.started(participant, delivery_partner_id=partner, declaration_date=date)
    assert (again.status, npq.titles(again)) == (422, ["base"])
    npq.void(first.data["id"])
    assert npq.started(participant, delivery_partner_id=partner, declaration_date=date).status == 200


def test_new_provider_does_not_declare_again(npq: Any) -> None:
    theirs = transferred(npq)["attributes"]

    reply = npq.started(theirs["participant_id"], theirs["course_identifier"], delivery_partner_id=npq.partner(2024))

    assert (reply.status, npq.titles(reply)) == (422, ["base"])


@pytest.mark.parametrize(
    ("attributes", "titles"),
    [
        ({"declaration_date": "2025-09-30T23:59:59Z"}, ["declaration_date"]),
        ({"declaration_date": "2026-12-02T10:00:00Z"}, ["declaration_date"]),
        ({"declaration_date": "2026-02-31T10:00:00Z"}, ["declaration_date"]),
        ({"declaration_type": "half-time"}, ["declaration_type"]),
        ({"declaration_type": "retained-9"}, ["declaration_type"]),
        ({"declaration_type": None}, ["declaration_type"]),
        ({"course_identifier": "npq-senco"}, ["course_identifier"]),
        ({"declaration_type": "completed"}, ["has_passed"]),
        ({"participant_id": UNKNOWN}, ["participant_id"]),
        ({"participant_id": "abc"}, ["participant_id"]),
    ],
)
def test_wrong_declaration_is_refused(npq: Any, participant: str, attributes: Any, titles: list[str]) -> None:
    given = {"participant_id": participant, "delivery_partner_id": npq.partner(), **attributes}

    reply = npq.started(given.pop("participant_id"), given.pop("course_identifier", "npq-headship"), **given)

    assert reply.status == 422
    assert sorted(set(npq.titles(reply))) == titles


def test_first_midnight_of_the_schedule_is_accepted(npq: Any, participant: str) -> None:
    declared = npq.started(participant, delivery_partner_id=npq.partner(), declaration_date="2025-10-01T00:00:00Z")

    assert declared.data["attributes"]["declaration_date"] == "2025-10-01T00:00:00Z"


def test_former_id_is_refused_with_the_present_one(npq: Any) -> None:
    changed = next(each for each in npq.listed("participants/npq") if each["attributes"]["participant_id_changes"])
    former = changed["attributes"]["participant_id_changes"][0]["from_participant_id"]

    reply = npq.started(former, delivery_partner_id=npq.partner(2024))

    assert (reply.status, npq.titles(reply)) == (422, ["participant_id"])
    assert changed["id"] in reply.errors["participant_id"]


def test_declaration_without_attributes_is_malformed(npq: Any) -> None:
    for body in ({}, {"data": {}}, {"data": {"type": "participant-declaration"}}, {"data": {"attributes": {}}}, []):
        reply = npq.send("POST", "/api/v3/participant-declarations", body=body)
        assert (reply.status, list(reply.errors)) == (400, ["Bad request"])


def test_ended_and_missing_contracts_are_refused(npq: Any) -> None:
    ended, _ = npq.undeclared(cohort="2022")
    missing, _ = npq.undeclared(course_identifier="npq-executive-leadership", cohort="2025")

    replies = [
        npq.started(ended),
        npq.started(missing, "npq-executive-leadership", delivery_partner_id=npq.partner()),
    ]

    assert [(each.status, npq.titles(each)) for each in replies] == [(422, ["cohort"])] * 2


def test_declaration_after_withdrawal_is_refused(npq: Any) -> None:
    withdrawn, enrolment = npq.trainings(training_status="withdrawn", cohort="2024")[0]
    course, left = enrolment["course_identifier"], enrolment["withdrawal"]["date"]
    given = {"declaration_type": "retained-1", "delivery_partner_id": npq.partner(2024)}

    late = npq.started(withdrawn["id"], course, declaration_date="2026-11-02T10:00:00Z", **given)
    assert (late.status, npq.titles(late)) == (422, ["participant_id"])
    assert npq.started(withdrawn["id"], course, declaration_date=left, **given).status == 200


def test_unfunded_training_stays_submitted(npq: Any) -> None:
    unfunded, enrolment = npq.undeclared(cohort="2024", funded_place=False, course_identifier="npq-senco")

    declared = npq.started(unfunded, enrolment["course_identifier"], delivery_partner_id=npq.partner(2024))

    assert declared.data["attributes"]["state"] == "submitted"
    assert declared.data["attributes"]["statement_id"] is None


def test_duplicate_person_is_ineligible(npq: Any, participant: str) -> None:
    other, _ = npq.undeclared(course_identifier="npq-headship", cohort="2024", funded_place=True)
    npq.sandbox.store.connection.exec_driver_sql(
        f"UPDATE people SET trn = '7654321' WHERE id IN ('{participant}', '{other}')"
    )
    assert npq.started(participant, delivery_partner_id=npq.partner()).data["attributes"]["state"] == "eligible"

    duplicate = npq.started(other, delivery_partner_id=npq.partner(2024)).data["attributes"]

    assert (duplicate["state"], duplicate["ineligible_for_funding_reason"]) == ("ineligible", "duplicate_declaration")


@pytest.mark.parametrize(
    ("state", "next_state"),
    [("submitted", "voided"), ("eligible", "voided"), ("payable", "voided"), ("ineligible", "voided"),
     ("paid", "awaiting-clawback")],
)  # fmt: skip
def test_void(npq: Any, state: str, next_state: str) -> None:
    own = npq.declarations(state=state, lead_provider_name="Ambition Sandbox")

    voided = npq.void(own[-1]["id"]).data["attributes"]

    assert voided["state"] == next_state
    assert (voided["clawback_statement_id"] is not None) is (state == "paid")


@pytest.mark.parametrize("state", ["voided", "awaiting-clawback", "clawed-back"])
def test_void_of_voided_declaration_is_refused(npq: Any, state: str) -> None:
    reply = npq.void(npq.declarations(state=state)[0]["id"])

    assert (reply.status, npq.titles(reply)) == (422, ["declaration"])


def test_paid_declaration_of_ended_contract_is_not_clawed_back(npq: Any) -> None:
    paid = npq.listed("participant-declarations", **{"filter[cohort]": "2021"})[0]

    reply = npq.void(paid["id"])

    assert (reply.status, npq.titles(reply)) == (422, ["declaration"])


def complete(npq: Any, participant: str, *, passed: bool) -> Any:
    return npq.started(
        participant, declaration_type="completed", has_passed=passed, delivery_partner_id=npq.partner()
    ).data


def report(npq: Any, participant: str, **changed: Any) -> Any:
    attributes = {"course_identifier": "npq-headship", "state": "passed", "completion_date": "2026-11-20"} | changed
    return npq.post(f"participants/npq/{participant}/outcomes", **attributes)


def test_passed_outcome_stands_whatever_the_day(npq: Any, participant: str) -> None:
    complete(npq, participant, passed=True)
    declared = npq.get(f"participants/npq/{participant}/outcomes").data

    again = report(npq, participant, completion_date="2026-11-21")

    assert again.data == declared[0]
    assert npq.get(f"participants/npq/{participant}/outcomes").data == declared


def test_failed_outcome_is_followed_by_passed(npq: Any, participant: str) -> None:
    declaration = complete(npq, participant, passed=False)
    npq.travel("2026-11-30T12:00:00.000000Z")

    passed = report(npq, participant)

    assert passed.data["attributes"]["completion_date"] == "2026-11-20T00:00:00+00:00"
    outcomes = npq.get(f"participants/npq/{participant}/outcomes", {"page[per_page]": 1, "page[page]": 2}).data
    assert outcomes == [passed.data]
    assert npq.get(f"participant-declarations/{declaration['id']}").data["attributes"]["has_passed"] is True


def test_void_of_completed_declaration_voids_the_outcome(npq: Any, participant: str) -> None:
    declaration = complete(npq, participant, passed=True)
    npq.travel("2026-11-30T12:00:00.000000Z")

    npq.void(declaration["id"])

    states = [each["attributes"]["state"] for each in npq.get(f"participants/npq/{participant}/outcomes").data]
    assert states == ["passed", "voided"]


@pytest.mark.parametrize(
    ("attributes", "titles"),
    [
        ({"state": "voided"}, ["state"]),
        ({"state": None}, ["state"]),
        ({"completion_date": "yesterday"}, ["completion_date"]),
        ({"completion_date": "2026-12-01"}, ["completion_date"]),
        ({"completion_date": "2026-02-31"}, ["completion_date"]),
        ({"course_identifier": None}, ["course_identifier"]),
        ({"course_identifier": "npq-nothing"}, ["base", "course_identifier"]),
        ({"course_identifier": "npq-early-headship-coaching-offer"}, ["course_identifier"]),
        ({"course_identifier": "npq-senco"}, ["base"]),
    ],
)
def test_wrong_outcome_is_refused(npq: Any, participant: str, attributes: Any, titles: list[str]) -> None:
    complete(npq, participant, passed=False)

    reply = report(npq, participant, **attributes)

    assert (reply.status, sorted(set(npq.titles(reply)))) == (422, titles)


def test_outcome_of_unknown_participant_is_not_found(npq: Any) -> None:
    theirs = npq.as_other().undeclared()[0]

    assert report(npq, theirs).status == 404
    assert npq.get(f"participants/npq/{theirs}/outcomes").status == 404


def test_new_provider_reports_outcome_of_transferred_application(npq: Any) -> None:
    theirs = next(
        each["attributes"]
        for each in npq.declarations(declaration_type="completed")
        if each["attributes"]["lead_provider_name"] != "Ambition Sandbox"
    )

    reply = report(npq, theirs["participant_id"], course_identifier=theirs["course_identifier"])

    assert reply.data["attributes"]["state"] == "passed"


def test_server_date_opens_a_schedule(npq: Any) -> None:
    unfunded, _ = npq.undeclared(cohort="2026", cohort_suffix="a")
    attributes = {
        "participant_id": unfunded,
        "declaration_type": "started",
        "declaration_date": "2027-01-02T10:00:00Z",
        "course_identifier": "npq-headship",
        "delivery_partner_id": npq.partner(2026),
    }

    assert npq.titles(npq.declare(**attributes)) == ["declaration_date"]
    later = npq.declare(headers={"X-With-Server-Date": "2027-01-03T10:00:00Z"}, **attributes)
    assert later.data["attributes"]["created_at"] == "2027-01-03T10:00:00Z"

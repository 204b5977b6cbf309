"""More faults change responses, and only when they are on."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from lead_provider_sandbox.faults.catalogue import catalogue

ECF = {"course_identifier": "ecf-induction"}
RETAINED = {"declaration_type": "retained-1", "declaration_date": "2024-02-01T10:00:00Z"}
OWN = {"lead_provider_name": "Ambition Sandbox"}


def started(api: Any) -> dict[str, Any]:
    ect: dict[str, Any] = api.untouched()
    assert api.start(ect).status == 200
    return ect


def repeated(api: Any) -> tuple[Any, Any]:
    ect = api.untouched()
    return api.start(ect), api.start(ect)


def late_for_the_withdrawn(api: Any) -> Any:
    withdrawn = api.participants(training_status="withdrawn", participant_type="ect")[0]
    return api.start(withdrawn, **RETAINED | {"declaration_date": "2024-03-30T10:00:00Z"}, evidence_held="other")


def paid_and_frozen(api: Any) -> dict[str, Any]:
    frozen = {each["id"] for each in api.participants(cohort="2021")}
    return next(each for each in api.declarations(state="paid") if each["attributes"]["participant_id"] in frozen)


def npq(api: Any, **wanted: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.applications(**wanted)[0]["attributes"]
    return found


def complete_npq(api: Any) -> Any:
    accepted = npq(api, status="accepted", cohort="2023", course_identifier="npq-headship")
    return api.declare(
        participant_id=accepted["participant_id"],
        declaration_type="completed",
        declaration_date="2024-12-02T10:00:00Z",
        course_identifier="npq-headship",
    )


def defer_npq(api: Any) -> Any:
    accepted = npq(api, status="accepted", cohort="2023", course_identifier="npq-senior-leadership")
    return api.act(
        accepted["participant_id"],
        "defer",
        programme="npq",
        reason="other",
        course_identifier="npq-senior-leadership",
    )


def deferred_status(api: Any) -> str:
    ect = api.untouched()
    api.act(ect["id"], "defer", reason="other", **ECF)
    status: str = api.enrolment(ect["id"])["training_status"]
    return status


def reschedule(api: Any, ect: dict[str, Any], schedule: str, **more: Any) -> Any:
    return api.act(ect["id"], "change-schedule", schedule_identifier=schedule, **ECF, **more)


def new_schedule(api: Any) -> str:
    ect = api.untouched()
    reschedule(api, ect, "ecf-standard-january")
    schedule: str = api.enrolment(ect["id"])["schedule_identifier"]
    return schedule


def listed(api: Any, path: str, **query: Any) -> list[str]:
    return [each["id"] for each in api.get(path, {"page[per_page]": 3000, **query}).data]


def accept(api: Any, application: str, **attributes: Any) -> Any:
    return api.post(f"npq-applications/{application}/accept", **attributes)


def report_outcome(api: Any, **changed: Any) -> Any:
    passed = api.get("participants/npq/outcomes").data[0]["attributes"]
    given = {
        "course_identifier": passed["course_identifier"],
        "state": passed["state"],
        "completion_date": passed["completion_date"][:10],
    }
    return api.post(f"participants/npq/{passed['participant_id']}/outcomes", **(given | changed)), passed


def outcomes_after_a_copy(api: Any) -> int:
    _, passed = report_outcome(api)
    return len(api.get(f"participants/npq/{passed['participant_id']}/outcomes").data)


def confirm(api: Any, partner: str | None = None, school: str | None = None) -> Any:
    free = next(
        each["id"]
        for each in api.get("schools/ecf", {"filter[cohort]": "2024", "page[per_page]": 3000}).data
        if not each["attributes"]["in_partnership"]
    )
    linked = api.get("delivery-partners", {"filter[cohort]": "2024"}).data[0]["id"]
    return api.post("partnerships/ecf", cohort="2024", school_id=school or free, delivery_partner_id=partner or linked)


def confirm_twice(api: Any) -> Any:
    held = api.get("partnerships/ecf", {"filter[cohort]": "2024"}).data[0]["attributes"]
    return confirm(api, school=held["school_id"])


def confirm_unlinked(api: Any) -> Any:
    partners = api.get("delivery-partners").data
    return confirm(api, next(each["id"] for each in partners if "2024" not in each["attributes"]["cohort"]))


def change_challenged(api: Any) -> Any:
    held = api.get("partnerships/ecf", {"page[per_page]": 3000}).data
    lost = next(each for each in held if each["attributes"]["status"] == "challenged")
    partner = api.get("delivery-partners", {"filter[cohort]": "2023"}).data[1]["id"]
    return api.put(f"partnerships/ecf/{lost['id']}", delivery_partner_id=partner)


def members(api: Any, path: str, version: str = "v3", **query: Any) -> dict[str, Any]:
    shown: dict[str, Any] = api.get(path, query, version=version).data[0]["attributes"]
    return shown


OBSERVATIONS: dict[str, Callable[[Any], bool]] = {
    "duplicate-declaration-accepted": lambda api: (
        api.start(started(api), declaration_date="2023-09-09T10:00:00Z").status == 200
    ),
    "idempotent-copy-has-new-id": lambda api: len({each.data["id"] for each in repeated(api)}) == 2,
    "unknown-declaration-type-accepted": lambda api: (
        api.start(api.untouched(), declaration_type="extended-1").status == 200
    ),
    "date-before-window-accepted": lambda api: (
        api.start(api.untouched(), declaration_date="2023-05-01T10:00:00Z").status == 200
    ),
    "date-after-window-accepted": lambda api: (
        api.start(api.untouched(), declaration_date="2024-05-01T10:00:00Z").status == 200
    ),
    "declaration-after-withdrawal-accepted": lambda api: late_for_the_withdrawn(api).status == 200,
    "missing-evidence-accepted": lambda api: api.start(api.untouched(), **RETAINED).status == 200,
    "closed-contract-ignored": lambda api: api.start(api.untouched(cohort="2021")).status == 200,
    "has-passed-not-needed": lambda api: complete_npq(api).status == 200,
    "declaration-date-shown-with-offset": lambda api: (
        not members(api, "participant-declarations")["declaration_date"].endswith("Z")
    ),
    "declaration-lacks-statement": lambda api: "statement_id" not in members(api, "participant-declarations"),
    "declaration-v1-lacks-voided": lambda api: "voided" not in members(api, "participant-declarations", "v1"),
    "declaration-v2-has-voided": lambda api: "voided" in members(api, "participant-declarations", "v2"),
    "other-providers-declarations-listed": lambda api: (
        set(listed(api, "participant-declarations")) == set(listed(api.as_other(), "participant-declarations"))
    ),
    "clawback-without-statement": lambda api: api.void(paid_and_frozen(api)["id"]).status == 200,
    "clawed-back-declaration-voided": lambda api: (
        api.void(api.declarations(state="awaiting-clawback", **OWN)[0]["id"]).status == 200
    ),
    "action-repeated": lambda api: api.act(api.untouched()["id"], "resume", **ECF).status == 200,
    "any-reason-accepted": lambda api: api.act(api.untouched()["id"], "defer", reason="wibble", **ECF).status == 200,
    "action-changes-nothing": lambda api: deferred_status(api) == "active",
    "npq-deferral-without-declaration": lambda api: defer_npq(api).status == 200,
    "schedule-change-invalidates-declarations": lambda api: (
        reschedule(api, started(api), "ecf-standard-april").status == 200
    ),
    "any-schedule-fits": lambda api: reschedule(api, api.untouched(), "ecf-replacement-april").status == 200,
    "cohort-changes-with-declarations": lambda api: (
        b"You cannot change the '#/cohort'"
        not in reschedule(api, started(api), "ecf-extended-september", cohort="2022").content
    ),
    "schedule-change-ignored": lambda api: new_schedule(api) == "ecf-standard-september",
    "cohort-filter-ignored": lambda api: bool(listed(api, "participants/ecf", **{"filter[cohort]": "3000"})),
    "training-status-filter-ignored": lambda api: (
        api.get("participants/ecf", {"filter[training_status]": "x"}).status == 200
    ),
    "participant-filter-ignored": lambda api: bool(
        listed(api, "participant-declarations", **{"filter[participant_id]": "x"})
    ),
    "created-since-ignored": lambda api: bool(
        listed(api, "participants/npq/outcomes", **{"filter[created_since]": "2099-01-01T00:00:00Z"})
    ),
    "sort-ignored": lambda api: (
        listed(api, "participants/ecf", sort="-updated_at") == listed(api, "participants/ecf", sort="updated_at")
    ),
    "csv-without-rows": lambda api: api.get("participants/ecf.csv", version="v1").content.count(b"\n") == 1,
    "funded-place-not-needed": lambda api: (
        accept(api, api.applications(status="pending", cohort="2024", course_identifier="npq-headship")[0]["id"]).status
        == 200
    ),
    "decided-application-decided-again": lambda api: (
        accept(api, api.applications(status="rejected", cohort="2023")[0]["id"]).status == 200
    ),
    "application-lacks-status": lambda api: "status" not in members(api, "npq-applications"),
    "outcome-not-idempotent": lambda api: outcomes_after_a_copy(api) == 2,
    "outcome-in-future-accepted": lambda api: report_outcome(api, completion_date="2099-01-01")[0].status == 200,
    "school-has-several-partners": lambda api: confirm_twice(api).status == 200,
    "unlinked-delivery-partner-accepted": lambda api: confirm_unlinked(api).status == 200,
    "challenged-partnership-changed": lambda api: change_challenged(api).status == 200,
    "school-cohort-is-number": lambda api: members(api, "schools/ecf", **{"filter[cohort]": "2024"})["cohort"] == 2024,
    "statement-month-is-number": lambda api: members(api, "statements")["month"] == 11,
    "transfer-lacks-moves": lambda api: "transfers" not in members(api, "participants/ecf/transfers"),
    "unfunded-mentor-lacks-email": lambda api: "email" not in members(api, "unfunded-mentors/ecf"),
}


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_fault_changes_behaviour_only_when_on(name: str, api: Any) -> None:
    assert not OBSERVATIONS[name](api)
    assert OBSERVATIONS[name](api.broken_by(name))


def test_every_fault_is_observed() -> None:
    first = import_module(__name__.replace("test_more_faults", "test_first_faults"))
    assert {*OBSERVATIONS, *first.OBSERVATIONS} <= set(catalogue())

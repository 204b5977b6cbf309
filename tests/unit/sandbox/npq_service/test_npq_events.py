"""Events behind the API of the NPQ service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.unit.sandbox.npq_service.lists import violations

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.events.context import EventContext, EventError
from lead_provider_sandbox.control.events.table import apply_event
from lead_provider_sandbox.control.reading import ApiReader
from lead_provider_sandbox.domain.clock import format_instant
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.sandbox import Sandbox

DAYS = ("2026-08-22", "2026-11-29", "2026-12-28", "2027-03-15", "2028-09-01")
LATER = "2026-11-29T12:00:05.000000Z"


@dataclass
class World:
    """Creates records and applies events in a sandbox at a moment."""

    npq: Any
    sandbox: Sandbox
    provider: Provider
    rival: Provider
    now: str

    def create(self, state: str, **overrides: Any) -> dict[str, Any]:
        return create(self.sandbox, self.provider, state, self.now, overrides)

    def change(self, event: str, **facts: Any) -> dict[str, Any]:
        reader = ApiReader(self.sandbox.gateway, "npq", self.npq.token)
        return apply_event(EventContext(self.sandbox, self.provider, self.rival, reader, self.now), event, facts)

    def at(self, now: str) -> World:
        self.now = now
        self.npq.travel(now)
        return self

    def show(self, path: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.npq.get(path).data["attributes"]
        return shown

    def polled(self, path: str, since: str) -> set[str]:
        """Return the ids in a list of changes."""
        return {each["id"] for each in self.npq.listed(path, **{"filter[updated_since]": since})}


@pytest.fixture
def world(npq: Any) -> World:
    provider, rival = npq.sandbox.providers
    return World(npq, npq.sandbox, provider, rival, npq.sandbox.gateway.clock.now())


def test_rival_that_accepts_rejects_the_pending_application(world: World) -> None:
    created = world.create("application.rival")
    application_id = created["application_id"]

    facts = world.at(LATER).change("rival-accepted", application_id=application_id)

    shown = world.show(f"npq-applications/{application_id}")
    assert (shown["status"], shown["reason_for_rejection"]) == ("rejected", "other_application_in_this_cohort_accepted")
    assert shown["updated_at"] == facts["updated_at"] == format_instant(LATER)
    assert facts["participant_id"] == created["participant_id"]
    assert world.npq.as_other().get(f"participants/npq/{created['participant_id']}").status == 200
    refused = world.npq.post(f"npq-applications/{application_id}/accept", funded_place=True)
    assert refused.status == 422
    assert violations(world.npq) == []


@pytest.mark.parametrize("state", ["application.capped", "application.pending", "application.unfunded"])
def test_rival_accepts_without_an_application_seeded_for_it(world: World, state: str) -> None:
    created = world.create(state)

    world.at(LATER).change("rival-accepted", application_id=created["application_id"])

    assert world.show(f"npq-applications/{created['application_id']}")["status"] == "rejected"


def test_rival_cannot_accept_an_accepted_application(world: World) -> None:
    created = world.create("npq.started")

    with pytest.raises(EventError, match="is accepted; a rival accepts a pending one"):
        world.change("rival-accepted", application_id=created["application_id"])


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("participants", "participants/npq"),
        ("applications", "npq-applications"),
        ("declarations", "participant-declarations"),
    ],
)
def test_touch_moves_updated_at_and_nothing_else(world: World, kind: str, path: str) -> None:
    created = world.create("npq.started")
    ids = {"participants": "participant_id", "applications": "application_id"}
    record_id = created[ids[kind]] if kind in ids else created["declaration_ids"][0]
    before = world.show(f"{path}/{record_id}")

    facts = world.at(LATER).change("touched", kind=kind, id=record_id)

    after = world.show(f"{path}/{record_id}")
    assert after["updated_at"] == facts["updated_at"] == "2026-11-29T12:00:05Z"
    assert after | {"updated_at": None} == before | {"updated_at": None}
    assert world.polled(path, "2026-11-29T12:00:05Z") == {record_id}


def test_email_changes_in_participant_and_application(world: World) -> None:
    created = world.create("npq.started")

    facts = world.at(LATER).change("changed", kind="participants", id=created["participant_id"], field="email")

    enrolment = world.show(f"participants/npq/{created['participant_id']}")["npq_enrolments"][0]
    assert enrolment["email"] == facts["value"]
    assert world.show(f"npq-applications/{created['application_id']}")["email"] == facts["value"]
    since = "2026-11-29T12:00:05Z"
    assert world.polled("participants/npq", since) == {created["participant_id"]}
    assert world.polled("npq-applications", since) == {created["application_id"]}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("applications", "school_urn", None),
        ("applications", "employer_name", "Priorsfield Nurseries"),
        ("participants", "teacher_reference_number", None),
        ("participants", "school_urn", "123456"),
    ],
)
def test_other_field_changes(world: World, kind: str, field: str, value: str | None) -> None:
    created = world.create("npq.started")
    path = {"applications": "npq-applications", "participants": "participants/npq"}[kind]
    record_id = created[{"applications": "application_id", "participants": "participant_id"}[kind]]

    facts = world.at(LATER).change("changed", kind=kind, id=record_id, field=field, value=value)

    shown = world.show(f"{path}/{record_id}")
    assert {**shown, **shown.get("npq_enrolments", [{}])[0]}[field] == facts["value"]
    assert shown["updated_at"] == "2026-11-29T12:00:05Z"
    assert violations(world.npq) == []


def test_delivery_partner_changes_name(world: World) -> None:
    partner = world.npq.partner()

    facts = world.at(LATER).change("changed", kind="delivery-partners", id=partner, field="name")

    assert world.show(f"delivery-partners/{partner}")["name"] == facts["value"]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"kind": "statements", "field": "paid"}, "the field 'paid' of statements cannot change"),
        ({"kind": "participants", "field": "colour"}, "the field 'colour' of participants cannot change"),
        ({"kind": "participants", "field": "employer_name"}, "needs a value for the field 'employer_name'"),
    ],
)
def test_field_that_cannot_change_is_an_error(world: World, facts: dict[str, Any], sentence: str) -> None:
    created = world.create("npq.started")

    with pytest.raises(EventError, match=sentence):
        world.change("changed", id=created["participant_id"], **facts)


def test_renamed_participant_has_previous_names(world: World) -> None:
    created = world.create("npq.started", full_name="Ada Young")

    world.at(LATER).change("renamed", participant_id=created["participant_id"], full_name="Ada Marsh")
    world.change("renamed", participant_id=created["participant_id"], full_name="Ada Eze")

    shown = world.show(f"participants/npq/{created['participant_id']}")
    assert (shown["full_name"], shown["previous_names"]) == ("Ada Eze", ["Ada Marsh", "Ada Young"])
    application = world.show(f"npq-applications/{created['application_id']}")
    assert (application["full_name"], application["updated_at"]) == ("Ada Eze", "2026-11-29T12:00:05Z")


@pytest.mark.parametrize("with_target", [True, False])
def test_merged_participant_is_gone_and_its_records_have_the_new_id(world: World, with_target: bool) -> None:
    created = world.create("npq.passed")
    target = (
        world.create("npq.no-declarations", course="npq-senior-leadership")["participant_id"] if with_target else None
    )
    from_id = created["participant_id"]

    to_id = world.at(LATER).change("merged", from_id=from_id, to_id=target)["to_id"]

    shown = world.show(f"participants/npq/{to_id}")
    change = {"from_participant_id": from_id, "to_participant_id": to_id, "changed_at": "2026-11-29T12:00:05Z"}
    assert shown["participant_id_changes"] == [change]
    assert len(shown["npq_enrolments"]) == (2 if with_target else 1)
    assert world.npq.get(f"participants/npq/{from_id}").status == 410
    assert world.npq.put(f"participants/npq/{from_id}/resume", course_identifier="npq-headship").status == 404
    for each in created["declaration_ids"]:
        assert world.show(f"participant-declarations/{each}")["participant_id"] == to_id
    assert world.show(f"npq-applications/{created['application_id']}")["participant_id"] == to_id
    assert world.polled("participant-declarations", "2026-11-29T12:00:05Z") == set(created["declaration_ids"])
    assert violations(world.npq) == []


def test_second_merge_keeps_the_first_change(world: World) -> None:
    first = world.create("npq.started")["participant_id"]

    second = world.change("merged", from_id=first)["to_id"]
    third = world.at(LATER).change("merged", from_id=second)["to_id"]

    changes = world.show(f"participants/npq/{third}")["participant_id_changes"]
    assert [(each["from_participant_id"], each["to_participant_id"]) for each in changes] == [
        (second, third),
        (first, third),
    ]


def test_late_commit_is_dated_before_its_appearance(world: World) -> None:
    created = world.at(LATER).create("application.capped")

    facts = world.change(
        "late-commit", participant_id=created["participant_id"], updated_at="2026-11-29T11:59:00.000000Z"
    )

    shown = world.show(f"npq-applications/{created['application_id']}")
    assert shown["updated_at"] == shown["created_at"] == facts["updated_at"] == "2026-11-29T11:59:00Z"
    assert created["application_id"] not in world.polled("npq-applications", "2026-11-29T12:00:00Z")
    assert created["application_id"] in world.polled("npq-applications", "2026-11-29T11:58:00Z")


def test_applicant_becomes_eligible(world: World) -> None:
    created = world.create("application.not-eligible")

    facts = world.at(LATER).change("eligible", application_id=created["application_id"])

    shown = world.show(f"npq-applications/{created['application_id']}")
    assert shown["eligible_for_funding"] is True
    assert (shown["ineligible_for_funding_reason"], shown["updated_at"]) == (None, "2026-11-29T12:00:05Z")
    assert facts["participant_id"] == created["participant_id"]


def test_submitted_declaration_becomes_eligible_with_a_funded_training(world: World) -> None:
    created = world.create("npq.started-submitted", funded_place=True)

    facts = world.at(LATER).change("eligible", participant_id=created["participant_id"])

    assert facts["declaration_ids"] == created["declaration_ids"]
    shown = world.show(f"participant-declarations/{created['declaration_ids'][0]}")
    assert (shown["state"], shown["updated_at"]) == ("eligible", "2026-11-29T12:00:05Z")
    assert shown["statement_id"] is not None


def test_applicant_without_funded_place_keeps_the_submitted_declaration(world: World) -> None:
    created = world.create("npq.started-submitted")

    facts = world.change("eligible", participant_id=created["participant_id"])

    assert facts["declaration_ids"] == []
    assert world.show(f"participant-declarations/{created['declaration_ids'][0]}")["state"] == "submitted"


def test_applicant_stops_being_eligible(world: World) -> None:
    created = world.create("application.capped")

    world.change("eligible", application_id=created["application_id"], eligible=False)

    shown = world.show(f"npq-applications/{created['application_id']}")
    assert (shown["eligible_for_funding"], shown["ineligible_for_funding_reason"]) == (
        False,
        "establishment-ineligible",
    )


@pytest.mark.parametrize(
    ("state", "path"),
    [
        ("npq.started", ["payable", "paid", "awaiting-clawback", "clawed-back"]),
        ("npq.started", ["ineligible", "voided"]),
        ("npq.started-submitted", ["eligible", "voided"]),
        ("npq.started-paid", ["clawed-back"]),
    ],
)
def test_declaration_goes_through_states(world: World, state: str, path: list[str]) -> None:
    declaration_id = world.create(state)["declaration_ids"][0]

    for number, each in enumerate(path):
        facts = world.at(f"2026-11-29T12:00:1{number}.000000Z").change(
            "declaration-state", declaration_id=declaration_id, state=each
        )

        shown = world.show(f"participant-declarations/{declaration_id}")
        assert (shown["state"], shown["updated_at"]) == (each, facts["updated_at"])
        assert (shown["statement_id"] is None) == (each in ("ineligible", "voided"))
        assert (shown["clawback_statement_id"] is None) == (each not in ("awaiting-clawback", "clawed-back"))
        assert (shown["ineligible_for_funding_reason"] is None) == ("ineligible" not in path)
        assert violations(world.npq) == []


def test_paid_declaration_is_on_a_paid_statement(world: World) -> None:
    created = world.create("npq.no-declarations", cohort="2026b")
    posted = world.npq.started(created["participant_id"], delivery_partner_id=world.npq.partner(2026))
    assert posted.status == 200

    world.at(LATER).change("declaration-state", declaration_id=posted.data["id"], state="paid")

    statement = world.show(f"participant-declarations/{posted.data['id']}")["statement_id"]
    shown = world.show(f"statements/{statement}")
    assert (shown["paid"], shown["cohort"]) == (True, "2026")


@pytest.mark.parametrize("state", ["voided", "submitted", "unheard-of"])
def test_impossible_state_of_a_declaration_is_an_error(world: World, state: str) -> None:
    declaration_id = world.create("npq.started-paid")["declaration_ids"][0]

    with pytest.raises(EventError, match=f"a declaration that is paid cannot become {state}"):
        world.change("declaration-state", declaration_id=declaration_id, state=state)


def test_completed_declaration_that_dfe_voids_takes_its_outcome_with_it(world: World) -> None:
    created = world.create("npq.failed")

    world.at(LATER).change("declaration-state", declaration_id=created["declaration_ids"][-1], state="voided")

    outcomes = world.npq.listed(f"participants/npq/{created['participant_id']}/outcomes")
    assert [each["attributes"]["state"] for each in outcomes] == ["failed", "voided"]
    assert world.show(f"participant-declarations/{created['declaration_ids'][-1]}")["has_passed"] is None


def test_outcome_by_dfe_is_shown_and_changes_the_declaration(world: World) -> None:
    created = world.create("npq.failed")

    facts = world.at(LATER).change(
        "outcome", participant_id=created["participant_id"], state="passed", completion_date="2026-08-01"
    )

    last = world.npq.listed(f"participants/npq/{created['participant_id']}/outcomes")[-1]
    assert (last["id"], last["attributes"]["state"]) == (facts["outcome_id"], "passed")
    assert last["attributes"]["completion_date"] == "2026-08-01T00:00:00+00:00"
    assert world.show(f"participant-declarations/{facts['declaration_id']}")["has_passed"] is True
    with pytest.raises(EventError, match="has the outcome passed on 2026-08-01 already"):
        world.change("outcome", participant_id=created["participant_id"], state="passed", completion_date="2026-08-01")


def test_outcome_without_completed_declaration_is_an_error(world: World) -> None:
    created = world.create("npq.started")

    with pytest.raises(EventError, match="has no live completed declaration"):
        world.change("outcome", participant_id=created["participant_id"], state="passed")


def test_transferred_participant_has_declarations_of_the_rival(world: World) -> None:
    created = world.create("npq.transferred-in")

    facts = world.change("transferred-in", participant_id=created["participant_id"])

    assert facts["declaration_ids"] == created["declaration_ids"]
    shown = world.show(f"participant-declarations/{created['declaration_ids'][0]}")
    assert shown["lead_provider_name"] == world.rival.name
    again = world.npq.started(created["participant_id"], delivery_partner_id=world.npq.partner())
    assert again.status == 422
    void = world.npq.put(f"participant-declarations/{created['declaration_ids'][0]}/void")
    assert void.status == 403


def test_participant_without_other_declarations_is_not_transferred(world: World) -> None:
    created = world.create("npq.started")

    with pytest.raises(EventError, match="no declarations of another provider"):
        world.change("transferred-in", participant_id=created["participant_id"])


def test_event_on_an_unknown_record_is_an_error(world: World) -> None:
    unknown = "3f2b8f0e-6f0c-4b8e-9d58-0d2a34c1c0de"

    for event, facts in (
        ("touched", {"kind": "participants", "id": unknown}),
        ("renamed", {"participant_id": unknown, "full_name": "Ada Young"}),
        ("merged", {"from_id": unknown}),
        ("appeared", {"participant_id": unknown}),
        ("late-commit", {"participant_id": unknown, "updated_at": LATER}),
        ("application-appeared", {"application_id": unknown}),
    ):
        with pytest.raises(EventError, match=f"has no record {unknown}"):
            world.change(event, **facts)
    with pytest.raises(EventError, match="has no applications"):
        world.change("eligible", participant_id=unknown)
    with pytest.raises(EventError, match="no records of kind 'schools'"):
        world.change("touched", kind="schools", id=unknown)


@pytest.mark.parametrize("day", DAYS)
def test_every_list_and_record_is_valid_after_every_event_on_every_day(world: World, day: str) -> None:
    world.at(f"{day}T09:00:00.000000Z")
    rival, pending = world.create("application.rival"), world.create("application.not-eligible")
    started, failed, moved = (world.create(each) for each in ("npq.started", "npq.failed", "npq.transferred-in"))
    appeared = world.change("application-appeared", application_id=pending["application_id"])
    assert appeared["updated_at"] == f"{day}T09:00:00Z"
    assert world.change("appeared", participant_id=started["participant_id"])["updated_at"] == f"{day}T09:00:00Z"
    world.at(f"{day}T09:30:00.000000Z")

    world.change("rival-accepted", application_id=rival["application_id"])
    world.change("eligible", application_id=pending["application_id"])
    world.change("touched", kind="declarations", id=started["declaration_ids"][0])
    world.change("changed", kind="participants", id=started["participant_id"], field="email")
    world.change("renamed", participant_id=started["participant_id"], full_name="Ada Young")
    world.change("declaration-state", declaration_id=started["declaration_ids"][0], state="paid")
    world.change("outcome", participant_id=failed["participant_id"], state="passed")
    world.change("transferred-in", participant_id=moved["participant_id"])
    world.change("late-commit", participant_id=moved["participant_id"], updated_at=f"{day}T08:00:00.000000Z")
    world.change("merged", from_id=started["participant_id"], to_id=failed["participant_id"])

    assert violations(world.npq) == []
    for path, record_id in (
        ("participants/npq", failed["participant_id"]),
        ("npq-applications", rival["application_id"]),
        ("npq-applications", pending["application_id"]),
        ("participant-declarations", started["declaration_ids"][0]),
    ):
        assert world.show(f"{path}/{record_id}")["updated_at"] == f"{day}T09:30:00Z"

"""Events behind the API of the ECT service: the record changes and shows it, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.sandbox.ect.lists import Key, differences, read_all, violations, violations_of

from lead_provider_sandbox.control.events.context import EventError
from lead_provider_sandbox.control.events.table import EVENTS
from lead_provider_sandbox.control.reading import ReadError
from lead_provider_sandbox.control.records import STATES_OF_SERVICE
from lead_provider_sandbox.control.world import Person, World

DAYS = ("2026-08-22", "2026-12-31", "2027-02-28", "2028-09-01")
STATES = STATES_OF_SERVICE["ect"]


class Watched:
    """A world whose events are compared with the records before and after."""

    def __init__(self, world: World) -> None:
        self.world = world

    def travel(self, day: str) -> None:
        """Let it be noon of a day."""
        self.world.offset = (datetime.fromisoformat(f"{day}T12:00:00+00:00") - datetime.now(UTC)).total_seconds()

    def change(self, event: str, *expected: Key, **facts: Any) -> dict[str, Any]:
        """Apply an event. Check that the expected records change, show when, and keep the contract."""
        self.world.offset += 60
        before, began = read_all(self.world), _shown(self.world.now())
        happened = self.world.change(event, **facts)
        after = read_all(self.world)
        assert differences(before, after) == set(expected)
        for key in expected:
            if key in after:
                assert began <= after[key]["updated_at"] <= _shown(self.world.now()), key
        assert violations(self.world, [key for key in expected if key in after]) == []
        return happened

    def enrolment(self, participant_id: str, number: int = 0) -> dict[str, Any]:
        shown: dict[str, Any] = self.world.record("participants", participant_id)["ecf_enrolments"][number]
        return shown


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def participant(person: Person) -> Key:
    return "participants", person.participant_id


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with World(edition="2026-08", programme="ecf", token="token") as world:
        yield world


@pytest.fixture
def watched(shared: World) -> Watched:
    shared.offset = 0.0
    return Watched(shared)


@pytest.mark.parametrize("state", sorted(STATES))
def test_created_record_adds_its_own_records_alone(watched: Watched, state: str) -> None:
    before = read_all(watched.world)

    person = watched.world.create(state)

    declared = {("declarations", each) for each in person.declaration_ids}
    mentors = {("unfunded-mentors", each) for each, _ in watched.world.records("unfunded-mentors")}
    found = differences(before, read_all(watched.world))
    assert found - mentors == {participant(person), *declared}
    assert violations_of(watched.world, found) == []
    assert watched.world.person(person.participant_id) == person


@pytest.mark.parametrize("day", DAYS)
def test_states_hold_on_any_day(day: str) -> None:
    with World(edition="2026-08", programme="ecf", token="token") as world:
        watched = Watched(world)
        watched.travel(day)
        people = {state: world.create(state) for state in STATES}
        statuses = {state: watched.enrolment(each.participant_id) for state, each in people.items()}

        assert violations(world, [participant(each) for each in people.values()]) == []
        assert statuses["ect.joining"]["participant_status"] == "joining"
        active = {
            state
            for state, each in statuses.items()
            if (each["participant_status"], each["training_status"]) == ("active", "active")
        }
        stopped = {"ect.joining", "ect.deferred", "ect.deferred-started", "ect.withdrawn"}
        assert active == set(STATES) - stopped
        now = _shown(world.now())
        assert all(shown["updated_at"] <= now for _, shown in world.records("participants"))
        assert all(shown["updated_at"] <= now for _, shown in world.records("declarations"))


def test_people_of_one_name_have_different_addresses(watched: Watched) -> None:
    first = watched.world.create("ect.of-2025", full_name="Alex Smith")
    second = watched.world.create("ect.of-2025", full_name="Alex Smith")

    addresses = {watched.enrolment(each.participant_id)["email"] for each in (first, second)}
    assert len(addresses) == 2
    assert first.teacher_reference_number != second.teacher_reference_number


def test_participant_who_appeared_is_last_in_the_list(watched: Watched) -> None:
    person = watched.world.create("ect.of-2025")

    assert watched.change("appeared", participant_id=person.participant_id) == {"participant_id": person.participant_id}
    assert watched.world.records("participants")[-1][0] == person.participant_id
    with pytest.raises(EventError, match="404"):
        watched.world.change("appeared", participant_id="00000000-0000-4000-8000-000000000000")


def test_late_commit_shows_an_earlier_time(watched: Watched) -> None:
    watched.world.offset = 3600.0
    earlier = watched.world.now() - timedelta(minutes=30)
    person = watched.world.create("ect.of-2025", updated_at=earlier)

    facts = watched.world.change("late-commit", participant_id=person.participant_id, updated_at=_shown(earlier))

    assert facts == {"participant_id": person.participant_id, "updated_at": _shown(earlier)}
    assert watched.world.record("participants", person.participant_id)["updated_at"] == _shown(earlier)
    with pytest.raises(EventError, match="past"):
        watched.world.change("late-commit", participant_id=person.participant_id, updated_at="2099-01-01T00:00:00Z")


@pytest.mark.parametrize(
    "kind", ["participants", "declarations", "partnerships", "statements", "transfers", "unfunded-mentors"]
)
def test_touched_record_moves_its_time_alone(watched: Watched, kind: str) -> None:
    moved = {each for each, _ in watched.world.records("transfers")}
    record_id, before = next(
        each for each in watched.world.records(kind) if kind == "transfers" or each[0] not in moved
    )

    facts = watched.change("touched", (kind, record_id), kind=kind, id=record_id)

    after = watched.world.record(kind, record_id)
    assert facts == {"kind": kind, "id": record_id, "updated_at": after["updated_at"]}
    assert {**after, "updated_at": None} == {**before, "updated_at": None}


@pytest.mark.parametrize("field", ["email", "working_pattern"])
def test_changed_field_shows_its_new_value(watched: Watched, field: str) -> None:
    person = watched.world.create("ect.of-2025")
    before = watched.enrolment(person.participant_id)[field]

    facts = watched.change("changed", participant(person), kind="participants", id=person.participant_id, field=field)

    after = watched.enrolment(person.participant_id)[field]
    assert after == facts["value"] != before


def test_renamed_participant_shows_new_name(watched: Watched) -> None:
    person = watched.world.create("ect.of-2025")

    watched.change("renamed", participant(person), participant_id=person.participant_id, full_name="New Name")

    assert watched.world.record("participants", person.participant_id)["full_name"] == "New Name"


def test_merged_participant_is_unknown_and_listed_by_the_other(watched: Watched) -> None:
    old, kept = watched.world.create("ect.started-2025"), watched.world.create("ect.of-2025")

    watched.change(
        "merged",
        *(participant(old), participant(kept), ("declarations", old.declaration_ids[0])),
        from_id=old.participant_id,
        to_id=kept.participant_id,
    )

    shown = watched.world.record("participants", kept.participant_id)
    assert [each["from_participant_id"] for each in shown["participant_id_changes"]] == [old.participant_id]
    assert len(shown["ecf_enrolments"]) == 1
    with pytest.raises(ReadError, match="404"):
        watched.world.record("participants", old.participant_id)
    declaration = watched.world.record("declarations", old.declaration_ids[0])
    assert declaration["participant_id"] == kept.participant_id


def test_merged_mentor_becomes_the_mentor_of_their_teachers(watched: Watched) -> None:
    old, kept = watched.world.create("mentor.of-2025"), watched.world.create("ect.of-2025")
    teacher = watched.world.create("ect.of-2025")
    watched.world.change("mentor-replaced", participant_id=teacher.participant_id, mentor_id=old.participant_id)

    watched.change(
        "merged",
        *(participant(old), participant(kept), participant(teacher)),
        from_id=old.participant_id,
        to_id=kept.participant_id,
    )

    roles = {watched.enrolment(kept.participant_id, each)["participant_type"] for each in (0, 1)}
    assert roles == {"ect", "mentor"}
    assert watched.enrolment(teacher.participant_id)["mentor_id"] == kept.participant_id


def test_participants_with_the_same_live_declaration_cannot_merge(watched: Watched) -> None:
    people = [watched.world.create("ect.started-2025").participant_id for _ in range(2)]

    with pytest.raises(EventError, match="ecf-induction started"):
        watched.world.change("merged", from_id=people[0], to_id=people[1])


def test_teacher_becomes_mentor_as_well(watched: Watched) -> None:
    person = watched.world.create("ect.started-2025")

    facts = watched.change("mentor-as-well", participant(person), participant_id=person.participant_id)

    first, second = watched.world.record("participants", person.participant_id)["ecf_enrolments"]
    assert (first["participant_type"], second["participant_type"]) == ("ect", "mentor")
    assert second["training_record_id"] == facts["training_record_id"] != first["training_record_id"]
    assert second["participant_status"] == "active"
    with pytest.raises(EventError, match="mentor already"):
        watched.world.change("mentor-as-well", participant_id=person.participant_id)


def test_replaced_mentor_is_shown(watched: Watched) -> None:
    person, mentor = watched.world.create("ect.of-2025"), watched.world.create("mentor.replacement")

    watched.change(
        "mentor-replaced",
        participant(person),
        participant_id=person.participant_id,
        mentor_id=mentor.participant_id,
    )

    assert watched.enrolment(person.participant_id)["mentor_id"] == mentor.participant_id


def test_eligible_participant_has_eligible_declarations(watched: Watched) -> None:
    person = watched.world.create("ect.submitted")

    watched.change(
        "eligible",
        *(participant(person), ("declarations", person.declaration_ids[0])),
        participant_id=person.participant_id,
    )

    assert watched.enrolment(person.participant_id)["eligible_for_funding"] is True
    assert watched.world.record("declarations", person.declaration_ids[0])["state"] == "eligible"


def test_ended_induction_leaves_participant_active(watched: Watched) -> None:
    person = watched.world.create("ect.all-but-completed")

    watched.change("induction-ended", participant(person), participant_id=person.participant_id, on="2026-07-17")

    shown = watched.enrolment(person.participant_id)
    assert shown["induction_end_date"] == "2026-07-17"
    assert (shown["participant_status"], shown["training_status"]) == ("active", "active")


@pytest.mark.parametrize("number", range(5))  # new participants are at any of the provider's schools
def test_participant_of_frozen_cohort_moves_to_open_one(watched: Watched, number: int) -> None:
    person = watched.world.create("ect.frozen-cohort")

    given = {"participant_id": person.participant_id, "from": 2022, "to": 2024}
    facts = watched.change("cohort-moved", participant(person), **given)

    shown = watched.enrolment(person.participant_id)
    assert facts == given, number
    assert (shown["cohort"], shown["cohort_changed_after_payments_frozen"]) == ("2024", True)
    assert shown["schedule_identifier"] == "ecf-extended-september"


def test_participant_of_open_cohort_cannot_move(watched: Watched) -> None:
    person = watched.world.create("ect.of-2025")

    with pytest.raises(EventError, match="not frozen"):
        watched.world.change("cohort-moved", participant_id=person.participant_id)
    with pytest.raises(EventError, match="is in cohort 2025"):
        watched.world.change("cohort-moved", **{"participant_id": person.participant_id, "from": 2022})


def test_school_reports_leaving_and_left(watched: Watched) -> None:
    person = watched.world.create("ect.started-2025")

    watched.change("leaving", participant(person), participant_id=person.participant_id)
    assert watched.enrolment(person.participant_id)["participant_status"] == "leaving"
    watched.change("left", participant(person), participant_id=person.participant_id)

    shown = watched.enrolment(person.participant_id)
    assert (shown["participant_status"], shown["training_status"]) == ("left", "active")
    assert watched.world.record("declarations", person.declaration_ids[0])["state"] == "eligible"


def test_transfer_is_incomplete_until_the_other_school_registers(watched: Watched) -> None:
    person = watched.world.create("ect.started-2025")
    transfer = ("transfers", person.participant_id)

    watched.change("transfer-announced", participant(person), transfer, participant_id=person.participant_id)
    half = watched.world.record(*transfer)["transfers"][0]
    assert (half["status"], half["joining"], half["transfer_type"]) == ("incomplete", None, "unknown")
    assert watched.enrolment(person.participant_id)["participant_status"] == "leaving"

    watched.change("transfer-completed", participant(person), transfer, participant_id=person.participant_id)
    whole = watched.world.record(*transfer)["transfers"][0]
    assert (whole["status"], whole["transfer_type"]) == ("complete", "new_provider")
    assert whole["leaving"]["date"] == whole["joining"]["date"]
    assert watched.enrolment(person.participant_id)["participant_status"] == "left"


def test_transfer_can_complete_without_announcement(watched: Watched) -> None:
    person = watched.world.create("ect.of-2025")

    watched.change(
        "transfer-completed",
        *(participant(person), ("transfers", person.participant_id)),
        participant_id=person.participant_id,
    )

    assert watched.world.record("transfers", person.participant_id)["transfers"][0]["status"] == "complete"


def test_participant_transfers_in_with_declaration_of_rival(watched: Watched) -> None:
    before = read_all(watched.world)

    facts = watched.world.change("transferred-in", state="ect.paid-2025", full_name="Robin Day")

    person_id, (declaration_id,) = facts["participant_id"], facts["declaration_ids"]
    arrived = {("participants", person_id), ("declarations", declaration_id), ("transfers", person_id)}
    assert differences(before, read_all(watched.world)) == arrived
    assert violations(watched.world, arrived) == []
    shown = watched.enrolment(person_id)
    assert (shown["participant_status"], shown["training_status"]) == ("active", "active")
    declaration = watched.world.record("declarations", declaration_id)
    assert (declaration["declaration_type"], declaration["state"]) == ("started", "paid")
    assert declaration["lead_provider_name"] != watched.world.lead_provider_name
    assert watched.world.person(person_id).full_name == "Robin Day"


@pytest.mark.parametrize("state", ["ect.no-declarations", "ect.of-2025", "ect.of-2026", "mentor.no-declarations"])
def test_participant_turns_out_to_have_a_past_with_rival(watched: Watched, state: str) -> None:
    person = watched.world.create(state)
    watched.world.offset += 60
    before, place = read_all(watched.world), watched.enrolment(person.participant_id)["school_urn"]

    facts = watched.world.change("transferred-in", participant_id=person.participant_id, on="2026-07-10")

    (declaration_id,) = facts["declaration_ids"]
    after, transfer = read_all(watched.world), ("transfers", person.participant_id)
    arrived = {participant(person), transfer, ("declarations", declaration_id)}
    assert differences(before, after) - arrived == set()
    assert violations(watched.world, arrived) == []
    assert [each["transfer_type"] for each in after[transfer]["transfers"]] == ["new_provider"]
    joining = after[transfer]["transfers"][0]["joining"]
    assert (joining["school_urn"], joining["date"]) == (place, facts["on"]) == (place, "2026-07-10")
    assert watched.enrolment(person.participant_id)["participant_status"] == "active"
    shown = watched.world.record("declarations", declaration_id)
    assert (shown["participant_id"], shown["declaration_type"]) == (person.participant_id, "started")
    assert shown["lead_provider_name"] != watched.world.lead_provider_name
    with pytest.raises(EventError, match="has a past"):
        watched.world.change("transferred-in", participant_id=person.participant_id)


def test_declarations_on_an_open_schedule_are_in_order(watched: Watched) -> None:
    declared = tuple((each, "eligible") for each in ("started", "retained-1", "retained-2", "retained-3", "retained-4"))

    person = watched.world.create("ect.no-windows", declared=declared)

    days = [watched.world.record("declarations", each)["declaration_date"] for each in person.declaration_ids]
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("state", "asked", "shown"),
    [
        ("ect.submitted", "eligible", "eligible"),
        ("ect.started-2025", "payable", "payable"),
        ("ect.started-2025", "paid", "paid"),
        ("ect.started-2025", "voided", "voided"),
        ("ect.paid-2025", "voided", "awaiting-clawback"),
        ("ect.awaiting-clawback", "clawed-back", "clawed-back"),
        ("mentor.started-2025", "paid", "paid"),
    ],
)
def test_declaration_moves_to_state(watched: Watched, state: str, asked: str, shown: str) -> None:
    declaration_id = watched.world.create(state).declaration_ids[0]

    facts = watched.change(
        "declaration-state", ("declarations", declaration_id), declaration_id=declaration_id, state=asked
    )

    declaration = watched.world.record("declarations", declaration_id)
    assert facts == {"declaration_id": declaration_id, "state": shown}
    assert declaration["state"] == shown
    assert (declaration["statement_id"] is None) == (shown == "voided")
    assert (declaration["clawback_statement_id"] is None) == (shown not in ("awaiting-clawback", "clawed-back"))
    if shown == "paid":
        assert watched.world.record("statements", declaration["statement_id"])["paid"] is True


def test_voided_completion_funds_the_mentor_again(watched: Watched) -> None:
    completed = (("started", "paid"), ("completed", "eligible"))
    person = watched.world.create("mentor.of-2025", declared=completed)
    assert watched.enrolment(person.participant_id)["mentor_funding_end_date"] is not None

    watched.change(
        "declaration-state",
        *(participant(person), ("declarations", person.declaration_ids[1])),
        declaration_id=person.declaration_ids[1],
        state="voided",
    )

    assert watched.enrolment(person.participant_id)["mentor_funding_end_date"] is None


@pytest.mark.parametrize(
    ("state", "asked"), [("ect.voided", "paid"), ("ect.paid-2025", "eligible"), ("ect.submitted", "clawed-back")]
)
def test_declaration_state_cannot_go_back(watched: Watched, state: str, asked: str) -> None:
    declaration_id = watched.world.create(state).declaration_ids[0]

    with pytest.raises(EventError, match=f"cannot become {asked}"):
        watched.world.change("declaration-state", declaration_id=declaration_id, state=asked)


@pytest.mark.parametrize("day", DAYS)
def test_events_hold_on_any_day(day: str) -> None:
    with World(edition="2026-08", programme="ecf", token="token") as world:
        watched = Watched(world)
        watched.travel(day)
        started = [world.create("ect.started-2025") for _ in range(3)]
        frozen, submitted = world.create("ect.frozen-cohort"), world.create("ect.submitted")
        facts: dict[str, dict[str, Any]] = {
            "cohort-moved": {"participant_id": frozen.participant_id},
            "eligible": {"participant_id": submitted.participant_id},
            "declaration-state": {"declaration_id": started[0].declaration_ids[0], "state": "paid"},
            "leaving": {"participant_id": started[0].participant_id},
            "transfer-announced": {"participant_id": started[1].participant_id},
            "transfer-completed": {"participant_id": started[1].participant_id},
            "transferred-in": {"state": "ect.retained"},
            "mentor-as-well": {"participant_id": started[2].participant_id},
            "induction-ended": {"participant_id": started[2].participant_id},
            "week-passed": {},
            "left": {"participant_id": started[0].participant_id},
        }
        for event, values in facts.items():
            world.change(event, **values)

        assert violations(world) == []
        now = _shown(world.now())
        for kind in ("participants", "declarations", "transfers", "schools 2024"):
            kind, _, cohort = kind.partition(" ")
            filters = {"cohort": cohort} if cohort else {}
            assert all(shown["updated_at"] <= now for _, shown in world.records(kind, **filters))


def test_service_without_challenges_has_no_such_event(watched: Watched) -> None:
    with pytest.raises(EventError, match="no event 'partnership-challenged'"):
        watched.world.change("partnership-challenged", partnership_id="x")


def test_impossible_facts_are_refused(watched: Watched) -> None:
    rival = watched.world.change("transferred-in")
    rival_person = rival["participant_id"]
    for event, facts in (
        ("touched", {"kind": "schools", "id": "x"}),
        ("changed", {"kind": "declarations", "id": "x"}),
        ("renamed", {"participant_id": "x", "full_name": "y"}),
        ("mentor-replaced", {"participant_id": rival_person, "mentor_id": "x"}),
        ("declaration-state", {"declaration_id": rival["declaration_ids"][0], "state": "submitted"}),
        ("declaration-state", {"declaration_id": rival["declaration_ids"][0], "state": "ineligible"}),
        ("leaving", {"participant_id": rival_person, "on": "2020-01-01"}),
        ("left", {"participant_id": rival_person, "on": "2099-01-01"}),
        ("mentor-as-well", {"participant_id": rival_person, "on": "2099-01-01"}),
        ("transferred-in", {"on": "2099-01-01"}),
        ("induction-ended", {"participant_id": watched.world.create("mentor.of-2025").participant_id}),
    ):
        with pytest.raises(EventError):
            watched.world.change(event, **facts)


def test_every_event_of_the_service_has_a_summary() -> None:
    assert all((event.__doc__ or "").strip().endswith(".") for event in EVENTS["ect"].values())

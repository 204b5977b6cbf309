"""The stock of a world of the NPQ service, and its records and events through the world."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.unit.sandbox.conftest import _exchange
from tests.unit.sandbox.npq_service.lists import violations

from lead_provider_sandbox.control.records import states_of
from lead_provider_sandbox.control.world import World
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.lifecycles import APPLICATION_OF_NPQ_SERVICE, DECLARATION, TRAINING
from lead_provider_sandbox.seed.file import SeedFileError, read_plan

TOKEN = "the-token-of-a-session"
KINDS = ("applications", "participants", "declarations", "outcomes", "delivery-partners", "statements")


class Reader:
    """Reads a world through its application."""

    def __init__(self, world: World) -> None:
        self.world = world

    def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        headers = {"authorization": f"Bearer {TOKEN}"}
        return asyncio.run(
            _exchange(self.world.app, "GET", f"/api/v3/{path}", urlencode(query or {}).encode(), b"", headers)
        )


def new_world(seed: int = 1) -> World:
    return World(edition="2026-08", programme="npq", token=TOKEN, seed=seed)


@pytest.fixture(scope="module")
def stocked() -> Iterator[World]:
    with new_world() as made:
        yield made


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stock_fills_its_pages(seed: int) -> None:
    with new_world(seed) as world:
        stock = world.change("stock")
        partners = {year: len(world.records("delivery-partners", cohort=year)) for year in ("2024", "2025", "2026")}

    assert stock["applications"] == 250
    assert stock["delivery-partners"] == 200
    assert set(partners.values()) == {200}
    assert stock["declarations"] > 200
    assert min(stock.values()) > 100
    assert all(number % 100 for kind, number in stock.items() if kind != "delivery-partners")


def test_stock_is_valid(stocked: World) -> None:
    assert violations(Reader(stocked), records=True) == []


def test_stock_has_every_state(stocked: World) -> None:
    applications = [shown for _, shown in stocked.records("applications")]
    enrolments = [each for _, shown in stocked.records("participants") for each in shown["npq_enrolments"]]

    assert {shown["status"] for shown in applications} == set(APPLICATION_OF_NPQ_SERVICE.states)
    assert {shown["reason_for_rejection"] for shown in applications if shown["status"] == "rejected"} == {
        "rejected_by_provider", "other_application_in_this_cohort_accepted", "registration_expired", None,
    }  # fmt: skip
    assert {each["training_status"] for each in enrolments} == set(TRAINING.states)
    assert {shown["state"] for _, shown in stocked.records("declarations")} == set(DECLARATION.states)
    assert {shown["state"] for _, shown in stocked.records("outcomes")} == {"passed", "failed"}


def test_stock_has_every_shape(stocked: World) -> None:
    applications = [shown for _, shown in stocked.records("applications")]
    participants = [shown for _, shown in stocked.records("participants")]
    declarations = [shown for _, shown in stocked.records("declarations")]

    assert {shown["ineligible_for_funding_reason"] for shown in applications} == {
        None, "establishment-ineligible", "previously-funded",
    }  # fmt: skip
    for name in ("email", "teacher_reference_number", "school_urn", "funded_place", "headteacher_status"):
        assert {shown[name] is None for shown in applications} == {True, False}
    assert {len(shown["npq_enrolments"]) for shown in participants} == {1, 2}
    assert {bool(shown["participant_id_changes"]) for shown in participants} == {True, False}
    assert {bool(shown["previous_names"]) for shown in participants} == {True, False}
    assert {shown["lead_provider_name"] for shown in declarations} == {"Ambition Sandbox", "Teach Well Sandbox"}
    pending = Counter(shown["participant_id"] for shown in applications if shown["status"] == "pending")
    assert max(pending.values()) == 2
    namesakes = [shown for shown in participants if shown["full_name"] == "Nadia Fletcher"]
    assert len({shown["teacher_reference_number"] for shown in namesakes}) >= 2


def test_whole_stock_is_older_than_the_first_day_of_the_edition(stocked: World) -> None:
    for kind in KINDS:
        for _, shown in stocked.records(kind):
            assert shown["created_at" if kind != "participants" else "updated_at"] < "2026-08-02"
            assert shown["updated_at"] < "2026-08-02"
    for _, shown in stocked.records("declarations"):
        assert shown["declaration_date"] < shown["created_at"]


@pytest.mark.parametrize("state", sorted(states_of("npq")))
def test_world_creates_each_state_changed_now(stocked: World, state: str) -> None:
    began = stocked.now() - timedelta(seconds=1)

    person = stocked.create(state)

    shown = stocked.record("applications", str(person.application_id))
    assert (shown["participant_id"], shown["full_name"]) == (person.participant_id, person.full_name)
    assert shown["course_identifier"] == person.course_identifier
    changed = dict(stocked.records("applications", updated_since=began.strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert person.application_id in changed


def test_events_of_a_world_change_the_records_of_its_token(world: World) -> None:
    pending, transferred = world.create("application.rival"), world.create("npq.transferred-in")
    failed, started = world.create("npq.failed"), world.create("npq.started")

    world.change("rival-accepted", application_id=pending.application_id)
    world.change("outcome", participant_id=failed.participant_id, state="passed", completion_date="2026-08-15")
    merged = world.change("merged", from_id=started.participant_id)
    facts = world.change("transferred-in", participant_id=transferred.participant_id)

    assert world.record("applications", str(pending.application_id))["status"] == "rejected"
    assert world.record("declarations", failed.declaration_ids[-1])["has_passed"] is True
    assert world.record("declarations", started.declaration_ids[0])["participant_id"] == merged["to_id"]
    assert tuple(facts["declaration_ids"]) == transferred.declaration_ids
    assert world.record("declarations", facts["declaration_ids"][0])["lead_provider_name"] == "Teach Well Sandbox"
    assert violations(Reader(world)) == []


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("delivery_partners: many", "`delivery_partners` must be a number"),
        ("latest: soon", "`latest` must be a day such as 2026-08-01"),
        ("latest: 2026-08-01T10:00:00Z", "`latest` must be a day such as 2026-08-01"),
    ],
)
def test_invalid_number_or_day_of_a_seed_file_is_an_error(tmp_path: Path, written: str, sentence: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(written)

    with pytest.raises(SeedFileError, match=sentence):
        read_plan(file, Calendar.load("2026-08"))

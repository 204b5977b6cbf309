"""A world: its own data, clock and token; records read within the process."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.sandbox.conftest import _exchange

from lead_provider_sandbox.control.events.context import EventError
from lead_provider_sandbox.control.overrides import UnknownOverrideError
from lead_provider_sandbox.control.reading import ReadError, run_at_once
from lead_provider_sandbox.control.records import UnknownStateError
from lead_provider_sandbox.control.world import World
from lead_provider_sandbox.http.access import PROVIDER_TOKENS

TOKEN = "the-token-of-a-session"


def new_world(**options: Any) -> World:
    return World(**{"edition": "2026-08", "programme": "ecf", "token": TOKEN, **options})


@pytest.fixture
def world() -> Iterator[World]:
    with new_world() as made:
        yield made


def get(world: World, path: str, token: str = TOKEN, **headers: str) -> Any:
    authorization = {"authorization": f"Bearer {token}", **headers}
    return asyncio.run(_exchange(world.app, "GET", path, b"", b"", authorization))


def date_of(reply: Any) -> datetime:
    return parsedate_to_datetime(reply.headers["date"])


def test_only_the_token_of_the_world_has_access(world: World) -> None:
    assert get(world, "/api/v3/statements").status == 200
    for _, token in PROVIDER_TOKENS:
        assert get(world, "/api/v3/statements", token).status == 401


def test_no_page_shows_the_token(world: World) -> None:
    assert get(world, "/").status == 404
    assert get(world, "/healthcheck").status == 200


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stock_of_ect_world_fills_its_pages(seed: int) -> None:
    with new_world(seed=seed) as world:
        stock = world.change("stock")
        schools = {cohort: len(world.records("schools", cohort=cohort)) for cohort in ("2023", "2024", "2025", "2026")}

    assert stock["participants"] == 250
    assert set(schools.values()) == {200}
    assert stock["declarations"] > 200


def test_stock_of_ect_world_has_every_shape(world: World) -> None:
    enrolments = [each for _, shown in world.records("participants") for each in shown["ecf_enrolments"]]
    states = {shown["state"] for _, shown in world.records("declarations")}

    assert {each["participant_status"] for each in enrolments} == {"joining", "active", "leaving", "left"}
    assert {each["training_status"] for each in enrolments} == {"active", "deferred", "withdrawn"}
    assert {each["eligible_for_funding"] for each in enrolments} == {True, False, None}
    assert states == {
        *("submitted", "eligible", "payable", "paid", "voided", "awaiting-clawback", "clawed-back"),
    }
    assert {shown["teacher_reference_number"] is None for _, shown in world.records("participants")} == {True, False}
    assert {each["joining"] is None for _, shown in world.records("transfers") for each in shown["transfers"]} == {
        True,
        False,
    }


def test_worlds_of_one_process_share_nothing() -> None:
    with new_world(token="first") as first, new_world(token="second") as second:
        person = first.create("ect.no-declarations")
        first.offset = 3600.0
        first.change("live-like", on=True)

        assert len(first.records("participants")) == 251
        assert len(second.records("participants")) == 250
        with pytest.raises(ReadError, match="404"):
            second.record("participants", person.participant_id)
        assert second.offset == 0.0
        assert first.now() - second.now() > timedelta(minutes=59)
        assert get(first, "/api/v3/statements", "second").status == 401
        assert get(second, "/api/v3/statements", "first").status == 401


def test_clock_runs_ahead_of_the_machine_by_the_offset(world: World) -> None:
    world.offset = 86_400.0 * 30

    before = datetime.now(UTC)
    moment = world.now()

    assert before <= moment - timedelta(days=30) <= datetime.now(UTC)
    assert world.now() > moment


@pytest.mark.parametrize("path", ["/api/v3/statements", "/api/v3/no-such-path", "/healthcheck"])
def test_date_header_shows_the_clock_of_the_world(world: World, path: str) -> None:
    world.offset = 600.0

    apart = date_of(get(world, path)) - datetime.now(UTC)

    assert timedelta(seconds=598) < apart <= timedelta(seconds=600)


def test_clock_events_move_the_offset(world: World) -> None:
    assert world.change("clock-moved", seconds=60) == {"seconds": 60}
    world.change("week-passed")
    world.change("clock-apart", seconds=-10)

    assert world.offset == 7 * 86_400 + 50


def test_server_date_has_no_effect_in_live_like_world(world: World) -> None:
    person = world.create("ect.of-2025")
    path, header = f"/api/v3/participants/{person.participant_id}", {"x-with-server-date": "2025-06-01T00:00:00Z"}

    def status() -> str:
        shown: str = get(world, path, **header).json["data"]["attributes"]["ecf_enrolments"][0]["participant_status"]
        return shown

    assert status() == "joining"
    world.change("live-like", on=True)
    assert status() == "active"
    world.change("live-like", on=False)
    assert status() == "joining"


def test_created_record_shows_its_overrides(world: World) -> None:
    person = world.create(
        "ect.started",
        full_name="Sam Lee",
        email="sam@example.com",
        trn="7654321",
        cohort=2025,
        schedule="ecf-standard-april",
    )

    shown = world.record("participants", person.participant_id)
    enrolment = shown["ecf_enrolments"][0]
    assert (person.full_name, person.teacher_reference_number) == ("Sam Lee", "7654321")
    assert (shown["full_name"], shown["teacher_reference_number"]) == ("Sam Lee", "7654321")
    assert enrolment["email"] == "sam@example.com"
    assert (enrolment["cohort"], enrolment["schedule_identifier"]) == ("2025", "ecf-standard-april")
    assert world.record("declarations", person.declaration_ids[0])["state"] == "eligible"


def test_created_record_changed_now_or_when_the_override_says(world: World) -> None:
    earlier = world.now() - timedelta(hours=2)
    now = world.record("participants", world.create("ect.no-declarations").participant_id)
    late = world.record("participants", world.create("ect.no-declarations", updated_at=earlier).participant_id)

    assert datetime.fromisoformat(now["updated_at"]) > earlier + timedelta(hours=1)
    assert late["updated_at"] == earlier.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_unknown_names_are_refused_with_the_known_ones(world: World) -> None:
    with pytest.raises(UnknownStateError, match=r"ect\.no-declarations"):
        world.create("ect.unknown")
    with pytest.raises(UnknownOverrideError, match="colour"):
        world.create("ect.started", colour="blue")
    with pytest.raises(UnknownOverrideError, match="no schedule"):
        world.create("ect.started", schedule="ecf-none")
    with pytest.raises(UnknownOverrideError, match="no statement of cohort 2026"):
        world.create("ect.of-2026", declared=(("started", "paid"),))
    with pytest.raises(EventError, match="clock-moved"):
        world.change("no-such-event")
    with pytest.raises(EventError, match="do not fit"):
        world.change("clock-moved")
    with pytest.raises(ReadError, match="participants"):
        world.records("teachers")


def test_records_have_ids_and_attributes_of_a_filtered_list(world: World) -> None:
    of_2025 = world.records("participants", cohort="2025")

    assert 0 < len(of_2025) < 250
    record_id, attributes = of_2025[0]
    assert world.record("participants", record_id) == attributes


def test_records_read_every_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lead_provider_sandbox.control.reading.MAXIMUM_PER_PAGE", 50)

    assert len({each for each, _ in world.records("participants")}) == 250


def test_world_in_a_database_keeps_its_records_when_it_is_opened_again(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'world.sqlite'}"
    with new_world(database=database) as world:
        person = world.create("ect.of-2025")

    with new_world(database=database, token="another") as world:
        assert world.record("participants", person.participant_id)["full_name"] == person.full_name
        assert get(world, "/api/v3/statements", TOKEN).status == 401


def test_transfers_of_one_participant_are_a_record(world: World) -> None:
    person_id, shown = world.records("transfers")[0]

    assert world.record("transfers", person_id) == shown


@types.coroutine
def waiting() -> Generator[None, None, None]:
    yield


def test_coroutine_that_waits_is_refused() -> None:
    with pytest.raises(RuntimeError, match="waits"):
        run_at_once(waiting())


def test_world_of_older_edition_has_both_programmes() -> None:
    with new_world(edition="2025-04", programme="npq") as world:
        person = world.create("application.pending")

        assert world.record("applications", str(person.application_id))["status"] == "pending"

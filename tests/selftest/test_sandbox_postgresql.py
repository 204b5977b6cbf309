"""The sandbox on a PostgreSQL server, which these tests start from the installed binaries."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from lead_provider_sandbox.control.world import World
from lead_provider_sandbox.http.access import PROVIDER_TOKENS

from .postgresql import NewDatabase
from .postgresql import postgresql as postgresql
from .postgresql import server as server

TOKEN = PROVIDER_TOKENS[0][1]
OTHER_TOKEN = PROVIDER_TOKENS[1][1]
STARTS_WITHIN = 60.0
CLIENTS = 16


@dataclass(frozen=True)
class Running:
    """A running sandbox process."""

    address: str
    process: subprocess.Popen[str]


Start = Callable[[str], Running]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start sandboxes on a database and stop them after the test."""
    with ExitStack() as started:

        def one(database: str) -> Running:
            command = [sys.executable, "-m", "lead_provider_sandbox", "--port", "0", "--database", database]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            started.callback(process.wait, STARTS_WITHIN)
            started.callback(process.terminate)
            assert process.stdout is not None
            first = process.stdout.readline()
            assert "http://" in first, f"the sandbox printed {first!r}"
            started.callback(process.stdout.close)
            return Running(first.split()[-1], process)

        yield one


def send(sandbox: Running, method: str, path: str, *, token: str = TOKEN, body: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body)
    return requests.request(method, f"{sandbox.address}/api/v3/{path}", headers=headers, data=data, timeout=30)


def untouched(sandbox: Running) -> list[str]:
    """Return ECTs of cohort 2023 on the standard schedule without declarations."""
    declared = send(sandbox, "GET", "participant-declarations?page[per_page]=3000").json()["data"]
    declared_ids = {each["attributes"]["participant_id"] for each in declared}
    people = send(sandbox, "GET", "participants/ecf?page[per_page]=3000&filter[cohort]=2023").json()["data"]

    def free(person: dict[str, Any]) -> bool:
        enrolment = person["attributes"]["ecf_enrolments"][0]
        return person["id"] not in declared_ids and (
            enrolment["participant_type"],
            enrolment["schedule_identifier"],
            enrolment["training_status"],
            enrolment["eligible_for_funding"],
        ) == ("ect", "ecf-standard-september", "active", True)

    return [person["id"] for person in people if free(person)]


def started(participant_id: str) -> dict[str, Any]:
    return {
        "data": {
            "type": "participant-declaration",
            "attributes": {
                "participant_id": participant_id,
                "declaration_type": "started",
                "declaration_date": "2023-09-15T10:00:00Z",
                "course_identifier": "ecf-induction",
            },
        }
    }


def test_declaration_is_created_and_voided_on_postgresql(postgresql: NewDatabase, start: Start) -> None:
    sandbox = start(postgresql())
    ect = untouched(sandbox)[0]

    declared = send(sandbox, "POST", "participant-declarations", body=started(ect))
    again = send(sandbox, "POST", "participant-declarations", body=started(ect))
    declaration = declared.json()["data"]["id"]
    voided = send(sandbox, "PUT", f"participant-declarations/{declaration}/void")
    refused = send(sandbox, "PUT", f"participant-declarations/{declaration}/void")
    hidden = send(sandbox, "GET", f"participant-declarations/{declaration}", token=OTHER_TOKEN)

    assert declared.status_code == 200
    assert again.json() == declared.json()
    assert voided.json()["data"]["attributes"]["state"] == "voided"
    assert refused.status_code == 422
    assert hidden.status_code == 404


LISTS = [
    "participants/ecf?sort=-updated_at&filter[training_status]=active",
    "participants/ecf?filter[from_participant_id]=00000000-0000-4000-8000-000000000000",
    "participants/ecf/transfers?filter[updated_since]=2022-01-01T00:00:00Z",
    "participants/npq?filter[updated_since]=2022-01-01T00:00:00Z",
    "participants/npq/outcomes?filter[created_since]=2022-01-01T00:00:00Z",
    "participant-declarations?filter[cohort]=2022,2023&filter[updated_since]=2022-01-01T00:00:00Z",
    "npq-applications?filter[cohort]=2024&sort=-created_at",
    "partnerships/ecf?sort=updated_at&filter[updated_since]=2022-01-01T00:00:00Z",
    "schools/ecf?filter[cohort]=2024&filter[updated_since]=2021-01-01T00:00:00Z",
    "delivery-partners?filter[cohort]=2024&sort=name",
    "statements?filter[type]=ecf",
    "unfunded-mentors/ecf?sort=-updated_at",
]


def test_every_list_on_postgresql_equals_the_one_on_sqlite(
    postgresql: NewDatabase, start: Start, tmp_path: Path
) -> None:
    on_postgresql, on_sqlite = start(postgresql()), start(f"sqlite:///{tmp_path / 'sandbox.sqlite'}")

    for path in LISTS:
        listed, expected = (
            send(each, "GET", f"{path}&page[per_page]=3000").json()["data"] for each in (on_postgresql, on_sqlite)
        )
        assert listed == expected, path
        assert expected or "from_participant_id" in path, f"{path} returns no records, so the comparison is empty"


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_sixteen_clients_of_two_servers_create_one_declaration(
    database: str, postgresql: NewDatabase, start: Start, tmp_path: Path
) -> None:
    url = postgresql() if database == "postgresql" else f"sqlite:///{tmp_path / 'shared.sqlite'}"
    servers = [start(url), start(url)]
    ect = untouched(servers[0])[-1]
    responses: list[requests.Response] = []
    barrier = threading.Barrier(CLIENTS)

    def post(server: Running) -> None:
        barrier.wait()
        responses.append(send(server, "POST", "participant-declarations", body=started(ect)))

    clients = [threading.Thread(target=post, args=(servers[number % 2],)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    made = send(servers[0], "GET", f"participant-declarations?filter[participant_id]={ect}").json()["data"]
    assert [response.status_code for response in responses] == [200] * CLIENTS
    assert len({response.text for response in responses}) == 1
    assert len(made) == 1


def test_providers_see_only_their_records_under_load(postgresql: NewDatabase, start: Start) -> None:
    sandbox = start(postgresql())
    seen: dict[str, set[str]] = {TOKEN: set(), OTHER_TOKEN: set()}

    def read(token: str) -> None:
        for page in range(1, 11):
            listed = send(sandbox, "GET", f"participants/ecf?page[per_page]=20&page[page]={page}", token=token)
            seen[token] |= {
                each["attributes"]["ecf_enrolments"][0]["delivery_partner_id"] for each in listed.json()["data"]
            }

    clients = [threading.Thread(target=read, args=(token,)) for token in (TOKEN, OTHER_TOKEN) * 4]
    for client in clients:
        client.start()
    for client in clients:
        client.join()

    assert seen[TOKEN]
    assert seen[OTHER_TOKEN]
    assert not seen[TOKEN] & seen[OTHER_TOKEN]


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_world_on_postgresql_has_the_stock_of_one_on_sqlite(postgresql: NewDatabase, programme: str) -> None:
    worlds: dict[str, Any] = {"edition": "2026-08", "programme": programme, "token": TOKEN}
    with World(**worlds, database=postgresql()) as world, World(**worlds) as on_sqlite:
        assert world.change("stock") == on_sqlite.change("stock")
        kinds = ("participants", "declarations")
        assert all(world.records(kind) == on_sqlite.records(kind) for kind in kinds)


def test_events_of_a_world_happen_on_postgresql(postgresql: NewDatabase) -> None:
    with World(edition="2026-08", programme="ecf", token=TOKEN, database=postgresql()) as world:
        started = [world.create("ect.started-2025") for _ in range(3)]
        plain, frozen = world.create("ect.of-2025").participant_id, world.create("ect.frozen-cohort").participant_id
        world.change("declaration-state", declaration_id=started[0].declaration_ids[0], state="paid")
        world.change("merged", from_id=started[0].participant_id, to_id=plain)
        world.change("transfer-announced", participant_id=started[1].participant_id)
        world.change("transfer-completed", participant_id=started[1].participant_id)
        world.change("mentor-as-well", participant_id=started[2].participant_id)
        world.change("cohort-moved", participant_id=frozen)
        arrived = world.change("transferred-in")["participant_id"]

        changes = world.record("participants", plain)["participant_id_changes"]
        assert [each["from_participant_id"] for each in changes] == [started[0].participant_id]
        moves = [each for each, _ in world.records("transfers")]
        assert {started[1].participant_id, arrived} <= set(moves)
        assert len(world.record("participants", started[2].participant_id)["ecf_enrolments"]) == 2
        assert world.record("participants", frozen)["ecf_enrolments"][0]["cohort"] == "2024"

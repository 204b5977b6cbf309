"""Read every list of a world of the ECT service, compare two readings, and check them against the contract."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from tests.unit.sandbox.conftest import _exchange

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.control.reading import PATHS
from lead_provider_sandbox.control.world import World

CONTRACT = Contract.of("2026-08", Scope("v3", "ecf"))
COHORTS = ("2021", "2022", "2023", "2024", "2025", "2026")
OPERATIONS = {
    "participants": ("list_ecf_participants", "show_ecf_participant"),
    "declarations": ("list_participant_declarations", "show_participant_declaration"),
    "partnerships": ("list_ecf_partnerships", "show_ecf_partnership"),
    "schools": ("list_ecf_schools", "show_ecf_school"),
    "delivery-partners": ("list_delivery_partners", "show_delivery_partner"),
    "statements": ("list_statements", "show_statement"),
    "transfers": ("list_ecf_participant_transfers", "show_ecf_participant_transfers"),
    "unfunded-mentors": ("list_ecf_unfunded_mentors", "show_ecf_unfunded_mentor"),
}
"""The operations of each list and of its records."""

Key = tuple[str, str]
"""The kind of a record and its id; a school's kind includes the cohort."""
Reading = Mapping[Key, Mapping[str, Any]]


def read_all(world: World) -> Reading:
    """Return the attributes of every record that the token sees."""
    reading = {
        (kind, record_id): shown for kind in OPERATIONS if kind != "schools" for record_id, shown in world.records(kind)
    }
    for cohort in COHORTS:
        reading |= {(f"schools {cohort}", each): shown for each, shown in world.records("schools", cohort=cohort)}
    return reading


def differences(before: Reading, after: Reading) -> set[Key]:
    """Return the records that appear, disappear or change. The number of participants in training does not count."""
    return {key for key in before.keys() | after.keys() if _compared(before.get(key)) != _compared(after.get(key))}


def _compared(shown: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if shown is None else {**shown, "participants_currently_training": None}


def violations(world: World, records: Iterable[Key] = ()) -> list[str]:
    """Return the violations of all lists, each read whole, and of single records."""
    found = []
    for kind, (list_operation, _) in OPERATIONS.items():
        for cohort in COHORTS if kind == "schools" else (None,):
            found += _check(world, list_operation, _path(kind), {"page[per_page]": "3000"}, cohort)
    return found + violations_of(world, records)


def violations_of(world: World, records: Iterable[Key]) -> list[str]:
    """Return the violations of single records."""
    found = []
    for key, record_id in records:
        kind, _, cohort = key.partition(" ")
        path = _path(kind).replace("/transfers", f"/{record_id}/transfers")
        path = path if kind == "transfers" else f"{path}/{record_id}"
        found += _check(world, OPERATIONS[kind][1], path, {}, cohort or None)
    return found


def _path(kind: str) -> str:
    return f"/api/v3/{PATHS['ect'][kind]}"


def _check(world: World, operation: str, path: str, query: dict[str, str], cohort: str | None) -> list[str]:
    query = {**query, **({"filter[cohort]": cohort} if cohort else {})}
    text = "&".join(f"{name}={value}" for name, value in query.items()).encode()
    headers = {"authorization": f"Bearer {world.token}"}
    reply = asyncio.run(_exchange(world.app, "GET", path, text, b"", headers))
    assert reply.status == 200, f"{path}: {reply.status}"
    content_type = reply.headers.get("content-type")
    checked = CONTRACT.check_response(CONTRACT.operation(operation), 200, content_type, reply.content)
    return [f"{path}: {each}" for each in checked]

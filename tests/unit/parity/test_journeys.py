"""Journeys begin with records of both servers, and end early instead of failing when a server responds oddly."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.journeys import (
    DIVERGED,
    NO_RECORD,
    SHARED,
    UNEXPECTED,
    Discovery,
    ScopeJourneys,
    TakenJourney,
    shared_clock,
)
from lead_provider_conformance.parity.operations import operation_pairs
from lead_provider_conformance.parity.paired_requests import PairedRequests
from lead_provider_conformance.parity.pairs import Pairs
from lead_provider_conformance.parity.side import Read, Side

from .servers import JSON_TYPE, SCOPE, Respond, Servers

PERSON = str(uuid.UUID(int=1))
ENROLMENT = {
    "participant_type": "ect",
    "cohort": "2023",
    "schedule_identifier": "ecf-standard-september",
    "training_status": "active",
}
ATTRIBUTES = {"updated_at": "2024-01-01T00:00:00Z", "ecf_enrolments": [ENROLMENT]}
RESOURCE = {"id": PERSON, "type": "participant", "attributes": ATTRIBUTES}
REFUSED = 422, b'{"errors": []}'
OK_WITHOUT_CHANGE = 200, json.dumps({"data": RESOURCE}).encode()
ODD = [
    b"",
    b"<html>",
    b"[]",
    b'{"data": null}',
    b'{"data": {"id": 1, "attributes": {}}}',
    b'{"data": {"id": "../..", "attributes": []}}',
    b'{"data": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    json.dumps({"data": [RESOURCE, {}, 1]}).encode(),
    json.dumps({"data": {**RESOURCE, "attributes": {"ecf_enrolments": {"a": 1}}}}).encode(),
    json.dumps({"data": {**RESOURCE, "id": str(uuid.UUID(int=9))}}).encode(),
]


class InventedDiscovery:
    """Finds one participant, or none."""

    calendar = Calendar.load("2025-04")
    credential = NO_CREDENTIAL

    def __init__(self, contract: Contract, *, has_record: bool = True) -> None:
        self._contract, self._has_record = contract, has_record

    def record(self, state: str, is_on_both: object) -> Participant | None:
        """Return the participant, if there is one."""
        return Participant(PERSON, ATTRIBUTES, ENROLMENT) if self._has_record else None

    def participant(self, record: Participant) -> Participant:
        """Return the participant."""
        return record

    def client(self, contract: Contract, scope: object, server_date: ServerDate) -> SimpleNamespace:
        """Return a client that sends nothing."""
        return SimpleNamespace(scope=SCOPE, contract=contract, server_date=server_date, server_time=None)


def responding(write: tuple[int, bytes], after_write: bytes | None = None) -> Respond:
    """Return a server that responds to writes, and to reads after the first one, in a given way."""
    writes = 0

    def respond(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        nonlocal writes
        if read.method != "GET":
            writes += 1
            return write[0], JSON_TYPE, write[1]
        if writes and after_write is not None:
            return 200, JSON_TYPE, after_write
        data = RESOURCE if read.path.endswith(PERSON) else []
        return 200, JSON_TYPE, json.dumps({"data": data}).encode()

    return respond


def taken(
    folder: Path, left: Respond, right: Respond, number: int = 1, **discovery: bool
) -> tuple[TakenJourney, Servers]:
    """Take journeys on two servers, and return the only one."""
    servers, contract = Servers.of(folder, left, right), Contract.of("2025-04", SCOPE)
    operations = {each.id: each for each in operation_pairs(SCOPE, contract, contract, ("GET", "POST", "PUT"))}
    with Pairs(cast(Side, servers.left), cast(Side, servers.right)) as pairs:
        confirmation = Confirmation(pairs, servers.ledger, servers.recorder, servers.identities)
        requests = PairedRequests(contract, operations, confirmation, ServerDate())
        found: Any = InventedDiscovery(contract, **discovery)
        (journey,) = ScopeJourneys(SCOPE, requests, cast(Discovery, found), lambda _: True).take(number, 20241203)
    return journey, servers


def test_without_a_record_nothing_is_sent(tmp_path: Path) -> None:
    journey, servers = taken(tmp_path, responding(REFUSED), responding(REFUSED), has_record=False)

    assert (journey.steps, journey.why) == ([], NO_RECORD)
    assert servers.left.reads == servers.right.reads == []


def test_both_servers_get_the_same_requests_in_the_same_order(tmp_path: Path) -> None:
    journey, servers = taken(tmp_path, responding(REFUSED), responding(REFUSED))

    assert journey.why == UNEXPECTED
    assert journey.writes == len(journey.steps) > 0
    sent = [[(each.method, each.path, each.body) for each in side.reads] for side in (servers.left, servers.right)]
    assert sent[0] == sent[1]
    assert len(servers.ledger) == 0


def test_journey_ends_when_one_server_refuses(tmp_path: Path) -> None:
    journey, servers = taken(tmp_path, responding(OK_WITHOUT_CHANGE), responding(REFUSED))

    assert (journey.why, journey.writes) == (DIVERGED, 1)
    assert [each.method for each in servers.right.reads].count("PUT") == 1
    assert len(servers.ledger) == 1


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("is_after_write", [False, True], ids=["to-a-write", "to-a-read-after-it"])
def test_odd_responses_end_a_journey_with_a_reason(odd: bytes, is_after_write: bool, tmp_path: Path) -> None:
    good = responding(OK_WITHOUT_CHANGE)
    bad = responding(OK_WITHOUT_CHANGE, odd) if is_after_write else responding((200, odd))

    for number, sides in enumerate([(bad, good), (good, bad), (bad, bad)]):
        journey, servers = taken(tmp_path / str(number), *sides)

        assert journey.why or len(journey.steps) > 1, number
        assert len(servers.ledger) > 0 or sides[0] is sides[1]


def test_servers_that_share_their_data_are_not_written_to_again(tmp_path: Path) -> None:
    writes: list[Read] = []

    def shared(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        status = 200
        if read.method != "GET":
            writes.append(read)
            status = 200 if len(writes) % 2 else 422
        changed = {**RESOURCE, "attributes": {**ATTRIBUTES, "updated_at": f"2026-01-0{len(writes) + 1}T00:00:00Z"}}
        data = changed if read.path.endswith(PERSON) or read.method != "GET" else []
        return status, JSON_TYPE, json.dumps({"data": data}).encode()

    journey, servers = taken(tmp_path, shared, shared, number=2)

    assert (journey.why, len(writes)) == (SHARED, 2)
    assert len(servers.ledger) == 0


def test_both_servers_need_the_same_header_for_their_clock() -> None:
    targets = [Target("a", "https://a", server_date=each) for each in ("X-Date", "X-Date", "X-Time", None)]

    headers = [shared_clock(targets[0], each).header for each in targets]
    assert headers == ["X-Date", "X-Date", None, None]

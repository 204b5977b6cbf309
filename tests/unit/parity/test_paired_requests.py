"""Writes of journeys go to both servers, with the ids of each, and are followed by reads of the same records."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import NoResponse
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.operations import operation_pairs
from lead_provider_conformance.parity.paired_requests import DivergedError, PairedRequests
from lead_provider_conformance.parity.pairs import Pairs
from lead_provider_conformance.parity.side import Read, Side

from .servers import JSON_TYPE, SCOPE, Respond, Servers

DECLARATIONS = "/api/v3/participant-declarations"
PERSON, SAME_PERSON = (str(uuid.UUID(int=number)) for number in (1, 2))
NOW = datetime.now(UTC)
BODY = {"data": {"type": "participant-declaration", "attributes": {"participant_id": PERSON}}}


def declaration(number: int, person: str = PERSON, *, seconds: int = 0, **attributes: Any) -> dict[str, Any]:
    """Return a declaration that a server has made."""
    made = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    own = {"participant_id": person, "state": "submitted", "created_at": made, **attributes}
    return {"id": str(uuid.UUID(int=number)), "type": "participant-declaration", "attributes": own}


def server(*records: Mapping[str, Any], status: int = 200) -> Respond:
    """Return a server that responds to a write with its last record, and lists all."""

    def respond(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        if read.method == "GET":
            return 200, JSON_TYPE, json.dumps({"data": records}).encode()
        return status, JSON_TYPE, json.dumps({"data": records[-1]}).encode()

    return respond


def sent(
    folder: Path, left: Respond, right: Respond, send: Callable[[PairedRequests], None]
) -> tuple[Servers, list[str]]:
    """Send requests to two servers, and return the servers and the sentences about the differences."""
    servers, contract = Servers.of(folder, left, right), Contract.of("2025-04", SCOPE)
    operations = {each.id: each for each in operation_pairs(SCOPE, contract, contract, ("GET", "POST", "PUT"))}
    with Pairs(cast(Side, servers.left), cast(Side, servers.right)) as pairs:
        confirmation = Confirmation(pairs, servers.ledger, servers.recorder, servers.identities)
        requests = PairedRequests(contract, operations, confirmation, ServerDate("X-Date"))
        requests.begin()
        send(requests)
    return servers, [str(each.reason) for each in servers.ledger.findings()]


def declare(requests: PairedRequests) -> None:
    """Declare, and read the declarations."""
    requests.send("POST", DECLARATIONS, credential=NO_CREDENTIAL, body=BODY)
    requests.send("GET", DECLARATIONS, credential=NO_CREDENTIAL)


def test_ids_and_times_that_each_server_makes_are_the_same(tmp_path: Path) -> None:
    left, right = server(declaration(10, seconds=3)), server(declaration(20))

    assert sent(tmp_path, left, right, declare)[1] == []


def test_records_that_a_write_has_made_besides_are_matched_by_content(tmp_path: Path) -> None:
    left = server(declaration(10), declaration(11, state="voided"), declaration(12, state="voided"))
    right = server(declaration(21, state="voided"), declaration(22, state="voided"), declaration(20))

    def read(requests: PairedRequests) -> None:
        requests.confirmation.identities.written_since = NOW
        requests.send("GET", DECLARATIONS, credential=NO_CREDENTIAL)

    assert sent(tmp_path, left, right, read)[1] == []


def test_another_value_after_a_write_is_named_with_the_write_and_shown_with_it(tmp_path: Path) -> None:
    left = server(declaration(10))

    def right(read: Read) -> Any:
        return server(declaration(20, state="submitted" if read.method == "POST" else "paid"))(read)

    servers, found = sent(tmp_path, left, right, declare)

    (sentence,) = found
    assert sentence == (
        "`data[].attributes.state` of list_participant_declarations after create_participant_declaration has another "
        "value, such as 'submitted' on the left and 'paid' on the right (1 record)."
    )
    (finding,) = servers.ledger.findings()
    assert finding.exchanges == ("left-00001", "right-00001", "left-00002", "right-00002")


def test_difference_without_a_write_is_no_new_one_after_it(tmp_path: Path) -> None:
    left, right = server(declaration(10, extra=1)), server(declaration(10))

    def read_and_write(requests: PairedRequests) -> None:
        requests.send("GET", DECLARATIONS, credential=NO_CREDENTIAL)
        requests.send("GET", DECLARATIONS, credential=NO_CREDENTIAL)
        requests.send("PUT", f"{DECLARATIONS}/{PERSON}/void", credential=NO_CREDENTIAL)
        requests.send("GET", DECLARATIONS, credential=NO_CREDENTIAL)

    found = sent(tmp_path, left, right, read_and_write)[1]
    assert [each.partition(" is ")[0] for each in found] == [
        "`data[].attributes.extra` of list_participant_declarations",
        "`data.attributes.extra` of void_participant_declaration",
    ]


def test_difference_counts_after_the_first_write_that_leads_to_it(tmp_path: Path) -> None:
    left = server(declaration(10))

    def right(read: Read) -> Any:
        return server(declaration(20, state="submitted" if read.method != "GET" else "paid"))(read)

    def write_twice(requests: PairedRequests) -> None:
        declare(requests)
        requests.send("PUT", f"{DECLARATIONS}/{uuid.UUID(int=10)}/void", credential=NO_CREDENTIAL)
        requests.send("GET", DECLARATIONS, credential=NO_CREDENTIAL)

    (only,) = sent(tmp_path, left, right, write_twice)[1]
    assert "after create_participant_declaration" in only


def test_refusal_by_one_server_ends_the_journey_and_is_a_difference(tmp_path: Path) -> None:
    def refused(requests: PairedRequests) -> None:
        with pytest.raises(DivergedError):
            declare(requests)

    servers, found = sent(tmp_path, server(declaration(10)), server(declaration(20), status=422), refused)

    assert found == ["create_participant_declaration returns 200 on the left, 422 on the right (1 request)."]
    assert len(servers.right.reads) == 1


def test_no_response_on_both_sides_is_no_difference(tmp_path: Path) -> None:
    def lost(requests: PairedRequests) -> None:
        with pytest.raises(NoResponse):
            declare(requests)

    def silent(_: Read) -> tuple[None, Mapping[str, str], bytes]:
        return None, {}, b""

    assert sent(tmp_path, silent, silent, lost)[1] == []


def test_each_server_gets_the_ids_of_its_own_records(tmp_path: Path) -> None:
    def own_ids(requests: PairedRequests) -> None:
        requests.confirmation.identities.learn(PERSON, SAME_PERSON)
        declare(requests)
        path = f"/api/v3/participants/ecf/{PERSON}/defer"
        requests.send("PUT", path, credential=NO_CREDENTIAL, query=[("filter[x]", PERSON)], body={})

    servers, found = sent(tmp_path, server(declaration(10)), server(declaration(20, SAME_PERSON)), own_ids)

    assert found == []
    for side, person in ((servers.left, PERSON), (servers.right, SAME_PERSON)):
        first, _, last = side.reads
        assert json.loads(first.body or b"")["data"]["attributes"] == {"participant_id": person}
        assert last.path == f"/api/v3/participants/ecf/{person}/defer"
        assert list(last.query) == [("filter[x]", person)]


def test_another_id_than_the_one_in_the_request_is_a_difference(tmp_path: Path) -> None:
    found = sent(tmp_path, server(declaration(10)), server(declaration(20, SAME_PERSON)), declare)[1]

    assert "`data.attributes.participant_id` of create_participant_declaration has another value" in found[0]


def test_both_servers_get_the_time_that_a_journey_has_travelled_to(tmp_path: Path) -> None:
    def later(requests: PairedRequests) -> None:
        requests.server_date.travel_to(NOW.date() + timedelta(days=1))
        declare(requests)

    servers, _ = sent(tmp_path, server(declaration(10)), server(declaration(20)), later)

    times = {side.reads[0].headers["X-Date"][:10] for side in (servers.left, servers.right)}
    assert times == {(NOW.date() + timedelta(days=1)).isoformat()}

"""The client validates requests and responses, journals both without tokens, and detects a lost server."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.config.target import Limits, Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.http import (
    Client,
    Credential,
    IncompleteResponse,
    NoResponse,
    Redactor,
    TargetLostError,
    Transport,
    UnintendedRequestError,
)
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.http.errors import TokenRefusedError
from lead_provider_conformance.http.rate_limit import RateLimit
from lead_provider_conformance.model import NotApplicable, OutOfTimeError, Safety, Scope, TimeLimit
from lead_provider_conformance.results.journal import EXCHANGES, Journal
from lead_provider_conformance.schemas import problems

from .raw import Raw, raw_server, resets, response, sends

TOKEN = "token-of-the-first/+"
LIST = "/api/v3/participants/ecf"
JSON = b"Content-Type: application/json"
ME = Credential.bearer("TOKEN", TOKEN)


def resumption(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "participant-resume", "attributes": attributes}}


JOURNALS: dict[Path, Journal] = {}


def client(server: Raw, folder: Path, *, time_limit: TimeLimit | None = None, **changes: Any) -> Client:
    target = Target("raw", server.address, (TOKEN,), safety=Safety.SANDBOX, limits=Limits(answer_seconds=2), **changes)
    return Client(
        transport=Transport(target),
        contract=Contract.load("v3"),
        scope=Scope("v3", "ecf"),
        journal=JOURNALS.setdefault(folder, Journal(folder)),
        redactor=Redactor.of(target),
        rate_limit=RateLimit(target.rate, folder / "pace"),
        test="suites/a.py::test",
        implements=target.implements,
        time_limit=time_limit,
    )


def journalled(folder: Path) -> list[dict[str, Any]]:
    """Return the exchanges in the journal, after a check against its schema."""
    lines = [json.loads(line) for line in (folder / EXCHANGES).read_bytes().splitlines()]
    assert [list(problems("journal", line)) for line in lines] == [[] for _ in lines]
    return lines


def test_exchange_is_journalled_when_its_response_arrives(tmp_path: Path) -> None:
    with raw_server(sends(response(b'{"data":[]}', JSON))) as server:
        got = client(server, tmp_path).send("GET", LIST, credential=ME, query=[("filter[cohort]", "2023")])

    (line,) = journalled(tmp_path)
    assert (got.exchange, got.status, got.data) == (line["id"], 200, [])
    assert line["operation"] == "list_ecf_participants"
    assert line["request"]["url"] == f"{server.address}{LIST}?filter[cohort]=2023"
    assert line["request"]["headers"]["Authorization"] == "Bearer $TOKEN"
    assert line["response"]["body"] == '{"data":[]}'
    assert line["violations"] == []
    assert f"Authorization: Bearer {TOKEN}".encode() in server.heads[0]


def test_contract_violation_is_journalled_and_kept_on_the_exchange(tmp_path: Path) -> None:
    with raw_server(sends(response(b'{"data":[{"id":1}]}', JSON))) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME)

    (line,) = journalled(tmp_path)
    assert {each["requirement"] for each in line["violations"]} == {"contract/response-schema"}
    assert [each.rule for each in asked.exchanges[0].violations] == ["response-schema"] * len(line["violations"])


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ([("page[page]", "none"), ("sort", "updated_at")], "query:page[page]"),
        ([("sort", "updated_at"), ("filter[cohort]", "2023")], "query:filter[cohort],sort"),
        ([("page[page]", "1"), ("sort", "none"), ("page", "2")], "query:sort"),
        ([("page[][x][2]", "1"), ("sort", "updated_at")], "query:page[]"),
        ([("filter[updated_since][]", "1")], "query:filter[updated_since][]"),
        ([], ""),
    ],
)
def test_server_error_has_the_place_of_the_request(tmp_path: Path, query: list[tuple[str, str]], place: str) -> None:
    with raw_server(sends(response(b'{"error":"no"}', JSON, status=b"500 Error"))) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME, query=query, deliberate="the page")

    (line,) = journalled(tmp_path)
    assert (asked.exchanges[0].place, line.get("place", "")) == (place, place)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"attributes": {"course_identifier": 1}}, "/data/attributes/course_identifier"),
        ({"attributes": {}}, "/data"),
    ],
)
def test_wrong_field_is_the_place_although_others_are_missing(tmp_path: Path, data: dict[str, Any], place: str) -> None:
    with raw_server(sends(response(b'{"error":"no"}', JSON, status=b"500 Error"))) as server:
        asked = client(server, tmp_path)
        asked.send("PUT", f"{LIST}/{UNKNOWN_ID}/resume", credential=ME, body={"data": data}, deliberate="no type")

    assert asked.exchanges[0].place == place


@pytest.mark.parametrize(("query", "place"), [([("page[page]", "9")], "query:page[page]"), ([], "query:filter")])
def test_missing_parameter_is_the_place_if_no_other_was_sent(
    tmp_path: Path, query: list[tuple[str, str]], place: str
) -> None:
    with raw_server(sends(response(b'{"error":"no"}', JSON, status=b"500 Error"))) as server:
        asked = client(server, tmp_path)
        asked.send("GET", "/api/v3/schools/ecf", credential=ME, query=query, deliberate="no cohort")

    assert asked.exchanges[0].place == place


def test_server_error_at_an_unknown_path_is_a_violation(tmp_path: Path) -> None:
    with raw_server(sends(response(b"", status=b"500 Error"))) as server:
        client(server, tmp_path).send("GET", "/api/v3/nothing", credential=ME, deliberate="an unknown path")

    (line,) = journalled(tmp_path)
    assert [each["requirement"] for each in line["violations"]] == ["contract/documented-status"]


def test_echoed_token_is_redacted_in_response_and_journal(tmp_path: Path) -> None:
    echo = f'{{"data":[],"{TOKEN}":"{TOKEN}"}}'.encode()
    with raw_server(sends(response(echo, JSON, f"X-Echo: {TOKEN}".encode(), b"X-token-of-the-first/+: 1"))) as server:
        got = client(server, tmp_path).send("GET", LIST, credential=ME)

    assert got.json["$TOKEN"] == "$TOKEN"
    assert got.headers["x-echo"] == "$TOKEN"
    assert TOKEN not in json.dumps(journalled(tmp_path))
    assert TOKEN not in (tmp_path / EXCHANGES).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("method", "path", "arguments"),
    [
        ("GET", "/api/v3/nothing", {}),
        ("GET", LIST, {"query": [("page[page]", "none")]}),
        ("POST", "/api/v3/participant-declarations", {"body": {"data": {}}}),
        ("POST", "/api/v3/participant-declarations", {"raw": b'{"data":'}),
    ],
)
def test_illegal_request_is_sent_only_if_deliberate(
    tmp_path: Path, method: str, path: str, arguments: dict[str, Any]
) -> None:
    with raw_server(sends(response(b"{}", JSON))) as server:
        asked = client(server, tmp_path)
        with pytest.raises(UnintendedRequestError):
            asked.send(method, path, credential=ME, **arguments)
        assert server.heads == []

        assert asked.send(method, path, credential=ME, deliberate="it is wrong", **arguments).status == 200

    assert journalled(tmp_path)[0]["deliberate"] == "it is wrong"


@pytest.mark.parametrize(
    ("method", "path", "arguments"),
    [
        ("GET", f"{LIST}/not-a-uuid", {}),
        ("GET", LIST, {"query": [("filter[from_participant_id]", "not-a-uuid")]}),
        ("PUT", f"{LIST}/{UNKNOWN_ID}/resume", {"body": resumption(course_identifier="None")}),
        ("PUT", f"{LIST}/{UNKNOWN_ID}/resume", {"body": resumption(course_identifier=["ecf-induction"])}),
    ],
    ids=["path", "query", "body", "body-type"],
)
def test_illegal_value_from_a_server_record_is_the_servers_failure(
    tmp_path: Path, method: str, path: str, arguments: dict[str, Any]
) -> None:
    with raw_server(sends(response(b"{}", JSON))) as server:
        with pytest.raises(IncompleteResponse, match="cannot be requested with the values that the server has shown"):
            client(server, tmp_path).send(method, path, credential=ME, **arguments)

        assert server.heads == []


def test_other_illegal_value_beside_one_from_a_server_record_is_a_suite_error(tmp_path: Path) -> None:
    body = resumption(course_identifier="None", unknown="x")
    with raw_server(sends(response(b"{}", JSON))) as server, pytest.raises(UnintendedRequestError):
        client(server, tmp_path).send("PUT", f"{LIST}/{UNKNOWN_ID}/resume", credential=ME, body=body)


@pytest.mark.parametrize(
    ("token", "header"), [("t" * 8, None), ("t" * 9, "Bearer " + "t" * 8), ("t" * 30, "Bearer " + "t" * 20)]
)
def test_beginning_of_a_token_is_long_enough_to_be_redacted(token: str, header: str | None) -> None:
    beginning = Credential.beginning_of(token)

    assert (beginning and beginning.header) == header


def test_text_like_a_token_is_redacted_in_response_and_journal(tmp_path: Path) -> None:
    beginning = TOKEN[:12]
    refusal = f'{{"error":"{beginning} is unknown"}}'.encode()
    with raw_server(
        sends(response(refusal, JSON, f"X-Echo: {beginning}".encode(), status=b"401 Unauthorized"))
    ) as server:
        got = client(server, tmp_path).send("GET", LIST, credential=Credential.like("the beginning", beginning))

    (line,) = journalled(tmp_path)
    assert line["request"]["headers"]["Authorization"] == "Bearer $ALTERED_TOKEN"
    assert got.headers["x-echo"] == "$ALTERED_TOKEN"
    assert beginning not in json.dumps(line)


def test_missing_response_is_journalled_with_its_reason(tmp_path: Path) -> None:
    with raw_server(resets) as server:
        asked = client(server, tmp_path)
        with pytest.raises(NoResponse, match=f"GET {LIST} got no response: Connection reset by peer"):
            asked.send("GET", LIST, credential=ME)

    (line,) = journalled(tmp_path)
    assert (line["response"], line["error"]) == (None, "Connection reset by peer")
    assert asked.exchanges[0].status is None


def test_server_that_does_not_listen_is_lost(tmp_path: Path) -> None:
    with raw_server(resets) as server:
        asked = client(server, tmp_path)

    with pytest.raises(TargetLostError, match="stopped answering"):
        asked.send("GET", LIST, credential=ME)
    assert journalled(tmp_path)[0]["error"] == "Connection refused"


def test_large_body_is_truncated_only_in_the_journal(tmp_path: Path) -> None:
    body = b'{"data":[' + b" " * 100_000 + b"]}"
    with raw_server(sends(response(body, JSON))) as server:
        got = client(server, tmp_path).send("GET", LIST, credential=ME)

    (line,) = journalled(tmp_path)
    assert got.body == body
    assert (line["response"]["bytes"], line["response"]["cut"]) == (len(body), True)
    assert len(line["response"]["body"]) < len(body)


def test_too_long_retry_after_is_given_up_at_once(tmp_path: Path) -> None:
    throttle = response(b"{}", JSON, b"Retry-After: 3600", status=b"429 Too Many Requests")
    with raw_server(sends(throttle)) as server, pytest.raises(TargetLostError, match="throttles"):
        client(server, tmp_path).send("GET", LIST, credential=ME)


def test_server_that_throttles_for_ever_is_given_up_after_the_sum_of_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        assert len(waits) < 20, "The server is not given up."

    monkeypatch.setattr("lead_provider_conformance.http.client.pause", pause)
    throttle = response(b"{}", JSON, b"Retry-After: 60", status=b"429 Too Many Requests")
    with raw_server(sends(throttle)) as server, pytest.raises(TargetLostError, match="add up to 660 s"):
        client(server, tmp_path).send("GET", LIST, credential=ME)

    assert waits == [60] * 10


class Gate:
    """A server that refuses every request once it is `closed`, and always refuses requests to `refused`."""

    def __init__(self, refused: bytes = b"nowhere") -> None:
        self.refused, self.closed = refused, False

    def __call__(self, connection: socket.socket, head: bytes) -> None:
        is_refused = self.closed or self.refused in head
        connection.sendall(response(b'{"data":[]}', JSON, status=b"401 Unauthorized" if is_refused else b"200 OK"))


def test_token_that_is_refused_everywhere_after_it_was_accepted_ends_the_run(tmp_path: Path) -> None:
    gate = Gate()
    with raw_server(gate) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME)
        gate.closed = True
        with pytest.raises(TokenRefusedError, match=rf"^The token {ME.name} is refused \(401\) since .*GET {LIST}"):
            asked.send("GET", LIST, credential=ME)

    assert [line["response"]["status"] for line in journalled(tmp_path)] == [200, 401, 401]


def test_token_that_one_operation_refuses_does_not_end_the_run(tmp_path: Path) -> None:
    with raw_server(Gate(refused=b"/statements")) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME)

        assert asked.send("GET", "/api/v3/statements", credential=ME).status == 401


def test_refusal_of_a_deliberately_wrong_header_does_not_end_the_run(tmp_path: Path) -> None:
    gate = Gate()
    with raw_server(gate) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME, deliberate="another scheme")
        gate.closed = True

        assert asked.send("GET", LIST, credential=ME, deliberate="another scheme").status == 401


def test_token_that_expires_before_a_deliberate_request_ends_the_run(tmp_path: Path) -> None:
    gate = Gate()
    with raw_server(gate) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME)
        gate.closed = True

        with pytest.raises(TargetLostError, match="is refused"):
            asked.send("GET", LIST, credential=ME, deliberate="no cohort")


def test_refusal_of_another_token_does_not_end_the_run(tmp_path: Path) -> None:
    gate = Gate()
    with raw_server(gate) as server:
        asked = client(server, tmp_path)
        asked.send("GET", LIST, credential=ME)
        gate.closed = True

        assert asked.send("GET", LIST, credential=Credential.bearer("unknown", "unknown-token")).status == 401
        assert asked.send("GET", LIST, credential=NO_CREDENTIAL).status == 401

    assert len(journalled(tmp_path)) == 3


def test_no_request_is_sent_after_the_time_limit(tmp_path: Path) -> None:
    with raw_server(sends(response(b"{}", JSON))) as server:
        client(server, tmp_path, time_limit=TimeLimit(60, time.time() + 60)).send("GET", LIST, credential=ME)
        with pytest.raises(OutOfTimeError, match="The 60 s of --time-limit are over"):
            client(server, tmp_path, time_limit=TimeLimit(60, time.time())).send("GET", LIST, credential=ME)

    assert len(server.heads) == 1


def test_wait_beyond_the_time_limit_is_not_started(tmp_path: Path) -> None:
    throttle = response(b"{}", JSON, b"Retry-After: 300", status=b"429 Too Many Requests")
    begun = time.monotonic()
    with raw_server(sends(throttle)) as server, pytest.raises(OutOfTimeError):
        client(server, tmp_path, time_limit=TimeLimit(60, time.time() + 60)).send("GET", LIST, credential=ME)

    assert time.monotonic() - begun < 30


def test_exchange_ids_increase(tmp_path: Path) -> None:
    with raw_server(sends(response(b'{"data":[]}', JSON))) as server:
        asked = client(server, tmp_path)
        ids = [asked.send("GET", LIST, credential=ME).exchange for _ in range(3)]

    assert ids == ["main-00001", "main-00002", "main-00003"]
    assert [line["id"] for line in journalled(tmp_path)] == ids


def test_request_for_unimplemented_operation_is_not_sent(tmp_path: Path) -> None:
    with raw_server(sends(response(b'{"data":[]}', JSON))) as server:
        asking = client(server, tmp_path, operations=frozenset({"list_ecf_participants"}))

        with pytest.raises(NotApplicable, match="does not implement show_ecf_participant"):
            asking.send("GET", f"{LIST}/{UNKNOWN_ID}", credential=ME, deliberate="nobody")
        assert asking.send("GET", LIST, credential=ME).status == 200

    assert len(journalled(tmp_path)) == 1

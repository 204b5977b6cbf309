"""Two requests are in flight at the same time, each on a connection of its own, and both are journalled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.config.target import Limits, Start, Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.http import Client, Credential, NoResponse, Redactor, Transport
from lead_provider_conformance.http.attempt import OpenedTransport
from lead_provider_conformance.http.rate_limit import RateLimit
from lead_provider_conformance.model import CouldNotRun, Safety, Scope
from lead_provider_conformance.results.journal import EXCHANGES, Journal

TOKEN = "token-of-the-first"
ME = Credential.bearer("TOKEN", TOKEN)


class Handler(BaseHTTPRequestHandler):
    """Respond when two requests have come; the second of them with `statuses[1]`, or not at all if that is None."""

    protocol_version = "HTTP/1.1"
    both: Barrier
    statuses: tuple[int, int | None]

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            status = self.statuses[self.both.wait()]
        except BrokenBarrierError:
            status = 500
        if status is None:
            self.close_connection = True
            return
        body = b'{"errors":[{"title":"Invalid action","detail":"no"}]}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def pairing_server(first: int, second: int | None) -> Iterator[str]:
    handler = type("Pairing", (Handler,), {"both": Barrier(2, timeout=5), "statuses": (first, second)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def api_of(address: str, folder: Path, *, in_parallel: bool = True) -> Api:
    target = Target("pairs", address, (TOKEN,), safety=Safety.SANDBOX, limits=Limits(answer_seconds=10))
    client = Client(
        transport=Transport(target),
        contract=Contract.load("v3"),
        scope=Scope("v3", "ecf"),
        journal=Journal(folder),
        redactor=Redactor.of(target),
        rate_limit=RateLimit(target.rate, folder / "pace"),
        test="suites/a.py::test",
        connect=partial(OpenedTransport.to, target) if in_parallel else None,
    )
    return Api(client, ME)


def test_two_requests_are_in_flight_at_the_same_time(tmp_path: Path) -> None:
    with pairing_server(422, 422) as address:
        api = api_of(address, tmp_path)
        responses = api.at_once(*[lambda each: each.void(UNKNOWN_ID)] * 2)

    assert [each.status for each in responses] == [422, 422]
    lines = [json.loads(line) for line in (tmp_path / EXCHANGES).read_bytes().splitlines()]
    assert [each["id"] for each in lines] == [each.exchange for each in responses]


@pytest.mark.parametrize(("status", "rules"), [(409, set()), (500, {"documented-status"})])
def test_conflict_of_two_requests_breaks_no_contract_and_a_server_error_does(
    tmp_path: Path, status: int, rules: set[str]
) -> None:
    with pairing_server(422, status) as address:
        api = api_of(address, tmp_path)
        responses = api.at_once(*[lambda each: each.void(UNKNOWN_ID)] * 2)

    assert {each.status for each in responses} == {422, status}
    violated = {violation.rule for each in api.client.exchanges for violation in each.violations}
    assert violated & {"documented-status"} == rules


def test_response_is_journalled_although_the_other_one_is_lost(tmp_path: Path) -> None:
    with pairing_server(422, None) as address:
        api = api_of(address, tmp_path)
        with pytest.raises(NoResponse):
            api.at_once(*[lambda each: each.void(UNKNOWN_ID)] * 2)

    assert {each.status for each in api.client.exchanges} == {422, None}


def test_target_with_one_request_in_flight_gets_no_pair(tmp_path: Path) -> None:
    api = api_of("http://127.0.0.1:9", tmp_path, in_parallel=False)

    with pytest.raises(CouldNotRun, match="one request in flight only") as error:
        api.at_once(*[lambda each: each.void(UNKNOWN_ID)] * 2)

    assert "concurrency: 2" in error.value.remedy
    assert not api.client.exchanges


@pytest.mark.parametrize(
    ("start", "concurrency", "takes_two"),
    [(None, None, False), (None, 1, False), (None, 2, True), (("serve",), None, True), (("serve",), 1, False)],
)
def test_started_server_or_one_with_concurrency_takes_two_requests(
    start: tuple[str, ...] | None, concurrency: int | None, *, takes_two: bool
) -> None:
    target = Target("x", "http://127.0.0.1:9", start=Start(start, "/") if start else None, concurrency=concurrency)

    assert target.takes_two_requests is takes_two

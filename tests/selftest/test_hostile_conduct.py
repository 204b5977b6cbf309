"""Servers with correct responses and bad conduct: endless lists, throttling, crashes, slowness and wrong clocks."""

from __future__ import annotations

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from .hostile.measured_run import assert_unharmed, measured_run
from .hostile.raw_server import RawRequest, response, serve_raw
from .processes import FIRST_TOKEN, POLL_SECONDS, RUN_TIMEOUT, V3_ECF, read_lines, sandbox, token_options

PREFLIGHT_REQUESTS = 1
RECORD_LIMIT, PAGE_SIZE = 20_000, 500
UNKNOWN_ID = ("--requirement", "participants/unknown-id")
TIMES = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-01T00:00:00Z"}
THROTTLED = b'{"error": "Too many requests"}'
EMPTY_LIST = response(b'{"data": []}', media_type=b"application/vnd.api+json")


def delivery_partners(count: int, seed: int) -> bytes:
    """Return a response with this many delivery partners, whose ids depend on the seed."""
    records = [
        {
            "id": str(uuid.UUID(int=(seed << 32) + number)),
            "type": "delivery-partner",
            "attributes": {"name": f"Partner {number}", "cohort": ["2023"], **TIMES},
        }
        for number in range(count)
    ]
    return response(json.dumps({"data": records}).encode(), media_type=b"application/vnd.api+json")


def requested_page(request: RawRequest) -> tuple[int, int]:
    """Return the number and the size of the requested page."""
    query = parse_qs(urlsplit(request.head.split(b" ")[1].decode()).query)
    return int(query.get("page[page]", ["1"])[0]), int(query.get("page[per_page]", ["100"])[0])


def run_options(address: str, *options: str) -> tuple[str, ...]:
    return ("--base-url", address, "--edition", "2024-12", "--token", FIRST_TOKEN, *V3_ECF, *options)


def test_endless_list_is_read_up_to_record_limit(tmp_path: Path) -> None:
    def behave(request: RawRequest) -> None:
        page, size = requested_page(request)
        request.send(delivery_partners(size, page) if "delivery-partners" in request.path else EMPTY_LIST)

    with serve_raw(behave) as server:
        options = ("--requirement", "delivery-partners/listed-once")
        ended = measured_run(tmp_path, *run_options(server.address, *options))

    # The list is read once. Filters of it are not requested, as they could not be compared with the whole list.
    assert len(server.heads) == PREFLIGHT_REQUESTS + RECORD_LIMIT // PAGE_SIZE
    assert ended.verdict["run"]["ending"] == "finished"
    assert ended.outcomes["v3-ecf delivery-partners/listed-once"] == "could-not-run"
    assert_unharmed(ended)


def test_list_that_repeats_its_first_page_fails_after_few_requests(tmp_path: Path) -> None:
    def behave(request: RawRequest) -> None:
        _, size = requested_page(request)
        request.send(delivery_partners(min(size, 50), seed=1))

    with serve_raw(behave) as server:
        options = ("--requirement", "paging/complete", "-k", "delivery-partners")
        ended = measured_run(tmp_path, *run_options(server.address, *options))

    assert ended.status == 1, ended.output
    assert ended.with_outcome("failed") & {"paging/complete", "paging/page"}
    assert len(server.heads) < 20
    assert_unharmed(ended)


@pytest.mark.parametrize("seconds", [b"700", b"9" * 400], ids=["minutes", "forever"])
def test_server_that_throttles_for_too_long_counts_as_lost(tmp_path: Path, seconds: bytes) -> None:
    def behave(request: RawRequest) -> None:
        refusal = response(THROTTLED, b"Retry-After: " + seconds, status=b"429 Too Many Requests")
        request.send(EMPTY_LIST if request.number == 1 else refusal)

    with serve_raw(behave) as server:
        ended = measured_run(tmp_path, *run_options(server.address, *UNKNOWN_ID))

    assert ended.status == 6, ended.output
    assert ended.verdict["run"]["ending"] == "target-lost"
    (finding,) = ended.findings("participants/unknown-id", "could-not-run")
    assert "The server throttles (429), and the waits for one request add up to" in finding["reason"]
    assert_unharmed(ended)


def test_server_that_crashes_gets_no_request_after_it_comes_back(tmp_path: Path) -> None:
    requested = threading.Event()

    def behave(request: RawRequest) -> None:
        if request.number > PREFLIGHT_REQUESTS:
            requested.set()
            request.hang()
        else:
            request.send(EMPTY_LIST)

    with ThreadPoolExecutor(1) as pool:
        with serve_raw(behave) as server:
            run = pool.submit(measured_run, tmp_path, *run_options(server.address, *UNKNOWN_ID))
            assert requested.wait(RUN_TIMEOUT)
        # The server comes back once the run has found it lost, which is when its first test has a result.
        while not run.done() and not has_finding(tmp_path):
            wait([run], timeout=POLL_SECONDS)
        with serve_raw(lambda request: request.send(EMPTY_LIST), port=urlsplit(server.address).port or 0) as back:
            ended = run.result()

    assert ended.status == 6, ended.output
    assert ended.verdict["run"]["ending"] == "target-lost"
    assert "stopped answering" in ended.output
    assert back.heads == []
    assert_unharmed(ended)


def has_finding(folder: Path) -> bool:
    return any(line["kind"] == "finding" for line in read_lines(folder / "results.ndjson"))


@pytest.mark.parametrize("days", [-365, 365])
def test_updated_at_of_a_clock_that_differs_from_the_date_header_passes(tmp_path: Path, days: int) -> None:
    server_date = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with sandbox("--server-date", server_date) as served:
        options = (*token_options(), "--safety", "sandbox", *V3_ECF, "--requirement", "void/updated-at")
        ended = measured_run(tmp_path, "--base-url", served.address, *options)

    assert ended.outcomes["v3-ecf void/updated-at"] == "passed"
    assert_unharmed(ended)


@pytest.mark.parametrize(("options", "processes"), [((), 1), (("-n", "2"), 2)], ids=["one-process", "two-processes"])
def test_slow_server_is_abandoned_at_time_limit(tmp_path: Path, options: tuple[str, ...], processes: int) -> None:
    time_limit, response_seconds = 5, 0.5

    def behave(request: RawRequest) -> None:
        request.hang(response_seconds)
        request.send(EMPTY_LIST)

    with serve_raw(behave) as server:
        ended = measured_run(tmp_path, *run_options(server.address, "--time-limit", str(time_limit), *options))

    assert ended.status in (1, 6), ended.output
    assert ended.verdict["run"]["ending"] == "out-of-time"
    assert "The run reached its time limit" in ended.output
    # Each process sends one request at a time, and the last one may start just before the limit.
    requests_per_process = time_limit / response_seconds + 1
    assert len(server.heads) <= PREFLIGHT_REQUESTS + processes * requests_per_process
    assert_unharmed(ended)

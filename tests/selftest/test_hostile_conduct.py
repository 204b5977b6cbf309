"""Servers whose answers are in order, and whose conduct is not: lists without end, throttling, dying, odd clocks."""

from __future__ import annotations

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from .hostile.listening import Talk, answer, listening
from .hostile.watching import assert_unharmed, watched
from .processes import FIRST_TOKEN, V3_ECF, sandbox, tokens

IN_TIME = 40
RECORDS_AT_MOST, PAGE_SIZE = 20_000, 500
NOBODYS = ("--requirement", "participants/unknown-id")
TIMES = {"created_at": "2023-01-01T00:00:00Z", "updated_at": "2023-01-01T00:00:00Z"}
THROTTLED = b'{"error": "Too many requests"}'
EMPTY = answer(b'{"data": []}', media_type=b"application/vnd.api+json")


def delivery_partners(number: int, seed: int) -> bytes:
    """A page of that many delivery partners; of another seed others."""
    records = [
        {
            "id": str(uuid.UUID(int=(seed << 32) + each)),
            "type": "delivery-partner",
            "attributes": {"name": f"Partner {each}", "cohort": ["2023"], **TIMES},
        }
        for each in range(number)
    ]
    return answer(json.dumps({"data": records}).encode(), media_type=b"application/vnd.api+json")


def asked(talk: Talk) -> tuple[int, int]:
    """The page that is asked for, and how much it is to hold."""
    query = parse_qs(urlsplit(talk.head.split(b" ")[1].decode()).query)
    return int(query.get("page[page]", ["1"])[0]), int(query.get("page[per_page]", ["100"])[0])


def to_run(address: str, *options: str) -> tuple[str, ...]:
    return ("--base-url", address, "--token", FIRST_TOKEN, *V3_ECF, *options)


def test_a_list_whose_pages_never_end(tmp_path: Path) -> None:
    def behave(talk: Talk) -> None:
        page, size = asked(talk)
        talk.say(delivery_partners(size, page) if "delivery-partners" in talk.path else EMPTY)

    with listening(behave) as server:
        options = ("--requirement", "delivery-partners/listed-once")
        ended = watched(tmp_path, *to_run(server.address, *options), within=IN_TIME)

    # Preflight, and the list: what a filter leaves of it is not asked for, as nothing could be told from it.
    assert len(server.heads) == 1 + RECORDS_AT_MOST // PAGE_SIZE
    assert ended.verdict["run"]["ending"] == "finished"
    assert ended.outcomes["v3-ecf delivery-partners/listed-once"] == "could-not-run"
    assert_unharmed(ended)


def test_a_list_that_shows_the_same_page_for_ever(tmp_path: Path) -> None:
    def behave(talk: Talk) -> None:
        _, size = asked(talk)
        talk.say(delivery_partners(min(size, 50), seed=1))

    with listening(behave) as server:
        options = ("--requirement", "paging/complete", "-k", "delivery-partners")
        ended = watched(tmp_path, *to_run(server.address, *options), within=IN_TIME)

    assert ended.status == 1, ended.told
    assert ended.with_outcome("failed") & {"paging/complete", "paging/page"}
    assert len(server.heads) < 20
    assert_unharmed(ended)


@pytest.mark.parametrize("wait", [b"700", b"9" * 400], ids=["minutes", "for-ever"])
def test_a_server_that_throttles_without_end(tmp_path: Path, wait: bytes) -> None:
    def behave(talk: Talk) -> None:
        refusal = answer(THROTTLED, b"Retry-After: " + wait, status=b"429 Too Many Requests")
        talk.say(EMPTY if talk.number == 1 else refusal)

    with listening(behave) as server:
        ended = watched(tmp_path, *to_run(server.address, *NOBODYS), within=IN_TIME)

    assert ended.status == 6, ended.told
    assert ended.verdict["run"]["ending"] == "target-lost"
    (found,) = ended.findings("participants/unknown-id", "could-not-run")
    assert "The server throttles (429), and its Retry-After adds up to" in found["reason"]
    assert_unharmed(ended)


def test_a_server_that_dies_and_comes_back(tmp_path: Path) -> None:
    dying = threading.Event()

    def behave(talk: Talk) -> None:
        if talk.number > 1:
            dying.set()
            talk.wait()
        else:
            talk.say(EMPTY)

    with ThreadPoolExecutor(1) as pool:
        with listening(behave) as server:
            run = pool.submit(watched, tmp_path, *to_run(server.address, *NOBODYS), within=IN_TIME)
            assert dying.wait(IN_TIME)
        threading.Event().wait(1)
        with listening(lambda talk: talk.say(EMPTY), port=urlsplit(server.address).port or 0) as back:
            ended = run.result()

    assert ended.status == 6, ended.told
    assert ended.verdict["run"]["ending"] == "target-lost"
    assert "stopped answering" in ended.told
    assert back.heads == []
    assert_unharmed(ended)


@pytest.mark.parametrize(("days", "outcome"), [(-365, "failed"), (365, "passed")])
def test_a_clock_that_is_a_year_off(tmp_path: Path, days: int, outcome: str) -> None:
    its_now = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with sandbox("--server-date", its_now) as served:
        options = (*tokens(), "--safety", "sandbox", *V3_ECF, "--requirement", "void/updated-at")
        ended = watched(tmp_path, "--base-url", served.address, *options, within=IN_TIME)

    assert ended.outcomes["v3-ecf void/updated-at"] == outcome
    assert_unharmed(ended)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one-process", "two-processes"])
def test_a_server_that_takes_its_time_with_every_answer(tmp_path: Path, options: tuple[str, ...]) -> None:
    def behave(talk: Talk) -> None:
        threading.Event().wait(0.5)
        talk.say(EMPTY)

    with listening(behave) as server:
        ended = watched(tmp_path, *to_run(server.address, "--time-limit", "5", *options), within=IN_TIME)

    assert ended.status in (1, 6), ended.told
    assert ended.verdict["run"]["ending"] == "out-of-time"
    assert "The run reached its time limit" in ended.told
    assert 5 < len(server.heads) < 50
    assert_unharmed(ended)

"""Hostile answers through the whole suite: it ends, blames the server and not itself, and obeys no terminal escape."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .processes import V3_ECF, Ended, run, sandbox, tokens
from .servers import Asked, GoneError, Reply, Through, serving

JSON = {"Content-Type": "application/vnd.api+json"}
ESCAPES = "\x1b[2J\x1b]0;pwned\x07\x9b31m<script>alert(1)</script>\u202e\x00"
LONE_SURROGATE = b'"\\ud800"'
# The first two requests are preflight's, which tells a server that is not this API at once.
PREFLIGHT = 2


def gone(_: Reply) -> Reply:
    raise GoneError


BROKEN: tuple[Callable[[Reply], Reply], ...] = (
    lambda reply: reply,
    lambda _: Reply(200, b'{"data": ' * 100_000, JSON),
    lambda reply: Reply(reply.status, b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}", JSON),
    lambda reply: Reply(reply.status, b'{"data": [{"id": NaN, "attributes": {"n": -Infinity}}]}', JSON),
    lambda reply: Reply(reply.status, b'{"data": "\xff\xfe\xed\xa0\x80"}', JSON),
    lambda reply: Reply(reply.status, b'{"data": {"id": ' + LONE_SURROGATE + b', "attributes": {}}}', JSON),
    lambda reply: Reply(reply.status, b'{"data": [], "n": 1' + b"0" * 5_000 + b"}", JSON),
    lambda reply: Reply(reply.status, reply.body, reply.headers, length=len(reply.body) + 10),
    lambda reply: Reply(reply.status, reply.body, reply.headers, length=len(reply.body) // 2),
    lambda reply: Reply(reply.status, reply.body, reply.headers | {"Content-Type": f"text/html{ESCAPES[:-2]}"[:40]}),
    lambda reply: Reply(reply.status, reply.body, reply.headers | {"Content-Encoding": "gzip"}),
    lambda reply: Reply(599, reply.body, reply.headers),
    lambda reply: Reply(204, b"", {}),
    lambda reply: Reply(reply.status, b"\xef\xbb\xbf" + reply.body, reply.headers),
    lambda reply: Reply(reply.status, reply.body.decode().encode("utf-16"), reply.headers),
    lambda reply: Reply(reply.status, b"null", JSON),
    lambda reply: Reply(reply.status, json.dumps({"errors": ESCAPES, "data": {ESCAPES: ESCAPES}}).encode(), JSON),
    gone,
)
WRONG: tuple[Any, ...] = (
    None, True, -1, 1e308, 10**400, "", ESCAPES, "../../../../../../../../tmp/pwned-by-a-record", "/etc", "x" * 5_000,
    "9" * 5_000, [], [[]], {}, {"id": ESCAPES}, ["a", None], "\ud800", "2024-99-99T99:99:99Z", "0001-01-01T00:00:00Z",
)  # fmt: skip


def suite_against(change: Callable[[int, Reply], Reply], folder: Path) -> Ended:
    """The whole suite against a sandbox whose answers are changed on their way."""
    counted = iter(range(1, 1_000_000))

    def changed(_asked: Asked, reply: Reply) -> Reply:
        number = next(counted)
        return reply if number <= PREFLIGHT else change(number, reply)

    with sandbox() as served, serving(Through(served.address, change=changed)) as address:
        return run(
            folder, "--base-url", address, *tokens(), "--safety", "sandbox", *V3_ECF, "--profile", "quick", "--tb=long"
        )


def assert_survived(ended: Ended) -> None:
    told = ended.stdout + ended.stderr
    assert ended.status == 1, told
    errors = [line for line in ended.results if line["kind"] == "finding" and line["outcome"] == "suite-error"]
    assert errors == []
    assert "INTERNALERROR" not in told
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202e]", told) == []
    assert "<script>alert" not in (ended.folder / "report.html").read_text(encoding="utf-8")
    assert ended.verdict["run"]["ending"] == "finished"


def test_answers_that_are_broken(tmp_path: Path) -> None:
    assert_survived(suite_against(lambda number, reply: BROKEN[number % len(BROKEN)](reply), tmp_path))


@pytest.mark.parametrize("every", [1, 7])
def test_resources_that_hold_the_wrong_things(tmp_path: Path, every: int) -> None:
    turn = iter(range(1_000_000))

    def wrong(value: Any) -> Any:
        return WRONG[next(turn) % len(WRONG)]

    def change(number: int, reply: Reply) -> Reply:
        if number % every or not 200 <= reply.status < 300:
            return reply
        body = json.loads(reply.body)
        resources = body["data"] if isinstance(body["data"], list) else [body["data"]]
        for resource in resources:
            attributes = resource["attributes"]
            for enrolment in attributes.get("ecf_enrolments", []):
                name = sorted(enrolment)[next(turn) % len(enrolment)]
                enrolment[name] = wrong(enrolment[name])
            name = sorted(attributes)[next(turn) % len(attributes)]
            attributes[name] = wrong(attributes[name])
            attributes[ESCAPES] = ESCAPES
        return Reply(reply.status, json.dumps(body).encode(), reply.headers)

    assert_survived(suite_against(change, tmp_path))


def test_records_with_hostile_ids(tmp_path: Path) -> None:
    ids = [each for each in WRONG if isinstance(each, str)]

    def change(number: int, reply: Reply) -> Reply:
        if not 200 <= reply.status < 300:
            return reply
        body = json.loads(reply.body)
        for position, resource in enumerate(body["data"] if isinstance(body["data"], list) else []):
            resource["id"] = ids[position % len(ids)] + (str(position) if position >= len(ids) else "")
        return Reply(reply.status, json.dumps(body).encode(), reply.headers)

    assert_survived(suite_against(change, tmp_path))

    assert list(Path("/tmp").glob("pwned-by-a-record*")) == []

"""The whole suite survives corrupted responses: the server fails, the suite does not, and no escape is printed."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from .processes import V3_ECF, RunResult, run, sandbox, token_options
from .servers import DisconnectError, Proxy, Request, Response, serve

JSON = {"Content-Type": "application/vnd.api+json"}
ESCAPES = "\x1b[2J\x1b]0;pwned\x07\x9b31m<script>alert(1)</script>\u202e\x00"
LONE_SURROGATE = b'"\\ud800"'
# The first two requests are the preflight, which would end the run.
PREFLIGHT_REQUESTS = 2


def disconnect(_: Response) -> Response:
    raise DisconnectError


CORRUPTIONS: tuple[Callable[[Response], Response], ...] = (
    lambda response: response,
    lambda _: Response(200, b'{"data": ' * 100_000, JSON),
    lambda response: Response(response.status, b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}", JSON),
    lambda response: Response(response.status, b'{"data": [{"id": NaN, "attributes": {"n": -Infinity}}]}', JSON),
    lambda response: Response(response.status, b'{"data": "\xff\xfe\xed\xa0\x80"}', JSON),
    lambda response: Response(response.status, b'{"data": {"id": ' + LONE_SURROGATE + b', "attributes": {}}}', JSON),
    lambda response: Response(response.status, b'{"data": [], "n": 1' + b"0" * 5_000 + b"}", JSON),
    lambda response: replace(response, length=len(response.body) + 10),
    lambda response: replace(response, length=len(response.body) // 2),
    lambda response: replace(response, headers=response.headers | {"Content-Type": f"text/html{ESCAPES[:-2]}"[:40]}),
    lambda response: replace(response, headers=response.headers | {"Content-Encoding": "gzip"}),
    lambda response: replace(response, status=599),
    lambda response: Response(204, b"", {}),
    lambda response: replace(response, body=b"\xef\xbb\xbf" + response.body),
    lambda response: replace(response, body=response.body.decode().encode("utf-16")),
    lambda response: Response(response.status, b"null", JSON),
    lambda response: Response(
        response.status, json.dumps({"errors": ESCAPES, "data": {ESCAPES: ESCAPES}}).encode(), JSON
    ),
    disconnect,
)
WRONG_VALUES: tuple[Any, ...] = (
    None, True, -1, 1e308, 10**400, "", ESCAPES, "../../../../../../../../tmp/pwned-by-a-record", "/etc", "x" * 5_000,
    "9" * 5_000, [], [[]], {}, {"id": ESCAPES}, ["a", None], "\ud800", "2024-99-99T99:99:99Z", "0001-01-01T00:00:00Z",
)  # fmt: skip


def suite_against(change: Callable[[int, Response], Response], folder: Path) -> RunResult:
    """Run the whole suite through a proxy that changes the responses of a sandbox."""
    numbers = itertools.count(1)

    def changed(_request: Request, response: Response) -> Response:
        number = next(numbers)
        return response if number <= PREFLIGHT_REQUESTS else change(number, response)

    with sandbox() as served, serve(Proxy(served.address, change=changed)) as address:
        return run(
            folder,
            "--edition",
            "2024-12",
            "--base-url",
            address,
            *token_options(),
            "--safety",
            "sandbox",
            *V3_ECF,
            "--profile",
            "quick",
            "--tb=long",
        )


def assert_survived(ended: RunResult) -> None:
    assert ended.status == 1, ended.output
    errors = [line for line in ended.results if line["kind"] == "finding" and line["outcome"] == "suite-error"]
    assert errors == []
    assert "INTERNALERROR" not in ended.output
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u202e]", ended.output) == []
    assert "<script>alert" not in (ended.folder / "report.html").read_text(encoding="utf-8")
    assert ended.verdict["run"]["ending"] == "finished"


def test_run_survives_corrupted_responses(tmp_path: Path) -> None:
    assert_survived(suite_against(lambda number, response: CORRUPTIONS[number % len(CORRUPTIONS)](response), tmp_path))


@pytest.mark.parametrize("every", [1, 7])
def test_run_survives_wrong_values_in_resources(tmp_path: Path, every: int) -> None:
    turns = itertools.count()

    def wrong(value: Any) -> Any:
        return WRONG_VALUES[next(turns) % len(WRONG_VALUES)]

    def change(number: int, response: Response) -> Response:
        if number % every or not 200 <= response.status < 300:
            return response
        body = json.loads(response.body)
        resources = body["data"] if isinstance(body["data"], list) else [body["data"]]
        for resource in resources:
            attributes = resource["attributes"]
            for enrolment in attributes.get("ecf_enrolments", []):
                name = sorted(enrolment)[next(turns) % len(enrolment)]
                enrolment[name] = wrong(enrolment[name])
            name = sorted(attributes)[next(turns) % len(attributes)]
            attributes[name] = wrong(attributes[name])
            attributes[ESCAPES] = ESCAPES
        return replace(response, body=json.dumps(body).encode())

    assert_survived(suite_against(change, tmp_path))


def test_run_survives_hostile_ids_and_writes_no_file_for_them(tmp_path: Path) -> None:
    ids = [each for each in WRONG_VALUES if isinstance(each, str)]

    def change(number: int, response: Response) -> Response:
        if not 200 <= response.status < 300:
            return response
        body = json.loads(response.body)
        for position, resource in enumerate(body["data"] if isinstance(body["data"], list) else []):
            resource["id"] = ids[position % len(ids)] + (str(position) if position >= len(ids) else "")
        return replace(response, body=json.dumps(body).encode())

    assert_survived(suite_against(change, tmp_path))

    assert list(Path("/tmp").glob("pwned-by-a-record*")) == []

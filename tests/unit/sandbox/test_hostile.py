"""Malformed requests return a 4xx with a body of the contract and change nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lead_provider_sandbox.http.gateway import LARGEST_BODY
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.http.request import Operation
from lead_provider_sandbox.http.responses import JSON_API

STRUCTURE = {"Bad request": "correct json data structure required. See API docs for reference"}
NOT_FOUND = {"error": "Resource not Found"}
DECLARATIONS = "/api/v3/participant-declarations"
UNKNOWN_ID = "11111111-2222-4333-8444-555555555555"

BODIES = [
    b"",
    b"{",
    b"[1]",
    b"null",
    b"1e999",
    b"NaN",
    b'"text"',
    b"{}",
    b'{"data":null}',
    b'{"data":[]}',
    b'{"data":"text"}',
    b'{"data":[1]}',
    b'{"data":{}}',
    b'{"data":{"attributes":[]}}',
    b'{"data":{"attributes":{"participant_id":["a"],"reason":{"x":1},"cohort":[]}}}',
    b'{"data":{"attributes":{"participant_id":"\\ud800","reason":"\\u0000","course_identifier":"\\udfff"}}}',
    b'{"data":{"attributes":{"declaration_date":' + b"9" * 5000 + b"}}}",
    b'{"data":{"attributes":{"cohort":1e400,"declaration_date":-0.0,"state":true}}}',
    b"[" * 100_000,
    b'{"data":' * 5_000,
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    bytes(range(256)),
    json.dumps({"data": {"attributes": {"reason": "x" * 100_000, "course_identifier": "💥" * 1000}}}).encode(),
]
QUERIES = [
    b"%",
    b"%ff%fe=%00",
    b"filter[cohort][]=2021",
    b"filter[updated_since][x]=y",
    b"filter[]=1&page[]=2&page[page][x]=1",
    b"page[page]=%00",
    b"filter[participant_id]=%00%ff&filter[urn]=%27%3B--&filter[type]=%00",
    b"sort[]=x&sort[a]=b",
    b"sort=" + b"-," * 5000,
    b"filter[cohort]=" + b"2021," * 5000,
    b"&&==&=&;" * 100,
    b"filter[delivery_partner_id]=%27%20or%201=1--&filter[from_participant_id]=%25",
    b"page[per_page]=99999999999999999999999999999999999999999999999999999999999",
    b"[[[]]]=1&filter[=2&]filter=3",
]


def path_of(operation: Operation) -> str:
    return operation.path.replace("{id}", UNKNOWN_ID).replace("{participant_id}", UNKNOWN_ID)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.writes], ids=lambda each: each.id)
def test_malformed_body_returns_4xx(api: Any, operation: Operation) -> None:
    for body in BODIES:
        reply = api.send(operation.method, path_of(operation), raw=body)

        assert 400 <= reply.status < 500, body[:60]
        assert_body_of_the_contract(reply)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if not each.writes], ids=lambda each: each.id)
def test_malformed_query_never_returns_5xx(api: Any, operation: Operation) -> None:
    for query in QUERIES:
        reply = api.send(operation.method, path_of(operation), query=query)

        assert reply.status in (200, 400, 404), query[:60]
        if reply.status != 200:
            assert_body_of_the_contract(reply)


def assert_body_of_the_contract(reply: Any) -> None:
    assert reply.headers["content-type"] == JSON_API
    document = reply.json
    if "errors" in document:
        assert all(set(error) == {"title", "detail"} for error in document["errors"])
    else:
        assert document == NOT_FOUND


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v3",
        "/api/v4/participants/ecf",
        "/api/v3/nonsense",
        "/api/v3//participants/ecf",
        "/api/v3/participants/ecf/%00",
        "/api/v3/participants/ecf/\x00",
        "/api/v3/participants/ecf/..%2f..",
        "/api/v3/participants",
        "/api/v1/npq-enrolments.csv",
        "/api/v3/participant-declarations.csv",
        "/nonsense",
    ],
)
def test_unknown_path_or_id_returns_404(api: Any, path: str) -> None:
    reply = api.send("GET", path)

    assert (reply.status, reply.json) == (404, NOT_FOUND)


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "POST"])
def test_unsupported_method_returns_404(api: Any, method: str) -> None:
    reply = api.send(method, "/api/v3/participants/ecf")

    assert (reply.status, reply.json) == (404, NOT_FOUND)


def test_oversized_body_returns_400(api: Any) -> None:
    assert api.send("POST", DECLARATIONS, raw=b" " * (LARGEST_BODY + 1)).status == 400


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "", "multipart/form-data; boundary=x"])
def test_body_of_other_media_type_is_ignored(api: Any, media_type: str) -> None:
    reply = api.send("POST", DECLARATIONS, raw=b'{"data":{"attributes":{}}}', headers={"content-type": media_type})

    assert (reply.status, reply.errors) == (400, STRUCTURE)


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/vnd.api+json", "text/x-json"])
def test_body_of_json_media_type_is_parsed(api: Any, media_type: str) -> None:
    reply = api.send("POST", DECLARATIONS, raw=b'{"data":{"attributes":{}}}', headers={"content-type": media_type})

    assert reply.status == 422


def test_form_body_is_parsed(api: Any) -> None:
    ect = api.untouched()
    form = (
        b"data[type]=participant-defer&data[attributes][reason]=other&data[attributes][course_identifier]=ecf-induction"
    )

    reply = api.send(
        "PUT",
        f"/api/v3/participants/ecf/{ect['id']}/defer",
        raw=form,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert reply.status == 200


@pytest.mark.parametrize("written", ["", "yesterday", "2021-13-01T00:00:00Z", "\xff\xfe"])
def test_invalid_server_date_is_ignored(api: Any, written: str) -> None:
    assert api.get("participants/ecf", headers={"X-With-Server-Date": written}).status == 200


def test_crash_returns_documented_500_and_rolls_back(api: Any, caplog: pytest.LogCaptureFixture) -> None:
    def crash(original: Any, call: Any, *rest: Any) -> None:
        original(call, *rest)
        raise ZeroDivisionError

    ect = api.untouched()
    api.sandbox.gateway.replacements = {"action.effect": crash}

    reply = api.act(ect["id"], "defer", reason="other", course_identifier="ecf-induction")

    assert (reply.status, reply.json) == (500, {"error": "Internal server error"})
    assert api.enrolment(ect["id"])["training_status"] == "active"
    assert "ZeroDivisionError" in caplog.text

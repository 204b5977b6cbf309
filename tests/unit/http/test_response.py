"""A response as tests see it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lead_provider_conformance.http import IncompleteResponse, Response

ID = "6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"


def response(body: Any = None, *, status: int = 200, raw: bytes | None = None, **headers: str) -> Response:
    content = json.dumps(body).encode() if raw is None else raw
    return Response("main-00001", "GET", "/api/v3/x", status, headers, content)


def test_data_is_read_as_one_resource_or_as_several() -> None:
    one = {"id": ID, "attributes": {}}

    assert response({"data": one}).resource == one
    assert response({"data": [one]}).ids == (ID,)
    assert response({"data": [one]}).first == one


@pytest.mark.parametrize("member", ["resource", "resources", "first", "ids", "data"])
@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, "text", 1, {"data": None}, {"data": 1}, {"data": [1]}, {"data": {"id": 1, "attributes": {}}},
        {"data": [{"id": ID}]}, {"data": [{"id": ID, "attributes": []}]},
    ],
)  # fmt: skip
def test_missing_data_raises_incomplete_response(member: str, body: Any) -> None:
    odd = response(body)
    if member == "data" and isinstance(body, dict) and "data" in body:
        assert odd.data == body["data"]
        return
    with pytest.raises(IncompleteResponse, match="/api/v3/x"):
        getattr(odd, member)


@pytest.mark.parametrize("name", ["", "1", "../../etc", "\x1b[31m", "\ud800", "9" * 36, ID + "0", ID + "\n"])
def test_resource_with_an_id_that_is_not_a_uuid_raises(name: str) -> None:
    with pytest.raises(IncompleteResponse, match="whose `id` is not a UUID"):
        _ = response({"data": {"id": name, "attributes": {}}}).resource


@pytest.mark.parametrize("status", [199, 204, 302, 422, 500])
def test_failed_request_has_no_data(status: int) -> None:
    if status == 204:
        with pytest.raises(IncompleteResponse, match="is not JSON"):
            _ = response(raw=b"", status=204).data
        return
    with pytest.raises(IncompleteResponse, match="request failed"):
        _ = response({"data": []}, status=status).data


@pytest.mark.parametrize("raw", [b"", b"<html>", b"\xff", b"[" * 100_000, b"1" * 5_000])
def test_body_that_is_not_json_raises(raw: bytes) -> None:
    with pytest.raises(IncompleteResponse, match="is not JSON"):
        _ = response(raw=raw).json


def test_repr_is_short_and_without_escapes() -> None:
    shown = repr(response(raw=b"\x1b[2J\xff" + b"x" * 1_000))

    assert shown.startswith("<GET /api/v3/x → 200 ⟨U+001B⟩[2J\ufffdxxx")
    assert len(shown) < 400
    assert "\x1b" not in shown


def test_message_of_incomplete_response_is_without_escapes() -> None:
    assert str(IncompleteResponse("about \x1b[31m")) == "about ⟨U+001B⟩[31m"


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000"])
def test_server_time_is_the_date_header(zone: str) -> None:
    assert response(date=f"Tue, 03 Dec 2024 10:00:00 {zone}").server_time == datetime(2024, 12, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}, {"date": "Tue, 03 Dec 99999 10:00:00 GMT"}])
def test_without_date_header_server_time_is_ours(headers: dict[str, str]) -> None:
    assert abs(response(**headers).server_time - datetime.now(UTC)) < timedelta(seconds=10)


def test_server_time_is_the_requested_one() -> None:
    then = datetime(2027, 1, 2, 12, tzinfo=UTC)

    assert replace(response(date="Tue, 03 Dec 2024 10:00:00 GMT"), requested_time=then).server_time == then


def test_errors_name_attributes_by_title_or_pointer() -> None:
    refusal = response(
        {
            "errors": [
                {"title": "participant_id", "detail": "x"},
                {"title": "t", "detail": "The '#/evidence_held' is"},
                1,
            ]
        },
        status=422,
    )

    assert [refusal.names(each) for each in ("participant_id", "evidence_held", "date")] == [True, True, False]


@pytest.mark.parametrize("body", [{"errors": "text"}, {"errors": None}, [], {}])
def test_body_without_a_list_of_errors_has_no_errors(body: Any) -> None:
    assert response(body, status=422).errors == ()


def test_media_type_is_without_parameters() -> None:
    assert response(**{"content-type": " Application/JSON ; charset=utf-8"}).media_type == "application/json"

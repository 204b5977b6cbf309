"""Differences between two responses have a place, a kind and a requirement."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lead_provider_conformance.parity.differences import SideName
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.pairs import ReplyPair
from lead_provider_conformance.parity.responses import compare_replies

from .servers import body, causes, differences, read_pair, record, reply

LEFT, RIGHT = SideName.LEFT, SideName.RIGHT


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {}, [("fields", "data[].attributes.a", "missing on the right")]),
        ({}, {"a": 1}, [("fields", "data[].attributes.a", "missing on the left")]),
        ({"a": 1}, {"a": "1"}, [("fields", "data[].attributes.a", "number as text on the right")]),
        ({"a": "2021"}, {"a": 2021}, [("fields", "data[].attributes.a", "number as text on the left")]),
        ({"a": True}, {"a": 1}, [("fields", "data[].attributes.a", "boolean on the left, number on the right")]),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": "x"}, {"a": None}, [("values", "data[].attributes.a", "null on the right")]),
        ({"a": "x"}, {"a": "y"}, [("values", "data[].attributes.a", "another value")]),
        ({"a": "2026-01-01T00:00:00Z"}, {"a": "2026-01-01T00:00:01Z"}, []),
        (
            {"a": "2026-01-01T00:00:00Z"},
            {"a": "2026-01-01T00:00:02Z"},
            [("values", "data[].attributes.a", "another time")],
        ),
        (
            {"a": "2026-01-01T00:00:00Z"},
            {"a": "2026-01-01T01:00:00+01:00"},
            [("values", "data[].attributes.a", "time in another form")],
        ),
        (
            {"a": "2026-99-01T00:00:00Z"},
            {"a": "2026-98-01T00:00:00Z"},
            [("values", "data[].attributes.a", "another value")],
        ),
        ({"a": [1, 2]}, {"a": [2, 1]}, [("values", "data[].attributes.a", "items in another order")]),
        (
            {"a": [{"b": 1}, {"b": 2}]},
            {"a": [{"b": 1}]},
            [("values", "data[].attributes.a", "more items on the left")],
        ),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [("values", "data[].attributes.a[].b", "another value")]),
    ],
)
def test_difference_of_field_has_place_and_kind(left: Any, right: Any, expected: list[tuple[str, str, str]]) -> None:
    assert causes(differences(body(record(1, **left)), body(record(1, **right)))) == expected


def test_difference_points_at_field_on_both_sides() -> None:
    (found,) = differences(body(record(2, a=1), record(1, a=1)), body(record(2, a=1), record(1, a=2)))

    assert found.pointers == {LEFT: "/data/1/attributes/a", RIGHT: "/data/1/attributes/a"}
    assert found.message(LEFT) == "another value: the right has 2"
    assert found.message(RIGHT) == "another value: the left has 1"


def test_record_of_one_side_is_reported_with_its_id() -> None:
    found = differences(body(record(1), record(2)), body(record(2), record(3)), label="query:filter[cohort]")

    assert causes(found) == [
        ("records", "query:filter[cohort]", "only on the left"),
        ("records", "query:filter[cohort]", "only on the right"),
    ]
    assert [each.record for each in found] == [record(1)["id"], record(3)["id"]]


def test_same_records_in_another_order_are_one_difference() -> None:
    found = differences(
        body(record(1), record(2), record(3)), body(record(3), record(2), record(1)), label="query:sort"
    )

    assert causes(found) == [("order", "query:sort", "another order")]


def test_records_listed_twice_on_one_side_are_a_difference() -> None:
    found = differences(body(record(1)), body(record(1), record(1)))

    assert causes(found) == [("records", "data[]", "only on the right")]


def test_another_status_hides_the_bodies() -> None:
    pair = ReplyPair(read_pair(label="path:id"), reply(LEFT, "{}", 404), reply(RIGHT, '{"a": 1}', 422))

    assert causes(list(compare_replies(pair, Identities()))) == [
        ("statuses", "path:id", "404 on the left, 422 on the right")
    ]


def test_no_response_on_one_side_is_a_difference() -> None:
    pair = ReplyPair(read_pair(), reply(LEFT, body()), reply(RIGHT, b"", None))

    assert causes(list(compare_replies(pair, Identities()))) == [
        ("statuses", "", "200 on the left, no response on the right")
    ]


def test_error_bodies_are_compared() -> None:
    left, right = ({"errors": [{"title": "Bad", "detail": text}]} for text in ("one", "two"))

    found = differences(json.dumps(left), json.dumps(right), status=400)

    assert causes(found) == [("errors", "errors[].detail", "another value")]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"content_type": "application/json; charset=utf-8"}, {"content_type": "Application/JSON"}, []),
        ({"content_type": "text/html"}, {}, [("headers", "headers.content-type", "another value")]),
        ({"ratelimit_limit": "1"}, {"ratelimit_limit": "2"}, []),
        ({"ratelimit_limit": "1"}, {}, [("headers", "headers.ratelimit-limit", "missing on the right")]),
        ({"date": "x", "x_request_id": "1"}, {}, []),
    ],
)
def test_headers_are_compared(
    left: dict[str, str], right: dict[str, str], expected: list[tuple[str, str, str]]
) -> None:
    pair = ReplyPair(read_pair(), reply(LEFT, body(), **left), reply(RIGHT, body(), **right))

    assert causes(list(compare_replies(pair, Identities()))) == expected


def test_body_that_is_not_json_is_a_difference() -> None:
    assert causes(differences(body(), "<html>")) == [("fields", "body", "not JSON on the right")]
    assert causes(differences("<a>", "<b>")) == [("fields", "body", "another body")]


def test_deeply_nested_bodies_are_compared_as_a_whole() -> None:
    left, right = (json.dumps({"data": json.loads("[" * 200 + str(each) + "]" * 200)}) for each in (1, 2))

    assert len(differences(left, right)) == 1


CSV = {"content_type": "text/csv"}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("id,name\n1,A\n2,B\n", "id,name\r\n1,A\r\n2,B\r\n", []),
        ("id,name\n1,A\n", "id\n1\n", [("files", "csv.name", "missing on the right")]),
        ("id,name\n1,A\n", "name,id\nA,1\n", [("files", "csv", "columns in another order")]),
        ("id,name\n1,A\n2,B\n", "id,name\n1,A\n", [("files", "csv rows", "only on the left")]),
        ("id,name\n1,A\n2,B\n", "id,name\n2,B\n1,A\n", [("files", "csv rows", "another order")]),
        ("id,name\n1,A\n", "id,name\n1,B\n", [("files", "csv.name", "another value")]),
        ("id,name\n1,A\n", b"\xff\xfe\xff", [("files", "csv", "another body")]),
    ],
)
def test_csv_files_are_compared(left: str, right: str | bytes, expected: list[tuple[str, str, str]]) -> None:
    pair = ReplyPair(read_pair(), reply(LEFT, left, **CSV), reply(RIGHT, right, **CSV))

    assert causes(list(compare_replies(pair, Identities()))) == expected

"""Requests ask the server for the time of another day, in the header that the target names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from lead_provider_conformance.http.server_date import ServerDate

from .raw import raw_server, response, sends
from .test_client import JSON, LIST, ME, client

DAY = date(2031, 2, 3)


def test_no_header_is_sent_before_the_test_travels_or_without_a_name() -> None:
    unnamed = ServerDate()
    unnamed.travel_to(DAY)

    assert ServerDate("X-With-Server-Date").headers == {}
    assert unnamed.headers == {}


def test_time_begins_at_noon_of_the_day() -> None:
    server_date = ServerDate("X-With-Server-Date")
    server_date.travel_to(DAY)

    assert server_date.now is not None
    assert timedelta() <= server_date.now - datetime(2031, 2, 3, 12, tzinfo=UTC) < timedelta(minutes=1)
    assert server_date.headers["X-With-Server-Date"].startswith("2031-02-03T12:00:")


def test_suspended_time_comes_back() -> None:
    server_date = ServerDate("X-With-Server-Date")
    server_date.travel_to(DAY)
    with server_date.suspended():
        assert server_date.headers == {}

    assert server_date.headers


def test_client_sends_the_header_and_takes_the_time_for_the_servers(tmp_path: Path) -> None:
    body = response(b'{"data":[]}', JSON, b"Date: Sat, 28 Nov 2026 10:00:00 GMT")
    with raw_server(sends(body)) as server:
        asked = client(server, tmp_path)
        asked.server_date.header = "X-With-Server-Date"
        own = asked.send("GET", LIST, credential=ME)
        asked.server_date.travel_to(DAY)
        travelled = asked.send("GET", LIST, credential=ME)
        eve = asked.send("GET", LIST, credential=ME, headers={"X-With-Server-Date": "2031-02-02T00:00:00Z"})

    assert [b"X-With-Server-Date: 2031-02-0" in head for head in server.heads] == [False, True, True]
    assert b"X-With-Server-Date: 2031-02-02T00:00:00Z" in server.heads[2]
    assert own.server_time == datetime(2026, 11, 28, 10, tzinfo=UTC)
    assert travelled.server_time.date() == DAY
    assert eve.status == 200

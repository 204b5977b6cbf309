"""Requests to the ECT service without access, with malformed input, and with a time of their own."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox.ect.conftest import TODAY
from tests.unit.sandbox.test_hostile import BODIES, QUERIES

from lead_provider_sandbox.http.request import Operation
from lead_provider_sandbox.http.services import ECT

JSON = "application/json; charset=utf-8"
UNKNOWN_ID = "11111111-2222-4333-8444-555555555555"


def path_of(operation: Operation) -> str:
    return operation.path.replace("{id}", UNKNOWN_ID)


@pytest.mark.parametrize("operation", ECT.operations, ids=lambda each: each.id)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic YTpi"])
def test_unknown_token_returns_401(ect: Any, operation: Operation, authorization: str | None) -> None:
    ect.token = None
    headers = {} if authorization is None else {"authorization": authorization}

    reply = ect.send(operation.method, path_of(operation), headers=headers)

    assert (reply.status, reply.json) == (401, {"error": "HTTP Token: Access denied"})
    assert reply.headers["content-type"] == JSON


@pytest.mark.parametrize("operation", [each for each in ECT.operations if each.writes], ids=lambda each: each.id)
def test_malformed_body_returns_list_of_errors(ect: Any, operation: Operation) -> None:
    for body in BODIES:
        reply = ect.send(operation.method, path_of(operation), raw=body)

        assert 400 <= reply.status < 500, body[:60]
        assert reply.headers["content-type"] == JSON
        assert all(set(error) == {"title", "detail"} for error in reply.json["errors"])


@pytest.mark.parametrize("operation", [each for each in ECT.operations if not each.writes], ids=lambda each: each.id)
def test_malformed_query_never_returns_5xx(ect: Any, operation: Operation) -> None:
    for query in QUERIES:
        reply = ect.send(operation.method, path_of(operation), query=query)

        assert reply.status in (200, 400, 404), query[:60]
        assert reply.status == 200 or reply.json["errors"]


@pytest.mark.parametrize(
    "path", ["/api/v1/participants", "/api/v3/participants/ecf/x/defer", "/api/v3/npq-applications"]
)
def test_paths_of_other_services_are_unknown(ect: Any, path: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert ect.send(method, path).status == 404


def test_header_sets_the_time_of_any_request(ect: Any) -> None:
    person = ect.one()
    body = {"data": {"attributes": {"course_identifier": "ecf-induction", "reason": "other"}}}
    later = {"x-with-server-date": "2026-12-24T10:00:00Z"}

    ect.send("PUT", f"/api/v3/participants/{person['id']}/defer", body=body, headers=later)

    assert ect.shown(person)["deferral"]["date"] == "2026-12-24T10:00:00Z"
    # Seen from the day before, the deferral is still to come.
    assert ect.shown(person)["participant_status"] == "leaving"
    reply = ect.send("GET", f"/api/v3/participants/{person['id']}", headers=later)
    assert reply.data["attributes"]["ecf_enrolments"][0]["participant_status"] == "left"
    assert ect.sandbox.gateway.clock.now().startswith(TODAY)

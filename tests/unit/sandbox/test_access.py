"""Access by token."""

from __future__ import annotations

from typing import Any

import pytest

from lead_provider_sandbox.http.access import NPQ_ONLY_TOKEN, OTHER_SERVICE_TOKEN, PROVIDER_TOKENS, parse_token
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.http.request import Operation

TOKEN = PROVIDER_TOKENS[0][1]
UNKNOWN_ID = "11111111-2222-4333-8444-555555555555"


def path_of(operation: Operation) -> str:
    return operation.path.replace("{id}", UNKNOWN_ID).replace("{participant_id}", UNKNOWN_ID)


def send(api: Any, operation: Operation, authorization: str | None) -> Any:
    api.token = None
    headers = {} if authorization is None else {"authorization": authorization}
    return api.send(operation.method, path_of(operation), headers=headers)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic YTpi", TOKEN, f"bearer {TOKEN}", "Bearer"])
def test_unknown_token_returns_401(api: Any, operation: Operation, authorization: str | None) -> None:
    reply = send(api, operation, authorization)

    assert (reply.status, reply.json) == (401, {"error": "HTTP Token: Access denied"})
    assert reply.headers["www-authenticate"] == 'Token realm="Application"'


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_other_services_token_returns_403(api: Any, operation: Operation) -> None:
    reply = send(api, operation, f"Bearer {OTHER_SERVICE_TOKEN}")

    assert (reply.status, reply.content) == (403, b'{"error":"Forbidden"}')


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_npq_only_provider_gets_403_for_ecf_operations(api: Any, operation: Operation) -> None:
    reply = send(api, operation, f"Bearer {NPQ_ONLY_TOKEN[1]}")

    assert (reply.status == 403) == (operation.programmes == {"ecf"})


@pytest.mark.parametrize(
    ("written", "token"),
    [
        ("Bearer abc", "abc"),
        ("Token abc", "abc"),
        ('Token token="abc"', "abc"),
        ("Bearer  abc", "abc"),
        ("bearer abc", None),
        ("Basic abc", None),
        ("abc", None),
        ("Bearer a b", None),
        (None, None),
    ],
)
def test_parse_token_accepts_both_schemes(written: str | None, token: str | None) -> None:
    assert parse_token(written) == token

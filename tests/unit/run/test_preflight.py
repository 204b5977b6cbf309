"""The preflight requests one record in each scope, and reports the first problem in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.http import NoResponse
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope
from lead_provider_conformance.run import preflight as module
from lead_provider_conformance.run.preflight import PreflightError, preflight

TARGET = Target(name="server", base_url="https://api.example", tokens=("first-token", "second-token"))
SCOPES = [Scope("v1", "ecf"), Scope("v1", "npq"), Scope("v3", "ecf"), Scope("v3", "npq")]
LIST = (200, b'{"data": []}')


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, str]]]:
    """Return a function that makes paths respond, and returns the list of requests: token and path."""

    def respond(responses: dict[str, tuple[int, bytes]] | None = None) -> list[tuple[str, str]]:
        requests: list[tuple[str, str]] = []

        class Transport:
            base_url = TARGET.base_url

            def __init__(self, _: Target) -> None:
                pass

            def send(self, _method: str, path: str, headers: dict[str, str], _content: None) -> RawResponse:
                path = path.partition("?")[0]
                requests.append((headers["Authorization"].removeprefix("Bearer "), path))
                status, body = (responses or {}).get(path, LIST)
                return RawResponse(status, {"content-type": "application/json"}, body)

        monkeypatch.setattr(module, "Transport", Transport)
        return requests

    return respond


def test_first_token_is_tried_in_every_scope_and_second_in_one(sent: Callable[..., list[tuple[str, str]]]) -> None:
    requests = sent()

    preflight(TARGET, SCOPES)

    assert requests == [
        ("first-token", "/api/v1/participants/ecf"),
        ("first-token", "/api/v1/participants/npq"),
        ("first-token", "/api/v3/participants/ecf"),
        ("first-token", "/api/v3/participants/npq"),
        ("second-token", "/api/v1/participants/ecf"),
    ]


@pytest.mark.parametrize("scope", SCOPES)
def test_problem_in_any_scope_stops_the_run(sent: Callable[..., list[tuple[str, str]]], scope: Scope) -> None:
    path = f"/api/{scope.version}/participants/{scope.programme}"
    sent({path: (404, b"{}")})

    with pytest.raises(PreflightError, match=rf"^https://api\.example{path} does not exist \(404\); check the address"):
        preflight(TARGET, SCOPES)


@pytest.mark.parametrize(
    ("response", "sentence"),
    [
        ((401, b""), r"refuses the token \(401\); check --token"),
        ((403, b""), r"does not allow the token to use ecf \(403\)"),
        ((302, b""), r"redirects \(302\) to nowhere"),
        ((429, b""), r"has received too many requests with this token \(429\)"),
        ((503, b""), "fails with 503; see the server's log"),
        ((204, b""), "returns 204 instead of a list"),
        ((200, b"<html>"), r"returns a body that is not JSON \(application/json\)"),
        ((200, b'{"data": {}}'), "returns JSON without a list in `data`"),
    ],
)
def test_problem_is_one_sentence(
    sent: Callable[..., list[tuple[str, str]]], response: tuple[int, bytes], sentence: str
) -> None:
    sent({"/api/v3/participants/ecf": response})

    with pytest.raises(PreflightError, match=sentence):
        preflight(TARGET, SCOPES)


def test_target_without_token_is_refused() -> None:
    with pytest.raises(PreflightError, match="There is no token for server; give --token"):
        preflight(Target(name="server", base_url="https://api.example"), SCOPES)


def test_server_without_response_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Transport:
        base_url = TARGET.base_url

        def __init__(self, _: Target) -> None:
            pass

        def send(self, *_: object) -> RawResponse:
            raise NoResponse("Connection refused")

    monkeypatch.setattr(module, "Transport", Transport)

    with pytest.raises(PreflightError, match=r"^https://api\.example does not respond \(Connection refused\); check"):
        preflight(TARGET, SCOPES)

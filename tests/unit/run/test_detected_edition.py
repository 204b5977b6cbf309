"""The edition of a server is detected by the paths at which it has participants."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.http import NoResponse
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope
from lead_provider_conformance.run import detected_edition as module
from lead_provider_conformance.run import first_request
from lead_provider_conformance.run.detected_edition import detect_edition

TARGET = Target(name="server", base_url="https://api.example", tokens=("first-token",))
LIST = RawResponse(200, {}, b'{"data": []}')
NOT_FOUND = RawResponse(404, {}, b"{}")
OLDER = [f"/api/{version}/participants/{programme}" for version in ("v1", "v2", "v3") for programme in ("ecf", "npq")]


def serve(
    monkeypatch: pytest.MonkeyPatch, responses: dict[str, RawResponse], otherwise: RawResponse = NOT_FOUND
) -> None:
    def send(method: str, path: str, headers: dict[str, str], _content: None) -> RawResponse:
        assert method == "GET"
        assert headers["Authorization"] == "Bearer first-token"
        return responses.get(path.partition("?")[0], otherwise)

    monkeypatch.setattr(module, "Transport", lambda _: SimpleNamespace(send=send))


@pytest.mark.parametrize(
    ("paths", "edition"),
    [
        (OLDER, "2024-12"),
        (OLDER[:2], "2024-12"),
        (OLDER[4:], "2024-12"),
        (["/api/v3/participants/ecf"], "2024-12"),
        (["/api/v3/participants"], "2026-08"),
        (["/api/v3/participants/npq"], "2026-08"),
        (["/api/v3/participants", "/api/v3/participants/npq"], "2026-08"),
    ],
)
def test_edition_has_all_paths_of_the_server_and_the_fewest_others(
    monkeypatch: pytest.MonkeyPatch, paths: list[str], edition: str
) -> None:
    serve(monkeypatch, dict.fromkeys(paths, LIST))

    detected = detect_edition(TARGET)

    assert detected
    assert detected.name == edition
    assert f"the server has {', '.join(sorted(paths))}." in detected.sentence
    assert detected.sentence.endswith("Choose another with --edition.")


def test_edition_that_cannot_be_told_apart_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, dict.fromkeys(OLDER, LIST))

    detected = detect_edition(TARGET)

    assert detected
    assert "Edition 2025-04 has the same paths." in detected.sentence
    assert detected.editions == ("2024-12", "2025-04")


def test_scopes_are_those_whose_paths_the_server_has(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, {"/api/v3/participants": LIST})

    detected = detect_edition(TARGET)

    assert detected
    assert detected.scopes == (Scope("v3", "ecf"),)
    assert detected.label == "v3 ECF of edition 2026-08"


def test_list_that_the_token_may_not_read_is_present(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, {"/api/v3/participants": RawResponse(403, {}, b"")})

    detected = detect_edition(TARGET)

    assert detected
    assert detected.name == "2026-08"


@pytest.mark.parametrize(
    "response",
    [NOT_FOUND, RawResponse(401, {}, b""), RawResponse(200, {}, b"<html>"), RawResponse(200, {}, b'{"data": {}}')],
    ids=["404", "401", "web page", "no list"],
)
def test_server_without_any_list_has_no_edition(monkeypatch: pytest.MonkeyPatch, response: RawResponse) -> None:
    serve(monkeypatch, {}, otherwise=response)

    assert detect_edition(TARGET) is None


def test_paths_of_two_editions_at_once_have_no_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, dict.fromkeys(["/api/v3/participants", "/api/v3/participants/ecf"], LIST))

    assert detect_edition(TARGET) is None


def test_server_that_does_not_respond_is_left_to_the_preflight(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_: object) -> RawResponse:
        raise NoResponse("nobody listens")

    monkeypatch.setattr(module, "Transport", lambda _: SimpleNamespace(send=send))

    assert detect_edition(TARGET) is None


def test_without_a_token_nothing_is_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Transport", lambda _: pytest.fail("no request may be sent"))

    assert detect_edition(Target(name="server", base_url="https://api.example")) is None


def test_server_that_throttles_for_too_long_has_no_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_request, "pause", lambda _: None)
    serve(monkeypatch, {OLDER[0]: RawResponse(429, {}, b"")}, otherwise=LIST)
    shown: list[str] = []

    assert detect_edition(TARGET, shown.append) is None
    assert "throttles" in shown[0]

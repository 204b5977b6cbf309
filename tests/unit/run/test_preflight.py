"""The preflight requests one record in each scope, and reports the first problem in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import NoResponse
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope
from lead_provider_conformance.run import first_request
from lead_provider_conformance.run import preflight as module
from lead_provider_conformance.run.detected_edition import DetectedEdition
from lead_provider_conformance.run.preflight import PreflightError, preflight

TARGET = Target(name="server", base_url="https://api.example", tokens=("first-token", "second-token"))
SCOPES = [Scope("v1", "ecf"), Scope("v1", "npq"), Scope("v3", "ecf"), Scope("v3", "npq")]
CONTRACTS = {scope: Contract.load(scope.version) for scope in SCOPES}
LIST = RawResponse(200, {"content-type": "application/json"}, b'{"data": []}')


class Server:
    """A server whose paths respond with LIST, or as `responses` says."""

    def __init__(self) -> None:
        self.responses: dict[str, RawResponse] = {}
        self.requests: list[tuple[str, str, str]] = []
        self.target: Target | None = None
        self.detected: DetectedEdition | None = None

    def lacks(self, scope: Scope, status: int = 404) -> None:
        """Respond with `status` at every list of one scope alone."""
        for each in CONTRACTS[scope].operations:
            if each.id.startswith(f"list_{scope.programme}_"):
                self.responses[each.path] = RawResponse(status, {}, b"{}")

    def connect(self, target: Target) -> SimpleNamespace:
        self.target = target
        return SimpleNamespace(base_url=target.base_url, send=self._send)

    def detect(self, target: Target, notify: Callable[[str], None]) -> DetectedEdition | None:
        """Return the edition, after a message as a throttling server causes one."""
        notify(f"{target.base_url} throttles")
        return self.detected

    def _send(self, method: str, path: str, headers: dict[str, str], _content: None) -> RawResponse:
        path, _, query = path.partition("?")
        assert query == "page[page]=1&page[per_page]=1"
        token = headers["Authorization"].removeprefix("Bearer ")
        self.requests.append((method, token, path))
        refusal = self.responses.get(token)
        return refusal or self.responses.get(path, LIST)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(module, "Transport", server.connect)
    monkeypatch.setattr(module, "detect_edition", server.detect)
    return server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of the preflight, which take no time here."""
    waits: list[float] = []
    monkeypatch.setattr(first_request, "pause", waits.append)
    return waits


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Sun, 06 Nov 1994 12:00:20 GMT", "date": "Sun, 06 Nov 1994 12:00:00 GMT"}, 20),
        ({}, 1),
    ],
)
def test_throttled_request_is_sent_again_after_the_wait(
    server: Server, waits: list[float], headers: dict[str, str], seconds: float
) -> None:
    server.responses["first-token"] = RawResponse(429, headers, b"")
    shown: list[str] = []

    def notify(message: str) -> None:
        shown.append(message)
        del server.responses["first-token"]

    preflight(TARGET, {SCOPES[0]: CONTRACTS[SCOPES[0]]}, notify=notify)

    assert waits == [seconds]
    assert "throttles" in shown[0]
    assert [token for _, token, _ in server.requests] == ["first-token", "first-token", "second-token"]


def test_server_that_throttles_for_too_long_is_reported(server: Server, waits: list[float]) -> None:
    message = problem(server, "first-token", 429)

    assert message.endswith("has received too many requests with this token (429); wait, and run again.")
    assert waits == [1, 2, 4, 8, 16]


def problem(server: Server, path: str, status: int, body: bytes = b"", **headers: str) -> str:
    """Return the message of the preflight if `path`, or every path with the token `path`, has this response."""
    server.responses[path] = RawResponse(status, {name.replace("_", "-"): each for name, each in headers.items()}, body)
    with pytest.raises(PreflightError) as error:
        preflight(TARGET, CONTRACTS)
    return str(error.value)


def test_first_token_is_tried_in_every_scope_and_second_in_one(server: Server) -> None:
    assert preflight(TARGET, CONTRACTS).sentence is None

    assert server.target is TARGET
    assert server.requests == [
        ("GET", "first-token", "/api/v1/participants/ecf"),
        ("GET", "first-token", "/api/v1/participants/npq"),
        ("GET", "first-token", "/api/v3/participants/ecf"),
        ("GET", "first-token", "/api/v3/participants/npq"),
        ("GET", "second-token", "/api/v1/participants/ecf"),
    ]


@pytest.mark.parametrize("scope", SCOPES)
def test_missing_scope_of_several_stops_the_run(server: Server, scope: Scope) -> None:
    path = participants(scope)
    server.lacks(scope)

    assert problem(server, path, 404, b"{}") == (
        f"https://api.example{path} does not exist (404); check the address, and name the edition, versions and "
        "programmes that the server has with --edition, --api-version and --programme, or in the target file."
    )


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (
            [SCOPES[1], SCOPES[3]],
            (
                "https://api.example/api/v1/participants/npq returns 404, but the server has v1 ECF, v3 ECF; run with "
                "--api-version v1 --api-version v3 --programme ecf, or set `versions: [v1, v3]` and "
                "`programmes: [ecf]` in the target file."
            ),
        ),
        (
            [SCOPES[2], SCOPES[3]],
            (
                "https://api.example/api/v3/participants/ecf returns 404, but the server has v1 ECF, v1 NPQ; run with "
                "--api-version v1 --programme ecf --programme npq, or set `versions: [v1]` and "
                "`programmes: [ecf, npq]` in the target file."
            ),
        ),
    ],
    ids=["programme", "version"],
)
def test_missing_programme_or_version_stops_the_run_with_the_options_that_leave_it_out(
    server: Server, missing: list[Scope], sentence: str
) -> None:
    for scope in missing:
        server.lacks(scope)

    with pytest.raises(PreflightError) as error:
        preflight(TARGET, CONTRACTS)

    assert str(error.value) == sentence


def test_server_without_participants_is_tested_if_it_has_another_list(server: Server) -> None:
    server.responses[participants(SCOPES[2])] = RawResponse(404, {}, b"")
    server.responses["/api/v3/participants/ecf/transfers"] = RawResponse(403, {}, b"")

    assert preflight(TARGET, {SCOPES[2]: CONTRACTS[SCOPES[2]]}).scopes == (SCOPES[2],)
    assert server.requests == [
        ("GET", "first-token", "/api/v3/participants/ecf"),
        ("GET", "first-token", "/api/v3/participants/ecf/transfers"),
        ("GET", "first-token", "/api/v3/partnerships/ecf"),
        ("GET", "second-token", "/api/v3/partnerships/ecf"),
    ]


def test_server_with_only_a_list_of_all_programmes_is_tested(server: Server) -> None:
    server.lacks(SCOPES[2])
    server.responses["/api/v3/participant-declarations"] = RawResponse(404, {}, b"")

    assert preflight(TARGET, {SCOPES[2]: CONTRACTS[SCOPES[2]]}).scopes == (SCOPES[2],)
    assert server.requests[-3:] == [
        ("GET", "first-token", "/api/v3/participant-declarations"),
        ("GET", "first-token", "/api/v3/delivery-partners"),
        ("GET", "second-token", "/api/v3/delivery-partners"),
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_scopes_that_the_server_lacks_are_left_out_unless_they_are_required(server: Server, status: int) -> None:
    for scope in SCOPES[1:]:
        server.lacks(scope, status)

    found = preflight(TARGET, CONTRACTS, required={"v1", "ecf"})

    assert found.scopes == (Scope("v1", "ecf"),)
    assert found.sentence == (
        f"Testing v1 ECF; the server does not offer v1 NPQ ({status}), v3 ECF ({status}), v3 NPQ ({status}). "
        "Choose with --api-version and --programme."
    )
    assert server.requests[-1] == ("GET", "second-token", "/api/v1/participants/ecf")


def test_all_scopes_that_are_tested_are_named(server: Server) -> None:
    server.lacks(SCOPES[3])

    assert str(preflight(TARGET, CONTRACTS, required=()).sentence).startswith(
        "Testing v1 ECF, v1 NPQ, v3 ECF; the server does not offer v3 NPQ (404). "
    )


@pytest.mark.parametrize("required", [{"v3"}, {"v1", "v3"}, {"v1", "npq"}])
def test_required_version_or_programme_that_the_server_lacks_stops_the_run(server: Server, required: set[str]) -> None:
    for scope in SCOPES[1:]:
        server.lacks(scope)

    with pytest.raises(PreflightError, match=r"does not exist \(404\).*--api-version and --programme"):
        preflight(TARGET, CONTRACTS, required=required)


def test_server_without_any_scope_stops_the_run(server: Server) -> None:
    for scope in SCOPES:
        for each in CONTRACTS[scope].operations:
            server.responses[each.path] = RawResponse(404, {}, b"")

    with pytest.raises(PreflightError, match=r"v1/participants/ecf does not exist \(404\)"):
        preflight(TARGET, CONTRACTS, required=())


def test_error_of_the_server_is_no_missing_scope(server: Server) -> None:
    server.responses[participants(SCOPES[1])] = RawResponse(500, {}, b"")

    with pytest.raises(PreflightError, match="fails with 500"):
        preflight(TARGET, CONTRACTS, required=())


def test_only_operations_of_the_target_are_requested(server: Server) -> None:
    lists = {"list_ecf_schools", "list_statements", "list_npq_applications", "list_npq_participants"}
    operations = frozenset(lists | {"show_ecf_participant"})

    preflight(replace(TARGET, operations=operations), CONTRACTS)

    assert server.requests == [
        ("GET", "first-token", "/api/v1/participants/npq"),
        ("GET", "first-token", "/api/v3/statements"),
        ("GET", "first-token", "/api/v3/participants/npq"),
        ("GET", "second-token", "/api/v1/participants/npq"),
    ]


def test_target_without_lists_gets_no_request(server: Server) -> None:
    found = preflight(replace(TARGET, operations=frozenset({"show_ecf_participant"})), CONTRACTS)

    assert server.requests == []
    assert found.scopes == tuple(SCOPES)


def participants(scope: Scope) -> str:
    return f"/api/{scope.version}/participants/{scope.programme}"


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("first-token", "refuses the token (401); check --token, LEAD_PROVIDER_TOKEN or the target file, "),
        (
            "second-token",
            "refuses the second token (401); check --other-token, OTHER_LEAD_PROVIDER_TOKEN or the target file, ",
        ),
    ],
)
def test_refused_token_is_named_with_its_variable(server: Server, token: str, sentence: str) -> None:
    assert problem(server, token, 401) == (
        f"https://api.example {sentence}and that the token belongs to this environment."
    )


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            403,
            b"",
            (
                "does not allow the token to use ecf (403); "
                "use the token of a lead provider of that programme, or choose another with --programme."
            ),
        ),
        (300, b"", "redirects (300) to nowhere; give the address it redirects to."),
        (399, b"", "redirects (399) to nowhere; give the address it redirects to."),
        (400, b"", "returns 400 instead of a list; check that this is the Lead Provider API."),
        (204, b"", "returns 204 instead of a list; check that this is the Lead Provider API."),
        (500, b"", "fails with 500; see the server's log."),
        (503, b"", "fails with 503; see the server's log."),
        (
            200,
            b"<html>",
            (
                "returns a body that is not JSON (no content type); "
                "check that this is the Lead Provider API and not a web page."
            ),
        ),
        (200, b'{"data": {}}', "returns JSON without a list in `data`; check that this is the Lead Provider API."),
        (200, b"[]", "returns JSON without a list in `data`; check that this is the Lead Provider API."),
    ],
)
def test_problem_is_one_sentence(server: Server, status: int, body: bytes, sentence: str) -> None:
    path = "/api/v3/participants/ecf"

    assert problem(server, path, status, body) == f"https://api.example{path} {sentence}"


def test_redirect_names_its_location_without_the_token(server: Server) -> None:
    message = problem(server, "/api/v3/participants/ecf", 302, location="https://new.example/?token=first-token")

    assert "redirects (302) to https://new.example/?token=$TOKEN; give" in message


def test_body_that_is_not_json_is_reported_with_its_content_type(server: Server) -> None:
    message = problem(server, "/api/v3/participants/ecf", 200, b"<html>", content_type="text/html")

    assert "returns a body that is not JSON (text/html); check" in message


def test_target_without_token_is_refused() -> None:
    with pytest.raises(PreflightError, match=r"There is no token for https://api\.example; give --token"):
        preflight(Target(name="server", base_url="https://api.example"), CONTRACTS)


def test_server_without_response_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_: object) -> RawResponse:
        raise NoResponse("Connection refused")

    monkeypatch.setattr(module, "Transport", lambda target: SimpleNamespace(base_url=target.base_url, send=send))

    with pytest.raises(PreflightError) as error:
        preflight(TARGET, CONTRACTS)
    assert str(error.value) == (
        "https://api.example does not respond (Connection refused); "
        "check the address, and that the server is running and can be reached from this machine."
    )


@pytest.mark.parametrize("required", [None, {"npq"}])
def test_scopes_that_the_server_has_are_named_if_the_scope_is_not_there(
    server: Server, required: set[str] | None
) -> None:
    server.lacks(Scope("v3", "npq"))
    server.detected = DetectedEdition("2026-08", "…", ("2026-08",), (Scope("v3", "ecf"),))
    contracts = {Scope("v3", "npq"): CONTRACTS[Scope("v3", "npq")]}

    shown: list[str] = []

    with pytest.raises(PreflightError) as caught:
        preflight(TARGET, contracts, required=required, notify=shown.append)

    assert shown == ["https://api.example throttles"]
    assert str(caught.value) == (
        "https://api.example/api/v3/participants/npq does not exist (404), but the server has v3 ECF of edition "
        "2026-08; check the address, or choose with --edition, --api-version and --programme, or in the target file."
    )


def test_forbidden_scope_is_reported_without_other_scopes(server: Server) -> None:
    server.responses[participants(Scope("v3", "npq"))] = RawResponse(403, {}, b"")
    server.detected = DetectedEdition("2024-12", "…", ("2024-12",), (Scope("v3", "ecf"),))

    with pytest.raises(PreflightError, match=r"does not allow the token to use npq \(403\)"):
        preflight(TARGET, {Scope("v3", "npq"): CONTRACTS[Scope("v3", "npq")]})

"""The control interface: only the operator's token opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.unit.readiness.hosting.hosted import CONTROL, HostedService, Running, run

from lead_provider_conformance.reports.package import verify_package

Services = dict[str, HostedService]


@pytest.mark.parametrize("token", [None, "", "wrong", CONTROL + "x"])
@pytest.mark.parametrize("call", ["GET /control/sessions", "POST /control/sessions", "GET /control/x"])
def test_control_needs_its_token(tmp_path: Path, services: Services, token: str | None, call: str) -> None:
    method, path = call.split(" ")

    async def work(running: Running) -> int:
        return (await running.ask(method, path, token, {"name": "x"})).status

    assert run(tmp_path, work) == 401


def test_token_of_a_session_does_not_open_control(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> int:
        made = await running.make()
        return (await running.ask("GET", "/control/sessions", made["token"])).status

    assert run(tmp_path, work) == 401


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"name": "<b>"}, "`name`"),
        ({"name": 1}, '"name"'),
        ({"profile": []}, '"profile" must be an object'),
        ({"profile": {"name": "x", "programme": "ecf", "command": "./sync"}}, "runs no command"),
        ({"profile": {"programme": "ecf", "unknown": 1}}, "unknown"),
        ({"profile": {"programme": "ecf", "operations": ["nothing"]}}, "nothing"),
        ({"programme": "other"}, "programme"),
        ({"days": 0}, '"days"'),
        ({"most_requests": 1.5}, '"most_requests"'),
        ({"days": True}, '"days"'),
        ({"seed": -1}, '"seed"'),
        (b"[", "not JSON"),
        (b"[]", "JSON object"),
        (b" " * 300_000, "larger"),
    ],
)
def test_wrong_call_gets_422_with_a_sentence(tmp_path: Path, services: Services, body: Any, problem: str) -> None:
    async def work(running: Running) -> tuple[int, bytes]:
        answered = await running.ask("POST", "/control/sessions", CONTROL, body)
        return answered.status, answered.body

    status, content = run(tmp_path, work)

    assert status == 422
    assert problem in orjson.loads(content)["error"]


def test_operator_lists_extends_ends_exports_and_deletes(tmp_path: Path, services: Services) -> None:
    async def work(running: Running) -> dict[str, Any]:
        made = await running.make("Provider 1", days=1)
        one = f"/sessions/{made['id']}"
        await running.ask("GET", "/api/v3/participants", made["token"])
        found: dict[str, Any] = {"listed": await running.control("GET", "/sessions")}
        found["extended"] = await running.control("POST", f"{one}/extend", {"days": 2, "requests_per_second": 5})
        found["ended"] = await running.control("POST", f"{one}/end", {})
        found["again"] = (await running.ask("POST", f"/control{one}/end", CONTROL, {})).status
        found["denied"] = (await running.ask("GET", "/api/v3/participants", made["token"])).status
        found["package"] = (await running.ask("GET", f"/control{one}/export", CONTROL)).body
        found["shown"] = await running.control("GET", one)
        found["csv"] = (await running.ask("GET", "/control/overview.csv", CONTROL)).body.decode()
        await running.control("DELETE", one)
        found["gone"] = (await running.ask("GET", f"/control{one}", CONTROL)).status
        found["page"] = (await running.ask("GET", made["page"])).status
        found["audit"] = [each["action"] for each in (await running.control("GET", "/audit"))["entries"]]
        return {**found, "made": made}

    key = Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found = run(tmp_path, work, sign_key=file)

    (tmp_path / "package.zip").write_bytes(found["package"])
    assert "since the owner of the key signed" in verify_package(tmp_path / "package.zip", key.public_key())
    [listed] = found["listed"]["sessions"]
    assert (listed["name"], listed["state"]) == ("Provider 1", "open")
    assert "token" not in listed
    assert found["extended"]["expires_at"][:10] > listed["expires_at"][:10]
    assert found["extended"]["quotas"]["requests_per_second"] == 5
    assert found["ended"]["state"] == "interrupted"
    assert (found["again"], found["denied"]) == (422, 401)
    assert found["package"][:2] == b"PK"
    assert found["shown"]["verdict"]["conformance"] == "not shown"
    head, row = found["csv"].splitlines()
    assert head.startswith("session,name,programme,edition,state,verdict")
    assert ",Provider 1,ecf,2026-08,interrupted,not shown,1," in row
    assert (found["gone"], found["page"]) == (404, 404)
    assert found["audit"] == ["delete", "export", "end", "end", "extend", "create"]

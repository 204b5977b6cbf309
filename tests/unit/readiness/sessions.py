"""Sessions with a small service instead of a whole world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.contract.operation import Operation
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Scope as ContractScope
from lead_provider_conformance.readiness.effects import Headers, Reply
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.recorder import QUOTA, Recorder, Subject
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.secrets import SessionRedactor
from lead_provider_conformance.readiness.session import Session
from lead_provider_sandbox.control.world import World

TOKEN = "session-token-of-the-tests-1"
EDITION = "2026-08"
SCOPE = ContractScope("v3", "ecf")
JSON: Headers = ((b"content-type", b"application/json"),)


class Service:
    """Stands in for a world: an application with one response, and a clock. It notes the requests' bodies."""

    def __init__(self, body: bytes = b'{"data":[]}', status: int = 200, headers: Headers = JSON) -> None:
        self.reply = Reply(status, headers, b"").with_body(body)
        self.offset = 0.0
        self.bodies: list[bytes] = []
        self.app: ASGIApp = self._app

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def close(self) -> None:
        """Do nothing."""

    async def _app(self, _: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        start = {"type": "http.response.start", "status": self.reply.status, "headers": list(self.reply.headers)}
        await send(start)
        await send({"type": "http.response.body", "body": self.reply.body})


def subject(**changes: Any) -> Subject:
    fields: dict[str, Any] = {
        "name": "client",
        "description": "",
        "scope": SCOPE,
        "edition": EDITION,
        "drive": "prompt",
        "base_url": "http://127.0.0.1:8100",
        "seed": 1,
        "settings": {"poll_minutes": 60, "people": []},
        "requirements": requirements(),
    }
    return Subject(**{**fields, **changes})


def requirements() -> tuple[Requirement, ...]:
    return tuple(each.requirement for each in Obligations.load().of(EDITION, SCOPE.programme))


def session(folder: Path, service: Service | None = None, *, quota: int = QUOTA, **changes: Any) -> Session:
    """Return a session that serves a service."""
    described = subject(**changes)
    recorder = Recorder(folder, described, quota=quota)
    world = cast(World, service or Service())
    return Session(world, Contract.of(EDITION, SCOPE), recorder, SessionRedactor(TOKEN), described.base_url)


def matched(operation: str | None) -> Operation | None:
    """Return an operation with that operationId, or None."""
    return Operation(operation, "GET", "/", frozenset(), False, (), {}) if operation else None


def request(
    method: str = "GET", target: str = "/api/v3/participants", body: bytes = b"", operation: str | None = None
) -> ObservedRequest:
    return ObservedRequest(method, target.partition("?")[0], target, {}, matched(operation), 0.0, 1, 1, body)


def lines(folder: Path, name: str = "results.ndjson") -> list[dict[str, Any]]:
    """Return the lines of a journal; none if it does not exist."""
    path = folder / name
    return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.is_file() else []


def of_kind(folder: Path, kind: str) -> list[Mapping[str, Any]]:
    return [line for line in lines(folder) if line["kind"] == kind]

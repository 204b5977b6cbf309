"""The progress of a client that runs on its own."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import orjson
from tests.unit.readiness.traces import identifier, task

from lead_provider_conformance.readiness.drive import CueResult, SelfDriver
from lead_provider_conformance.readiness.effects import Reply
from lead_provider_conformance.readiness.request import ObservedRequest
from lead_provider_conformance.readiness.stage import Cue

APPLICATION = identifier(7)
DECLARE = ("POST", "/api/v3/participant-declarations", {"participant_id": identifier(1)})
ACCEPT = ("POST", f"/api/v3/npq-applications/{APPLICATION}/accept", {"funded_place": True})
NOT_DONE = CueResult(problem="The client did not do all of it within 0.1 s.")


def run(cue: Cue, *sent: tuple[str, str, dict[str, Any]]) -> CueResult:
    """Return the result of a cue in which the client sends writes, each accepted, and no more."""
    session = SimpleNamespace(listeners=[])

    async def drive() -> CueResult:
        running = asyncio.create_task(SelfDriver(session, timeout=0.1).run(cue))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        for method, path, attributes in sent:
            body = orjson.dumps({"data": {"attributes": attributes}})
            request = ObservedRequest(method, path, path, {}, None, 0.0, 1, 1, body)
            for listen in tuple(session.listeners):
                listen(request, Reply(200, (), b"{}"))
        return await running

    return asyncio.run(drive())


def test_declaration_is_done_by_a_write_about_the_participant_and_not_the_application() -> None:
    cue = Cue(text="Do the task.", tasks=(task("declare", 1, application_id=APPLICATION),), polls=0)

    assert run(cue, DECLARE) == CueResult()
    assert run(cue) == NOT_DONE


def test_acceptance_is_done_by_a_write_about_the_application() -> None:
    cue = Cue(text="Do the task.", tasks=(task("accept", 1, application_id=APPLICATION),), polls=0)

    assert run(cue, ACCEPT) == CueResult()
    assert run(cue, DECLARE) == NOT_DONE

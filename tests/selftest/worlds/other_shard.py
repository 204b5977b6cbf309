"""Another shard of a run: a lead provider declares, voids, defers, resumes and moves the participants of that shard.

It accepts and rejects applications, and schools and DfE decide, too. The run under test claims none of these records,
and reads all of them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count, islice
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.config.shard import Shard
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_sandbox.control.events import ect_service, npq_service
from lead_provider_sandbox.control.events.context import EventContext, EventError
from lead_provider_sandbox.control.reading import PATHS, ApiReader, run_at_once
from lead_provider_sandbox.http.access import PROVIDER_TOKENS
from lead_provider_sandbox.sandbox import Sandbox

STRIDE = 7
"""The distance in a list between two participants who are changed one after the other."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LIVE = ("submitted", "eligible", "payable")
SCHEDULES = {
    "ecf": ("ecf-extended-september", "ecf-standard-september", "ecf-standard-january"),
    "npq": ("npq-leadership-autumn", "npq-leadership-spring", "npq-specialist-autumn", "npq-specialist-spring"),
}

DECISION_EVERY = 4
"""One of so many changes is a decision about an application."""
EVENT_EVERY = 3
"""One of so many changes is an event behind the API."""
EVENTS: Mapping[str, tuple[str, ...]] = {
    "ect": (
        "mentor-as-well",
        "transferred-in",
        "mentor-replaced",
        "transfer-announced",
        "cohort-moved",
        "merged",
        "transfer-completed",
        "induction-ended",
        "leaving",
    ),
    "npq": ("eligible", "transferred-in", "changed", "merged", "ineligible", "renamed"),
    # Of ECF participants: the service has no events of its own.
    "original": (
        "mentor-as-well",
        "mentor-replaced",
        "transfer-announced",
        "merged",
        "transfer-completed",
        "leaving",
    ),
}
"""The events by service."""

Step = Callable[["_Provider", Participant], bool]


def shared_with_other_shard(sandbox: Sandbox, shard: Shard, requests_per_change: int) -> ASGIApp:
    """Return the application. A change by the other shards follows each `requests_per_change` reads or refusals.

    If the request names a participant of another shard, the change is about that participant.
    """
    provider = _Provider(sandbox, shard)
    requests = count(1)

    async def used(scope: Scope, receive: Receive, send: Send) -> None:
        body, statuses = bytearray(), []

        async def receive_and_keep() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def send_and_keep(message: Message) -> None:
            statuses.append(message.get("status"))
            await send(message)

        await sandbox.app(scope, receive_and_keep, send_and_keep)
        is_accepted_write = scope["method"] != "GET" and statuses[0] == 200
        if not is_accepted_write and next(requests) % requests_per_change == 0:
            provider.change(UUID.search(scope["path"] + body.decode("latin-1")))

    return used


class _Provider:
    """A lead provider with participants in another shard than that of the run under test."""

    def __init__(self, sandbox: Sandbox, shard: Shard) -> None:
        self._sandbox, self._app, self._shard = sandbox, sandbox.gateway, shard
        self._paths, self._token = PATHS[sandbox.service.name], PROVIDER_TOKENS[0][1]
        self._reader = ApiReader(sandbox.gateway, sandbox.service.name, self._token)
        self._calendar = Calendar.load(sandbox.options.edition)
        self._programmes = {"ect": ("ecf",), "npq": ("npq",), "original": ("ecf", "npq")}[sandbox.service.name]
        self._numbers: Mapping[str, Iterator[int]] = defaultdict(count)
        self._turns, self._changes, self._events = count(), count(), count()
        self._accepted: list[str] = []

    def change(self, named: re.Match[str] | None) -> None:
        """Make the next change of the named participant; of the next one of a list if the shard has no such one."""
        number = next(self._changes)
        if number % DECISION_EVERY == 0 and self._decide_application():
            return
        record_id = named[0] if named and not self._shard.has(named[0]) else None
        participant = (record_id and self._participant(record_id)) or self._next()
        events = EVENTS[self._sandbox.service.name]
        is_due = number % EVENT_EVERY == 0
        is_of_npq = participant.course.startswith("npq-") and self._sandbox.service.name == "original"
        if is_due and not is_of_npq and _is_in_training(participant) and self._decide(participant, events):
            return
        steps = _STEPS[next(self._numbers[participant.id]) % len(_STEPS) :] + _STEPS
        any(step(self, participant) for step in islice(steps, len(_STEPS)))

    def _participant(self, record_id: str) -> Participant | None:
        for programme in self._programmes:
            path = self._participants(programme)
            status, document = self.send("GET", f"{path}/{record_id}")
            if status == 200:
                return Participant.in_resource(document["data"])[0]
        return None

    def _next(self) -> Participant:
        turn = next(self._turns)
        path = self._participants(self._programmes[turn % len(self._programmes)])
        _, document = self.send("GET", path)
        others = [each for each in document["data"] if not self._shard.has(each["id"])]
        return Participant.in_resource(others[turn * STRIDE % len(others)])[0]

    def _participants(self, programme: str) -> str:
        return self._paths["participants"].replace("ecf", programme)

    def _decide_application(self) -> bool:
        """Reject the application that was accepted last, or accept the next one. Return False if there is none."""
        if "applications" not in self._paths:
            return False
        if self._accepted and self._reject(self._accepted.pop()):
            return True
        listed = self._reader.records("applications")
        pending = [each for each, about in listed if about["status"] == "pending" and self._is_of_other(about)]
        for application in pending[:1]:
            if self._accept(application):
                self._accepted.append(application)
            else:
                self._reject(application)
        return bool(pending)

    def _is_of_other(self, application: Mapping[str, Any]) -> bool:
        return not self._shard.has(application["participant_id"])

    def _accept(self, application_id: str) -> bool:
        bodies = (None, {"data": {"type": "npq-application-accept", "attributes": {"funded_place": False}}})
        path = f"{self._paths['applications']}/{application_id}/accept"
        return any(self.send("POST", path, body)[0] == 200 for body in bodies)

    def _reject(self, application_id: str) -> bool:
        return self.send("POST", f"{self._paths['applications']}/{application_id}/reject")[0] == 200

    def _decide(self, participant: Participant, events: tuple[str, ...]) -> bool:
        """Apply the next event that is possible for a participant. Return False if none is."""
        provider, rival, *_ = self._sandbox.providers
        context = EventContext(self._sandbox, provider, rival, self._reader, self._sandbox.gateway.clock.now())
        for _ in events:
            name = events[next(self._events) % len(events)]
            try:
                function = _functions(participant)["eligible" if name == "ineligible" else name]
                function(context, **self._facts(name, participant))
            except EventError:
                continue
            return True
        return False

    def _facts(self, event: str, participant: Participant) -> Mapping[str, Any]:
        match event:
            case "mentor-replaced":
                return {"participant_id": participant.id, "mentor_id": self._next().id}
            case "merged":
                if (other := self._next()).id == participant.id or not _is_in_training(other):
                    raise EventError("a participant is merged with another one, who is in training")
                return {"from_id": participant.id, "to_id": other.id}
            case "changed":
                return {"kind": "participants", "id": participant.id, "field": "school_urn"}
            case "renamed":
                return {"participant_id": participant.id, "full_name": f"Participant {next(self._turns)}"}
            case "ineligible":
                return {"participant_id": participant.id, "eligible": False}
            case _:
                return {"participant_id": participant.id}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request, and return the status and the JSON document."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"" if body is None else json.dumps(body).encode()}

        async def send(message: Message) -> None:
            sent.append(message)

        async def respond() -> None:
            await self._app(_scope(method, f"/api/v3/{path}", self._token), receive, send)

        run_at_once(respond())
        return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent[1:]) or b"null")

    def declare(self, participant: Participant) -> bool:
        """Declare the start of a participant."""
        partners = self._reader.records("delivery-partners") if participant.course.startswith("npq-") else []
        of_cohort = [each for each, attributes in partners if participant.cohort in attributes["cohort"]]
        named = replace(participant, delivery_partners=tuple(of_cohort[:1]))
        try:
            attributes = declaration_of(named, "started", self._calendar)
        except CouldNotRun:
            return False
        data = {"type": "participant-declaration", "attributes": attributes}
        return self.send("POST", "participant-declarations", {"data": data})[0] == 200

    def void(self, participant: Participant) -> bool:
        """Void a declaration about a participant."""
        declarations = self._reader.records("declarations", participant_id=participant.id)
        live = [each for each, attributes in declarations if attributes["state"] in LIVE]
        return bool(live) and self.send("PUT", f"participant-declarations/{live[0]}/void")[0] == 200

    def act(self, participant: Participant, action: str, **attributes: str) -> bool:
        """Send an action about a participant."""
        path = self._participants(participant.course[:3])
        body = {"type": f"participant-{action}", "attributes": {"course_identifier": participant.course, **attributes}}
        return self.send("PUT", f"{path}/{participant.id}/{action}", {"data": body})[0] == 200

    def move(self, participant: Participant) -> bool:
        """Change the schedule of a participant."""
        others = [each for each in SCHEDULES[participant.course[:3]] if each != participant.schedule]
        return any(self.act(participant, "change-schedule", schedule_identifier=each) for each in others)


_STEPS: tuple[Step, ...] = (
    _Provider.declare,
    lambda provider, participant: provider.act(participant, "defer", reason="other"),
    lambda provider, participant: provider.act(participant, "resume"),
    _Provider.void,
    _Provider.move,
    _Provider.declare,
    lambda provider, participant: provider.act(participant, "withdraw", reason="other"),
    lambda provider, participant: provider.act(participant, "resume"),
    _Provider.void,
)
"""The changes of each participant, in this order. One that is refused is left out."""


def _functions(participant: Participant) -> Mapping[str, Callable[..., object]]:
    return npq_service.EVENTS if participant.course.startswith("npq-") else ect_service.EVENTS


def _is_in_training(participant: Participant) -> bool:
    """Return whether a participant trains with the provider. NPQ participants show no status of their own."""
    has_completed = any(participant.enrolment.get(name) for name in ("induction_end_date", "mentor_funding_end_date"))
    return participant.status in ("active", None) and participant.training_status == "active" and not has_completed


def _scope(method: str, path: str, token: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {token}".encode("latin-1")),
            (b"content-type", b"application/json"),
        ],
        "client": None,
        "server": None,
    }

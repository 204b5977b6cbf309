"""The same server without the habits of the deployed one: what no published text promises it does in some other way
that the contract allows. No MUST may rest on such a habit.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import views
from .event_log import EventLog
from .rules import Wrong
from .service import Asked, RefusedError, Service
from .views import World

TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")
RECORD = re.compile(r"/api/v3/(?:participants/ecf|participant-declarations)/([^/]+)")
UNPAID = {"mentor_id": None, "statement_id": None, "clawback_statement_id": None}
NOT_FOUND = {"error": "There is nothing here."}


class OnlyPromised(Service):
    """Nothing is refused for being done twice; who has withdrawn is gone; lists are in no order that means anything."""

    media_type = "application/json"
    order = "id"

    def __init__(self, log: EventLog, providers: Mapping[str, str]) -> None:
        super().__init__(log, providers)
        views.VOIDED.update(dict.fromkeys(("paid", "voided"), "voided"))
        views.TRAINING.update(
            defer=(("active", "deferred"), "deferred"),
            resume=(("active", "deferred"), "active"),
            withdraw=(("active",), "withdrawn"),
        )

    def unwritten(self, world: World, attributes: Mapping[str, Any], asked: Asked) -> Wrong:
        """Nothing is declared about who takes a break, and everything else as often and for whenever one likes."""
        person = world.people[attributes["participant_id"].lower()]
        paused = person.training[attributes["course_identifier"]].status == "deferred"
        return {"participant_id": "The participant takes a break."} if paused else {}

    def answer(self, asked: Asked) -> tuple[int, Mapping[str, Any]]:
        """What is asked as nobody promised that it may be is refused, or passed over, in another way."""
        path, _, _ = asked.target.partition("?")
        if path.endswith(".json"):
            return 404, NOT_FOUND
        # A token is a token, whatever is said before it.
        _, _, token = asked.headers.get("authorization", "").rpartition(" ")
        asked = replace(asked, headers={**asked.headers, "authorization": f"Bearer {token}"})
        status, content = super().answer(asked)
        if status == 400 and asked.method == "GET":
            status, content = super().answer(replace(asked, target=path))
        elif status == 400 and (asked.method == "PUT" or not _lacks_data(asked.body)):
            status = 422
        elif status == 404 and asked.method == "GET" and _names_nothing(path):
            status, content = 400, {"errors": [{"title": "id", "detail": "This is no UUID."}]}
        return status, _retold(content)

    def _act(self, world: World, provider: str, person_id: str, action: str, asked: Asked) -> dict[str, Any]:
        if person_id.lower() not in world.people:
            raise RefusedError(404, NOT_FOUND)
        return super()._act(world, provider, person_id, action, asked)


def _lacks_data(body: bytes) -> bool:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return not isinstance(content, dict) or content.get("data") is None


def _names_nothing(path: str) -> bool:
    """Whether a path names a record by what is no UUID."""
    named = RECORD.fullmatch(path)
    try:
        return bool(named and not uuid.UUID(named[1]))
    except ValueError:
        return True


def _retold(content: Mapping[str, Any]) -> Mapping[str, Any]:
    if "errors" in content:
        missing = [each for each in content["errors"] if each["detail"].endswith("has to be given.")]
        return {"errors": [{**each, "status": "no"} for each in missing or content["errors"][:1]]}
    if "data" not in content:
        return content
    data = content["data"]
    return {"data": [*map(_shown, data)] if isinstance(data, list) else _shown(data), "links": {}}


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose times have fractions and offsets, and that tells no more than it has to."""
    attributes = record["attributes"]
    if record["type"] == "participant":
        enrolments = [{**each, "teacher_reference_number_validated": None} for each in attributes["ecf_enrolments"]]
        attributes = {**attributes, "teacher_reference_number": None, "ecf_enrolments": enrolments}
    else:
        state = "submitted" if attributes["state"] == "eligible" else attributes["state"]
        attributes = {**attributes, **UNPAID, "state": state}
    told = {**record, "attributes": attributes}
    return json.loads(TIME.sub(lambda time: f"{time[1]}{time[2] or '.000'}+00:00", json.dumps(told)))

"""A variant of the server that behaves differently wherever no published text promises the behaviour.

No MUST may fail against it.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from .events import EventLog
from .rules import Errors, date_errors, milestone_errors
from .service import ApiError, Request, Service
from .snapshot import TRAINING, Snapshot

TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")
RECORD = re.compile(r"/api/v3/(?:participants/ecf|participant-declarations)/([^/]+)")
UNPAID = {"mentor_id": None, "statement_id": None, "clawback_statement_id": None}
NOT_FOUND = {"error": "There is nothing here."}


class OnlyPromised(Service):
    """Accepts repeated actions and declarations from the future, resumes nobody withdrawn, and sorts lists by id."""

    media_type = "application/json"
    order = "id"

    def __init__(self, log: EventLog, providers: Mapping[str, str]) -> None:
        super().__init__(log, providers)
        TRAINING.update(
            defer=(("active", "deferred"), "deferred"),
            resume=(("active", "deferred"), "active"),
            withdraw=(("active",), "withdrawn"),
        )

    def unpromised_errors(self, snapshot: Snapshot, attributes: Mapping[str, Any], request: Request) -> Errors:
        """Refuse declarations for deferred participants, after a withdrawal, and of a milestone that has one."""
        person = snapshot.people[attributes["participant_id"].lower()]
        is_deferred = person.training[attributes["course_identifier"]].status == "deferred"
        if is_deferred:
            return {"participant_id": "The participant is deferred."}
        end_of_time = datetime.max.replace(tzinfo=UTC)
        return date_errors(snapshot, attributes, end_of_time) or milestone_errors(snapshot, attributes)

    def respond(self, request: Request) -> tuple[int, Mapping[str, Any]]:
        """Return other statuses than the deployed service for requests without a promised response."""
        path, _, _ = request.target.partition("?")
        if path.endswith(".json"):
            return 404, NOT_FOUND
        # Accept a token with any scheme.
        _, _, token = request.headers.get("authorization", "").rpartition(" ")
        request = replace(request, headers={**request.headers, "authorization": f"Bearer {token}"})
        status, content = super().respond(request)
        if status == 400 and request.method == "GET":
            status, content = super().respond(replace(request, target=path))
        elif status == 400 and (request.method == "PUT" or not _lacks_data(request.body)):
            status = 422
        elif status == 404 and request.method == "GET" and _has_invalid_id(path):
            status, content = 400, {"errors": [{"title": "id", "detail": "This is not a UUID."}]}
        return status, _reworded(content)

    def _act(self, snapshot: Snapshot, provider: str, person_id: str, action: str, request: Request) -> dict[str, Any]:
        if person_id.lower() not in snapshot.people:
            raise ApiError(404, NOT_FOUND)
        return super()._act(snapshot, provider, person_id, action, request)


def _lacks_data(body: bytes) -> bool:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return not isinstance(content, dict) or content.get("data") is None


def _has_invalid_id(path: str) -> bool:
    """Return whether a path contains an id that is not a UUID."""
    match = RECORD.fullmatch(path)
    try:
        return bool(match and not uuid.UUID(match[1]))
    except ValueError:
        return True


def _reworded(content: Mapping[str, Any]) -> Mapping[str, Any]:
    if "errors" in content:
        missing = [each for each in content["errors"] if each["detail"].endswith("has to be given.")]
        return {"errors": [{**each, "status": "no"} for each in missing or content["errors"][:1]]}
    if "data" not in content:
        return content
    data = content["data"]
    return {"data": [*map(_sparse, data)] if isinstance(data, list) else _sparse(data), "links": {}}


def _sparse(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with only the promised values, and with times that have fractions and offsets."""
    attributes = record["attributes"]
    if record["type"] == "participant":
        enrolments = [{**each, "teacher_reference_number_validated": None} for each in attributes["ecf_enrolments"]]
        attributes = {**attributes, "teacher_reference_number": None, "ecf_enrolments": enrolments}
    else:
        attributes = {**attributes, **UNPAID}
    sparse = {**record, "attributes": attributes}
    return json.loads(TIME.sub(lambda time: f"{time[1]}{time[2] or '.000'}+00:00", json.dumps(sparse)))

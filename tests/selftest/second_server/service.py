"""The API: check a request by the rules, append an event, and respond from a snapshot."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import unquote

from .calendar_rules import enum_values
from .events import EventLog
from .queries import InvalidQueryError, Query, Record
from .rules import Errors, action_errors, date_errors, declaration_errors, find_copy, milestone_errors, parse_time
from .snapshot import VOIDED, Declaration, Person, Snapshot, declaration

PARTICIPANTS, DECLARATIONS = "/api/v3/participants/ecf", "/api/v3/participant-declarations"
ACTION = re.compile(rf"{PARTICIPANTS}/([^/]+)/(defer|resume|withdraw)")
VOID = re.compile(rf"{DECLARATIONS}/([^/]+)/void")


@dataclass(frozen=True)
class Request:
    """A request. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class ApiError(Exception):
    """An error response."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body


NOT_FOUND = ApiError(404, {"error": "There is nothing here."})
UNKNOWN_TOKEN = ApiError(401, {"error": "No lead provider has this token."})


class Service:
    """The API on one log, for the providers with these tokens. It is not thread-safe."""

    media_type = "application/vnd.api+json"
    order = "created_at"

    def __init__(self, log: EventLog, providers: Mapping[str, str]) -> None:
        self._log = log
        self._providers = providers

    def respond(self, request: Request) -> tuple[int, Mapping[str, Any]]:
        """Return the status and the JSON of the response."""
        try:
            return 200, {"data": self._data(request)}
        except ApiError as error:
            return error.status, error.body

    def _data(self, request: Request) -> Any:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        provider = self._providers.get(token.strip()) if scheme.lower() == "bearer" else None
        if provider is None:
            raise UNKNOWN_TOKEN
        path, _, query = request.target.partition("?")
        path = unquote(path).removesuffix(".json")
        snapshot = Snapshot(self._log)
        own = [each for each in snapshot.declarations.values() if each.provider == provider]
        people = [each for each in snapshot.people.values() if each.provider == provider]
        folder, _, last = path.rpartition("/")
        match request.method, path:
            case "GET", path if path == PARTICIPANTS:
                return [snapshot.participant(each) for each in _participants(query, people, self.order)]
            case "GET", path if path == DECLARATIONS:
                return [declaration(each) for each in _declarations(query, own, self.order)]
            case "POST", path if path == DECLARATIONS:
                return self._declare(snapshot, provider, request)
            case "GET", _ if folder == PARTICIPANTS:
                return snapshot.participant(_with_id(last, people))
            case "GET", _ if folder == DECLARATIONS:
                return declaration(_with_id(last, own))
            case "PUT", path if found := VOID.fullmatch(path):
                return self._void(_with_id(found[1], own))
            case "PUT", path if found := ACTION.fullmatch(path):
                return self._act(snapshot, provider, found[1], found[2], request)
        raise NOT_FOUND

    def _declare(self, snapshot: Snapshot, provider: str, request: Request) -> dict[str, Any]:
        attributes, errors = _attributes(request.body, "participant-declaration", required=False)
        if not errors and (first := find_copy(snapshot, provider, attributes)):
            return declaration(first)
        errors |= declaration_errors(snapshot, provider, attributes)
        errors = errors or self.unpromised_errors(snapshot, attributes, request)
        if errors:
            _refuse(422, errors)
        details = {**attributes, "participant_id": attributes["participant_id"].lower(), "provider": provider}
        date = parse_time(attributes["declaration_date"])
        new = str(uuid.uuid4())
        self._log.append(datetime.now(UTC), "declared", new, **{**details, "date": date})
        return declaration(Snapshot(self._log).declarations[new])

    def unpromised_errors(self, snapshot: Snapshot, attributes: Mapping[str, Any], request: Request) -> Errors:
        """Check a declaration by rules of the deployed service that no published text mentions."""
        now = parse_time(request.headers.get("x-with-server-date")) or datetime.now(UTC)
        return date_errors(snapshot, attributes, now) or milestone_errors(snapshot, attributes)

    def _void(self, voided: Declaration) -> dict[str, Any]:
        if voided.state not in VOIDED:
            _refuse(422, {"Invalid action": f"A declaration that is {voided.state} cannot be voided."})
        self._log.append(datetime.now(UTC), "voided", voided.id)
        return declaration(Snapshot(self._log).declarations[voided.id])

    def _act(self, snapshot: Snapshot, provider: str, person_id: str, action: str, request: Request) -> dict[str, Any]:
        attributes, errors = _attributes(request.body, f"participant-{action}", required=action != "withdraw")
        errors |= action_errors(snapshot, provider, person_id, action, attributes)
        if errors:
            _refuse(422, errors)
        details = {"reason": attributes["reason"]} if action != "resume" else {}
        self._log.append(datetime.now(UTC), action, person_id.lower(), attributes["course_identifier"], **details)
        changed = Snapshot(self._log)
        return changed.participant(changed.people[person_id.lower()])


def _refuse(status: int, errors: Errors) -> NoReturn:
    raise ApiError(status, {"errors": [{"title": title, "detail": detail} for title, detail in errors.items()]})


def _with_id(record_id: str, among: list[Record]) -> Record:
    for each in among:
        if each.id == record_id.lower():
            return each
    raise NOT_FOUND


def _attributes(body: bytes, kind: str, *, required: bool) -> tuple[dict[str, Any], Errors]:
    """Return the attributes of a body and the errors of its type. Raise ApiError if it has no data."""
    try:
        content = json.loads(body.decode())
    except (ValueError, RecursionError):
        _refuse(400, {"Bad request": "The body is not JSON."})
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict) or not data:
        _refuse(400, {"Bad request": "The body has to have data."})
    attributes, actual = data.get("attributes"), data.get("type")
    errors = {} if actual == kind or (actual is None and not required) else {"type": f"type has to be {kind}."}
    return attributes if isinstance(attributes, dict) else {}, errors


def _read_query(text: str, *filters: str) -> Query:
    try:
        query = Query.read(text, ("updated_since", *filters))
        query.since()
    except InvalidQueryError as error:
        _refuse(400, {"Bad parameter": str(error)})
    return query


def _participants(text: str, people: list[Person], order: str) -> list[Person]:
    query = _read_query(text, "cohort", "training_status", "from_participant_id")
    cohorts, status = query.values("cohort"), query.filters.get("training_status")
    before = query.filters.get("from_participant_id")
    if status is not None and status not in enum_values("TrainingStatus"):
        _refuse(400, {"Bad parameter": "filter[training_status] is not known."})
    if before is not None and not _is_uuid(before):
        _refuse(400, {"Bad parameter": "filter[from_participant_id] is not a UUID."})
    found = [
        each
        for each in people
        if any(
            (cohorts is None or training.registered["cohort"] in cohorts) and status in (None, training.status)
            for training in each.training.values()
        )
        and (before is None or before.lower() in (former for former, _ in each.known_as))
    ]
    keys = {"created_at": lambda each: each.created_at, "updated_at": lambda each: each.updated_at}
    return query.apply(found, keys, order)


def _declarations(text: str, own: list[Declaration], order: str) -> list[Declaration]:
    query = _read_query(text, "cohort", "participant_id", "delivery_partner_id")
    cohorts, partners = query.values("cohort"), query.values("delivery_partner_id")
    people = query.values("participant_id")
    found = [
        each
        for each in own
        if (cohorts is None or each.cohort in cohorts)
        and (partners is None or each.partner in partners)
        and (people is None or each.declared["participant_id"] in people)
    ]
    return query.apply(found, {}, order)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

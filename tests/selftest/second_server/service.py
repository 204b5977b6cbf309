"""The API: what is asked is read, held against the rules, told to the log, and answered from the views."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import unquote

from .event_log import EventLog
from .milestones import words
from .queries import Query, Record, UnreadableError
from .rules import Wrong, acting, copied, declared_already, declaring, moment, out_of_time
from .views import VOIDED, Declaration, Person, World, declaration

PARTICIPANTS, DECLARATIONS = "/api/v3/participants/ecf", "/api/v3/participant-declarations"
ACTION = re.compile(rf"{PARTICIPANTS}/([^/]+)/(defer|resume|withdraw)")
VOID = re.compile(rf"{DECLARATIONS}/([^/]+)/void")


@dataclass(frozen=True)
class Asked:
    """A request, as far as this server looks at it. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class RefusedError(Exception):
    """The request is answered with an error instead."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body


NOT_FOUND = RefusedError(404, {"error": "There is nothing here."})
NOBODY = RefusedError(401, {"error": "No lead provider has this token."})


class Service:
    """The API on one log, for the providers with these tokens. It takes one request at a time."""

    media_type = "application/vnd.api+json"
    order = "created_at"

    def __init__(self, log: EventLog, providers: Mapping[str, str]) -> None:
        self._log = log
        self._providers = providers

    def answer(self, asked: Asked) -> tuple[int, Mapping[str, Any]]:
        """The status and the JSON of the answer."""
        try:
            return 200, {"data": self._answered(asked)}
        except RefusedError as refused:
            return refused.status, refused.body

    def _answered(self, asked: Asked) -> Any:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        provider = self._providers.get(token.strip()) if scheme.lower() == "bearer" else None
        if provider is None:
            raise NOBODY
        path, _, query = asked.target.partition("?")
        path = unquote(path).removesuffix(".json")
        world = World(self._log)
        own = [each for each in world.declarations.values() if each.provider == provider]
        people = [each for each in world.people.values() if each.provider == provider]
        folder, _, last = path.rpartition("/")
        match asked.method, path:
            case "GET", path if path == PARTICIPANTS:
                return [world.shown(each) for each in _participants(query, people, self.order)]
            case "GET", path if path == DECLARATIONS:
                return [declaration(each) for each in _declarations(query, own, self.order)]
            case "POST", path if path == DECLARATIONS:
                return self._declare(world, provider, asked)
            case "GET", _ if folder == PARTICIPANTS:
                return world.shown(_with_id(last, people))
            case "GET", _ if folder == DECLARATIONS:
                return declaration(_with_id(last, own))
            case "PUT", path if found := VOID.fullmatch(path):
                return self._void(_with_id(found[1], own))
            case "PUT", path if found := ACTION.fullmatch(path):
                return self._act(world, provider, found[1], found[2], asked)
        raise NOT_FOUND

    def _declare(self, world: World, provider: str, asked: Asked) -> dict[str, Any]:
        attributes, wrong = _attributes(asked.body, "participant-declaration", required=False)
        if not wrong and (first := copied(world, provider, attributes)):
            return declaration(first)
        wrong |= declaring(world, provider, attributes)
        wrong = wrong or self.unwritten(world, attributes, asked)
        if wrong:
            _refuse(422, wrong)
        told = {**attributes, "participant_id": attributes["participant_id"].lower(), "provider": provider}
        date = moment(attributes["declaration_date"])
        new = str(uuid.uuid4())
        self._log.tell(datetime.now(UTC), "declared", new, **{**told, "date": date})
        return declaration(World(self._log).declarations[new])

    def unwritten(self, world: World, attributes: Mapping[str, Any], asked: Asked) -> Wrong:
        """What is wrong with a declaration by rules that the deployed service has and no published text tells."""
        now = moment(asked.headers.get("x-with-server-date")) or datetime.now(UTC)
        return out_of_time(world, attributes, now) or declared_already(world, attributes)

    def _void(self, voided: Declaration) -> dict[str, Any]:
        if voided.state not in VOIDED:
            _refuse(422, {"Invalid action": f"A declaration that is {voided.state} cannot be voided."})
        self._log.tell(datetime.now(UTC), "voided", voided.id)
        return declaration(World(self._log).declarations[voided.id])

    def _act(self, world: World, provider: str, person_id: str, action: str, asked: Asked) -> dict[str, Any]:
        attributes, wrong = _attributes(asked.body, f"participant-{action}", required=action != "withdraw")
        wrong |= acting(world, provider, person_id, action, attributes)
        if wrong:
            _refuse(422, wrong)
        told = {"reason": attributes["reason"]} if action != "resume" else {}
        self._log.tell(datetime.now(UTC), action, person_id.lower(), attributes["course_identifier"], **told)
        changed = World(self._log)
        return changed.shown(changed.people[person_id.lower()])


def _refuse(status: int, wrong: Wrong) -> NoReturn:
    raise RefusedError(status, {"errors": [{"title": title, "detail": detail} for title, detail in wrong.items()]})


def _with_id(record_id: str, among: list[Record]) -> Record:
    for each in among:
        if each.id == record_id.lower():
            return each
    raise NOT_FOUND


def _attributes(body: bytes, kind: str, *, required: bool) -> tuple[dict[str, Any], Wrong]:
    """The attributes that a body gives, and what is wrong with its type; refused if it has no data at all."""
    try:
        content = json.loads(body.decode())
    except (ValueError, RecursionError):
        _refuse(400, {"Bad request": "The body is not JSON."})
    data = content.get("data") if isinstance(content, dict) else None
    if not isinstance(data, dict) or not data:
        _refuse(400, {"Bad request": "The body has to have data."})
    attributes, told = data.get("attributes"), data.get("type")
    wrong = {} if told == kind or (told is None and not required) else {"type": f"type has to be {kind}."}
    return attributes if isinstance(attributes, dict) else {}, wrong


def _read(text: str, *filters: str) -> Query:
    try:
        query = Query.read(text, ("updated_since", *filters))
        query.since()
    except UnreadableError as error:
        _refuse(400, {"Bad parameter": str(error)})
    return query


def _participants(text: str, people: list[Person], order: str) -> list[Person]:
    query = _read(text, "cohort", "training_status", "from_participant_id")
    cohorts, status = query.several("cohort"), query.filters.get("training_status")
    before = query.filters.get("from_participant_id")
    if status is not None and status not in words("TrainingStatus"):
        _refuse(400, {"Bad parameter": "filter[training_status] is not known."})
    if before is not None and not _is_uuid(before):
        _refuse(400, {"Bad parameter": "filter[from_participant_id] is no UUID."})
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
    return query.part(found, keys, order)


def _declarations(text: str, own: list[Declaration], order: str) -> list[Declaration]:
    query = _read(text, "cohort", "participant_id", "delivery_partner_id")
    cohorts, partners = query.several("cohort"), query.several("delivery_partner_id")
    people = query.several("participant_id")
    found = [
        each
        for each in own
        if (cohorts is None or each.cohort in cohorts)
        and (partners is None or each.partner in partners)
        and (people is None or each.declared["participant_id"] in people)
    ]
    return query.part(found, {}, order)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True

"""A world: a service with data, a clock and a token of its own, and events that happen behind its API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import OperationalError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.events.context import EventContext
from lead_provider_sandbox.control.events.table import apply_event
from lead_provider_sandbox.control.reading import ApiReader, Attributes
from lead_provider_sandbox.domain.clock import Instant, to_datetime, to_instant
from lead_provider_sandbox.http.app import api_application
from lead_provider_sandbox.http.server import http_date
from lead_provider_sandbox.http.services import SUCCESSOR_EDITIONS, service_of
from lead_provider_sandbox.sandbox import Options, Sandbox
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.seed.services import SEEDS
from lead_provider_sandbox.store.store import StoreError as StoreError  # of a world whose database cannot be used


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as a lead provider knows them, with the ids of their records."""

    participant_id: str
    full_name: str
    teacher_reference_number: str | None
    course_identifier: str
    application_id: str | None = None
    declaration_ids: tuple[str, ...] = ()


class World:
    """One lead provider's view of a service, which only its own token can read and write.

    A second lead provider, the rival, exists without a token. The clock runs: it is the machine's time plus `offset`
    seconds. All methods are synchronous; call them from the thread of the event loop that serves `app`.
    """

    def __init__(
        self, *, edition: str, programme: str, token: str, seed: int = DEFAULT_SEED, database: str | None = None
    ) -> None:
        """Make a world with the stock of its seed file, in a database or in a temporary one. Raise StoreError."""
        served = programme if edition in SUCCESSOR_EDITIONS else None
        seed_file = SEEDS[service_of(edition, served).name].world_file
        options = Options(edition=edition, programme=served, seed=seed, database=database, seed_file=seed_file)
        self._sandbox = Sandbox(options)
        self.token = token
        self._provider, self._rival = self._sandbox.providers
        gateway = self._sandbox.gateway
        gateway.tokens = {token: self._provider}
        gateway.raises = (OperationalError,)  # no client is to blame for a database that is full or away
        self._reader = ApiReader(gateway, self._sandbox.service.name, token)
        self.app: ASGIApp = self._dated(api_application(gateway))

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def offset(self) -> float:
        """The difference between the world's clock and the machine's, in seconds."""
        return self._sandbox.gateway.clock.offset

    @offset.setter
    def offset(self, seconds: float) -> None:
        self._sandbox.gateway.clock.offset = seconds

    @property
    def lead_provider_name(self) -> str:
        """The name of the lead provider, as its own declarations show it."""
        return self._provider.name

    def accept(self, token: str) -> None:
        """Accept a further token for the lead provider, in the place of an earlier further one."""
        self._sandbox.gateway.tokens = {self.token: self._provider, token: self._provider}

    def now(self) -> datetime:
        """Return the world's time, in UTC."""
        return to_datetime(self._now())

    def create(self, state: str, **overrides: Any) -> Person:
        """Create a record of the lead provider in a named state, changed now, and return its participant.

        Overrides: `full_name`, `email`, `trn`, `updated_at` (a datetime or an instant), and any field of a situation
        of a seed file, such as `cohort` and `schedule`. Raise `UnknownStateError` or `UnknownOverrideError`.
        """
        moment = overrides.get("updated_at")
        if isinstance(moment, datetime):
            overrides["updated_at"] = to_instant(moment)
        overrides.setdefault("created_at", overrides.get("updated_at", self._now()))
        return self._person(create(self._sandbox, self._provider, state, self._now(), overrides))

    def person(self, participant_id: str) -> Person:
        """Return a participant of the lead provider, with the course of their first training and their declarations."""
        shown = self.record("participants", participant_id)
        declared = self.records("declarations", participant_id=participant_id)
        return Person(
            participant_id=participant_id,
            full_name=shown["full_name"],
            teacher_reference_number=self._trn(participant_id),
            course_identifier=_course(shown),
            declaration_ids=tuple(each for each, _ in declared),
        )

    def change(self, event: str, **facts: Any) -> dict[str, Any]:
        """Apply an event and return its facts. Raise `EventError` if it is unknown or impossible."""
        context = EventContext(self._sandbox, self._provider, self._rival, self._reader, self._now())
        return apply_event(context, event, facts)

    def records(self, kind: str, **filters: str) -> list[tuple[str, Attributes]]:
        """Return the id and the attributes of every record of a kind, as the API shows them to the token."""
        return self._reader.records(kind, **filters)

    def record(self, kind: str, record_id: str, **filters: str) -> Attributes:
        """Return the attributes of a record, as the API shows it to the token; a school needs the filter `cohort`."""
        return self._reader.record(kind, record_id, **filters)

    def close(self) -> None:
        """Close the store, and remove it if it is temporary."""
        self._sandbox.store.close()

    def _now(self) -> Instant:
        return self._sandbox.gateway.clock.now()

    def _person(self, created: Mapping[str, Any]) -> Person:
        person = self._sandbox.store.people.get(created["participant_id"])
        return Person(
            participant_id=created["participant_id"],
            full_name=person.full_name if person else "",
            teacher_reference_number=self._trn(created["participant_id"]),
            course_identifier=created["course_identifier"],
            application_id=created["application_id"],
            declaration_ids=tuple(created["declaration_ids"]),
        )

    def _trn(self, participant_id: str) -> str | None:
        """Return the number that a lead provider knows; the API may not show it yet."""
        person = self._sandbox.store.people.get(participant_id)
        return (person.trn or person.claimed_trn) if person else None

    def _dated(self, app: ASGIApp) -> ASGIApp:
        """Return the application with the world's clock in the Date header."""

        async def dated(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_dated(message: Message) -> None:
                if message["type"] == "http.response.start":
                    date = (b"date", http_date(self.now().timestamp()))
                    message = {**message, "headers": [date, *message.get("headers", ())]}
                await send(message)

            await app(scope, receive, send_dated)

        return dated


def _course(shown: Attributes) -> str:
    """Return the course of the first training that a participant shows."""
    if "npq_enrolments" in shown:
        return str(shown["npq_enrolments"][0]["course_identifier"])
    return "ecf-mentor" if shown["ecf_enrolments"][0]["participant_type"] == "mentor" else "ecf-induction"

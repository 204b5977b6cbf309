"""A service in use: while the suite tests it, schools register people, DfE pays, and names and emails change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.events.context import EventContext
from lead_provider_sandbox.control.events.table import apply_event
from lead_provider_sandbox.control.reading import ApiReader
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.http.access import PROVIDER_TOKENS
from lead_provider_sandbox.sandbox import Sandbox
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import applications, people

NEWCOMERS: Mapping[str, tuple[str, ...]] = {
    "ect": ("ect.of-2025", "ect.started-2025", "mentor.of-2025"),
    "npq": ("application.capped", "npq.started", "application.rival"),
    "original": ("ect.started", "application.capped", "npq.started", "mentor.started"),
}
"""The states of new records, by service."""


STRIDE = 7
"""The distance between two participants of a list whose names are changed one after the other."""


def work(sandbox: Sandbox) -> Callable[[], None]:
    """Return a function that makes the next change by others."""
    changes = cycle(_changes(sandbox))
    return lambda: next(changes)()


def _changes(sandbox: Sandbox) -> Iterator[Callable[[], None]]:
    """Yield the changes, for each lead provider in turn."""
    for state in NEWCOMERS[sandbox.service.name]:
        for provider, (_, token) in zip(sandbox.providers, PROVIDER_TOKENS, strict=True):
            newcomer = (_OfOriginal if sandbox.service.name == "original" else _Newcomer)(sandbox, provider, token)
            yield lambda newcomer=newcomer, state=state: newcomer.appear(state)
            yield newcomer.change_name
            yield newcomer.be_paid
            yield newcomer.change_email
            yield newcomer.change_name_of_another


class _Newcomer:
    """The person that a school registered last, for one lead provider."""

    def __init__(self, sandbox: Sandbox, provider: Provider, token: str) -> None:
        self._sandbox = sandbox
        self._provider = provider
        self._reader = ApiReader(sandbox.gateway, sandbox.service.name, token)
        self._number = 0
        self._person: str = ""
        self._declarations: tuple[str, ...] = ()

    def appear(self, state: str) -> None:
        self._number += 1
        made = create(self._sandbox, self._provider, state, self._sandbox.gateway.clock.now())
        self._person = made["participant_id"]
        self._declarations = tuple(made["declaration_ids"])

    def change_name(self) -> None:
        self._rename(self._person, f"Newcomer {self._number}")

    def change_email(self) -> None:
        value = f"newcomer-{self._person}@example.com"
        self._apply("changed", kind="participants", id=self._person, field="email", value=value)

    def change_name_of_another(self) -> None:
        participants = self._reader.records("participants")
        other, _ = participants[self._number * STRIDE % len(participants)]
        self._rename(other, f"Participant {self._number}")

    def be_paid(self) -> None:
        for declaration in self._declarations:
            self._apply("declaration-state", declaration_id=declaration, state="payable")

    def _rename(self, participant_id: str, full_name: str) -> None:
        self._apply("renamed", participant_id=participant_id, full_name=full_name)

    def _apply(self, event: str, **facts: str) -> None:
        rival = next(each for each in self._sandbox.providers if each != self._provider)
        now = self._sandbox.gateway.clock.now()
        apply_event(EventContext(self._sandbox, self._provider, rival, self._reader, now), event, facts)


class _OfOriginal(_Newcomer):
    """A newcomer to the original service, which has no events of its own."""

    def change_email(self) -> None:
        self._update({"email": f"newcomer-{self._person}@example.com"}, self._person)

    def be_paid(self) -> None:
        store, now = self._sandbox.store, self._sandbox.gateway.clock.now()
        with store.writing():
            for declaration in self._declarations:
                store.declarations.update(declaration, now, {"state": "payable"})

    def _rename(self, participant_id: str, full_name: str) -> None:
        self._update({"full_name": full_name}, participant_id)

    def _update(self, values: Mapping[str, str], participant_id: str) -> None:
        """Change a person, who is shown with their applications too."""
        now = {"updated_at": self._sandbox.gateway.clock.now()}
        with self._sandbox.store.writing() as connection:
            update_row(connection, people, participant_id, {**values, **now})
            for row in stored_rows(connection, applications, applications.c.person_id == participant_id):
                update_row(connection, applications, row["id"], now)

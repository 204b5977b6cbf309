"""A service in use: while the suite tests it, schools register people, DfE pays, and names and emails change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle

from lead_provider_sandbox.control.creation import create
from lead_provider_sandbox.control.events.context import EventContext
from lead_provider_sandbox.control.events.table import apply_event
from lead_provider_sandbox.control.reading import ApiReader
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.http.access import PROVIDER_TOKENS
from lead_provider_sandbox.sandbox import Sandbox

NEWCOMERS: Mapping[str, tuple[str, ...]] = {
    "ect": ("ect.of-2025", "ect.started-2025", "mentor.of-2025"),
    "npq": ("application.capped", "npq.started", "application.rival"),
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
            newcomer = _Newcomer(sandbox, provider, token)
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
        self._apply("renamed", participant_id=self._person, full_name=f"Newcomer {self._number}")

    def change_email(self) -> None:
        value = f"newcomer-{self._person}@example.com"
        self._apply("changed", kind="participants", id=self._person, field="email", value=value)

    def change_name_of_another(self) -> None:
        participants = self._reader.records("participants")
        other, _ = participants[self._number * STRIDE % len(participants)]
        self._apply("renamed", participant_id=other, full_name=f"Participant {self._number}")

    def be_paid(self) -> None:
        for declaration in self._declarations:
            self._apply("declaration-state", declaration_id=declaration, state="payable")

    def _apply(self, event: str, **facts: str) -> None:
        rival = next(each for each in self._sandbox.providers if each != self._provider)
        now = self._sandbox.gateway.clock.now()
        apply_event(EventContext(self._sandbox, self._provider, rival, self._reader, now), event, facts)

"""The `states` fixture: asks the suppliers in their order, and gives a test its exclusive hold on a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from lead_provider_conformance.api import Api
from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.journal import Journal
from lead_provider_conformance.records import Participant
from lead_provider_conformance.states.catalogue import CATALOGUE, Situation, State
from lead_provider_conformance.states.claims import Claims
from lead_provider_conformance.states.inventory import Inventory, read_once
from lead_provider_conformance.target import Target
from lead_provider_conformance.words import CouldNotRun, Safety


class States:
    """Supplies one test with records in named states: from the manifest, by discovery, or by derivation."""

    def __init__(
        self, *, api: Api, target: Target, calendar: Calendar, journal: Journal, workspace: Path, test: str
    ) -> None:
        self._api = api
        self._target = target
        self._calendar = calendar
        self._journal = journal
        self._workspace = workspace
        self._test = test
        self._claims = Claims(workspace / "claims")
        self._today = datetime.now(UTC).date()

    def claim(self, name: str) -> Participant:
        """A record in the state `name` that no other test of the run has or will get.

        Raises CouldNotRun, with the remedy, if the target has none left.
        """
        state = CATALOGUE[name]
        for supplier, supply in self._suppliers():
            for participant in supply(state):
                self._journal.write_result(
                    {
                        "kind": "claim",
                        "state": name,
                        "record": participant.id,
                        "supplier": supplier,
                        "test": self._test,
                        "version": self._api.client.scope.version,
                        "programme": self._api.client.scope.programme,
                    }
                )
                return participant
        raise self._none_left(state)

    def look(self, name: str) -> Participant:
        """A record in the state `name` to read and not to change; other tests may be looking at it too.

        Raises CouldNotRun if discovery finds none.
        """
        state = CATALOGUE[name]
        for participant in self._recognised(state):
            return participant
        raise self._none_left(state)

    @cached_property
    def inventory(self) -> Inventory:
        """What the target's own lists showed when the run first read them."""
        return read_once(self._api, self._workspace / "inventory")

    def _suppliers(self) -> tuple[tuple[str, Callable[[State], Iterator[Participant]]], ...]:
        return (("manifest", self._manifest), ("discovery", self._discovery), ("derivation", self._derivation))

    def _manifest(self, state: State) -> Iterator[Participant]:
        for record in self._target.states.get(state.name, ()):
            if self._claims.take(record):
                enrolments = Participant.in_resource(self._api.show_participant(record).resource)
                yield from enrolments[:1]

    def _discovery(self, state: State) -> Iterator[Participant]:
        return (each for each in self._recognised(state) if self._claims.take(each.id))

    def _recognised(self, state: State) -> Iterator[Participant]:
        for participant in self.inventory.participants:
            about = self.inventory.about(participant)
            if state.recognises(Situation(participant, about, self._calendar, self._today)):
                yield participant

    def _derivation(self, state: State) -> Iterator[Participant]:
        if state.derivation is None or self._target.safety is Safety.READ_ONLY:
            return
        source = self.claim(state.derivation.source)
        answer = state.derivation.act(self._api, source, self._calendar)
        if not 200 <= answer.status < 300:
            raise CouldNotRun(
                f"No record is in the state {state.name}, and making one from {state.derivation.source} was refused: "
                f"{answer!r}.",
                f"See why the server refused it, or list ids under states: {state.name} in the target file.",
            )
        yield self._api.participant(source)

    def _none_left(self, state: State) -> CouldNotRun:
        return CouldNotRun(
            f"The target has no record left in the state {state.name} ({state.description[0].lower()}"
            f"{state.description[1:]}).",
            f"Add such records to the target, or list their ids under states: {state.name} in the target file.",
        )

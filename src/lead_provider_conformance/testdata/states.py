"""The `states` fixture: asks the suppliers in their order, and gives a test its exclusive hold on a record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant, skip_malformed
from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety
from lead_provider_conformance.results.journal import Journal
from lead_provider_conformance.testdata.candidacy import Applicants, Candidacy
from lead_provider_conformance.testdata.catalogue import (
    CATALOGUE,
    ApplicationState,
    DerivationRefusedError,
    Record,
    State,
)
from lead_provider_conformance.testdata.claims import Claims
from lead_provider_conformance.testdata.dates import accepted, opening
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.provisioning import Hook
from lead_provider_conformance.testdata.situation import Situation

AnyState = State | ApplicationState
Where = Callable[[Any], object]


def whichever(_: Any) -> bool:
    """Any record will do."""
    return True


class UndeclaredStateError(Exception):
    """A test uses a state that its `@uses_states` does not name."""


class States:
    """Supplies one test with records in named states: from the manifest, by discovery, or by derivation.

    `api` is the API that the test uses. Discovery asks `discovery_api`: the version that shows the most of a record.
    `rival_api` is the same as another provider, if the suite has its token: it tells who has applied to both.
    """

    def __init__(
        self,
        *,
        api: Api,
        discovery_api: Api,
        target: Target,
        calendar: Calendar,
        journal: Journal,
        workspace: Path,
        test: str,
        shard: Shard = WHOLE,
        rival_api: Api | None = None,
        declared: Collection[str] | None = None,
    ) -> None:
        self._api = api
        self._discovery_api = discovery_api
        self._rival_api = rival_api
        self._target = target
        self._calendar = calendar
        self._journal = journal
        self._workspace = workspace
        self._test = test
        self._claims = Claims(workspace / "claims", shard)
        self._today = datetime.now(UTC).date()
        self._declared = declared

    def claim(self, name: str, *, where: Where = whichever) -> Any:
        """A record in the state `name`, and one of those `where` is true of, that no other test of the run will get.

        It is a Participant, or for a state of applications an Application. Raises CouldNotRun, with the remedy, if
        the target has none left.
        """
        self._check_declared(name)
        return self._claim(name, where)

    def _claim(self, name: str, where: Where) -> Any:
        state = CATALOGUE[name]
        for supplier, supply in self._suppliers():
            for record in supply(state, where):
                self._journal.write_result(
                    {
                        "kind": "claim",
                        "state": name,
                        "record": record.id,
                        "supplier": supplier,
                        "test": self._test,
                        "version": self._api.version,
                        "programme": self._api.programme,
                    }
                )
                return record
        raise self._none_left(state)

    def look(self, name: str) -> Any:
        """A record in the state `name` to read and not to change; other tests may be looking at it too.

        Raises CouldNotRun if discovery finds none.
        """
        self._check_declared(name)
        state = CATALOGUE[name]
        for record in chain(self._recognised(state), self._accepted_in(state)):
            return record
        raise self._none_left(state)

    def _check_declared(self, name: str) -> None:
        if self._declared is not None and name not in self._declared:
            raise UndeclaredStateError(f"The test uses the state {name}; add {name} to its @uses_states.")

    def count(self, name: str) -> int:
        """How many records in the state `name` the manifest and discovery know of."""
        state = CATALOGUE[name]
        listed = set(self._target.states.get(name, ()))
        return len(listed | {each.id for each in self._recognised(state)})

    @cached_property
    def inventory(self) -> Inventory:
        """What the target's own lists showed when the run first read them."""
        return Inventory(self._discovery_api, self._workspace / "inventory")

    @cached_property
    def _applicants(self) -> Applicants:
        folder = self._workspace / "inventory"
        elsewhere = Inventory(self._rival_api, folder).applications if self._rival_api else ()
        return Applicants(self.inventory.applications, elsewhere)

    def _suppliers(self) -> tuple[tuple[str, Callable[[AnyState, Where], Iterator[Record]]], ...]:
        return (
            ("manifest", self._manifest),
            ("hook", self._hooked),
            ("discovery", self._discovery),
            ("derivation", self._derivation),
        )

    def _manifest(self, state: AnyState, where: Where) -> Iterator[Record]:
        for record_id in self._target.states.get(state.name, ()):
            if self._claims.take(record_id):
                listed = self._found(
                    state,
                    record_id,
                    f"The target file lists {record_id} for the state {state.name}",
                    f"Correct states: {state.name} in the target file.",
                )
                if where(listed):
                    yield listed

    def _found(self, state: AnyState, record_id: str, whence: str, remedy: str) -> Record:
        """The record that a manifest or a hook has named. Raises CouldNotRun if the server does not show it."""
        try:
            return self._shown(state, record_id)
        except (IncompleteResponse, NotApplicable) as error:
            raise CouldNotRun(f"{whence}, and {error}.", remedy) from None

    def _shown(self, state: AnyState, record_id: str) -> Record:
        if isinstance(state, ApplicationState):
            return self._discovery_api.application(record_id)
        enrolments = Participant.in_resource(self._discovery_api.show_participant(record_id).resource)
        if not enrolments:
            raise IncompleteResponse("the server shows that participant without an enrolment")
        return enrolments[0]

    @cached_property
    def _hook(self) -> Hook | None:
        provisioning = self._target.provisioning
        allowed = self._target.safety is Safety.SANDBOX
        return Hook(self._target, provisioning) if provisioning and allowed else None

    def _hooked(self, state: AnyState, where: Where) -> Iterator[Record]:
        if self._hook is None or state.name not in self._hook.states:
            return
        record_id = self._hook.make(state.name)
        if self._claims.take(record_id):
            made = self._found(
                state,
                record_id,
                f"The target's provisioning made {record_id} in the state {state.name}",
                "Mend the target's provisioning.",
            )
            if where(made):
                yield made

    def finish_registration(self, participant: Participant, **details: Any) -> None:
        """Let a participant do what they do in the register service: give their TRN and their address.

        Raises CouldNotRun if the target has no provisioning that could do it for them.
        """
        if self._hook is None:
            raise CouldNotRun(
                "Only a participant can finish registering, outside the API.",
                "Give the target file a `provisioning` that can do it for them: docs/provisioning.md.",
            )
        self._hook.finish_registration(participant.id, details)

    def _discovery(self, state: AnyState, where: Where) -> Iterator[Record]:
        found = skip_malformed(self._recognised(state), where)
        return (each for each, fits in found if fits and self._claims.take(each.id))

    def _recognised(self, state: AnyState) -> Iterator[Record]:
        try:
            yield from self._in_the_lists(state)
        except NotApplicable as error:
            raise CouldNotRun(
                f"A record in the state {state.name} is to be found in the target's own lists. {error.reason}",
                f"List ids under states: {state.name} in the target file.",
            ) from None

    def _in_the_lists(self, state: AnyState) -> Iterable[Record]:
        if isinstance(state, ApplicationState):
            applicants, is_applied = self._applicants, state.recognises
            return self.inventory.applications_in(
                state.name,
                lambda each: is_applied(Candidacy(each, applicants, self._calendar, self._today)),
            )
        is_it = state.recognises
        return self.inventory.participants_in(
            state.name,
            lambda each, declarations: is_it(Situation(each, declarations, self._calendar, self._today)),
            several=state.several,
        )

    def _accepted_in(self, state: AnyState) -> Iterator[Participant]:
        """The NPQ participants in a state, told by their accepted applications: version 1 shows neither the cohort nor
        the schedule of a participant. It does not show who has withdrawn either, so that these are only to be read.
        """
        if isinstance(state, ApplicationState) or self._api.programme != "npq":
            return
        is_it = state.recognises

        def in_it(application: Application) -> Participant | None:
            if application.status != "accepted" or opening(application, self._calendar) is None:
                return None
            participant = accepted(application, self._calendar)
            declarations = self.inventory.about(participant)
            return participant if is_it(Situation(participant, declarations, self._calendar, self._today)) else None

        yield from (found for _, found in skip_malformed(self.inventory.applications, in_it) if found)

    def _derivation(self, state: AnyState, where: Where) -> Iterator[Record]:
        if state.derivation is None or self._target.safety is Safety.READ_ONLY:
            return
        if where is not whichever and isinstance(CATALOGUE[state.derivation.source], ApplicationState):
            return  # what is asked of a participant cannot be told of an application
        source: Participant | Application = self._claim(state.derivation.source, where)
        try:
            yield state.derivation.make(self._api, source, self._calendar)
        except (DerivationRefusedError, IncompleteResponse, NotApplicable) as error:
            raise CouldNotRun(
                f"No record is in the state {state.name}, and one made from {source.id} was not to be had: {error}.",
                f"See why the server refused it, or list ids under states: {state.name} in the target file.",
            ) from None

    def _none_left(self, state: AnyState) -> CouldNotRun:
        return CouldNotRun(
            f"The target has no record left in the state {state.name} ({state.description[0].lower()}"
            f"{state.description[1:]}).",
            f"Add such records to the target, or list their ids under states: {state.name} in the target file.",
        )

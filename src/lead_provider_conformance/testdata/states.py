"""The `states` fixture: supply a test with records in named states."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant, matching, skip_malformed
from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety
from lead_provider_conformance.results.journal import Journal
from lead_provider_conformance.testdata.catalogue import CATALOGUE, ApplicationState, State
from lead_provider_conformance.testdata.claims import Claims
from lead_provider_conformance.testdata.dates import last_opening_schedule, participant_from
from lead_provider_conformance.testdata.derivations import DerivationRefusedError, Record
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.predicates import ApplicationFacts, Applications, ParticipantFacts
from lead_provider_conformance.testdata.provisioning import Hook

Where = Callable[[Any], object]
Supplier = Callable[[State, Where], Iterator[Record]]


def any_record(_: Any) -> bool:
    """Accept every record."""
    return True


class UndeclaredStateError(Exception):
    """A test uses a state that its `@uses_states` does not name."""


@dataclass(kw_only=True, eq=False, repr=False)
class States:
    """Supplies one test with records in named states.

    `api` is the API that the test uses. Discovery uses `discovery_api`, the version that shows the most of a record,
    and `second_provider_api`, the same for another provider, if the suite has its token. With `declared`, the test may
    use these states only.
    """

    api: Api
    discovery_api: Api
    target: Target
    calendar: Calendar
    journal: Journal
    workspace: Path
    test: str
    shard: Shard = WHOLE
    second_provider_api: Api | None = None
    declared: Collection[str] | None = None

    def __post_init__(self) -> None:
        self._claims = Claims(self.workspace / "claims", self.shard)
        self._today = datetime.now(UTC).date()
        self._suppliers: dict[str, Supplier] = {
            "manifest": self._from_manifest,
            "hook": self._from_hook,
            "discovery": self._from_discovery,
            "derivation": self._from_derivation,
        }

    def claim(self, name: str, *, where: Where = any_record) -> Any:
        """Claim a record in the state `name` for which `where` is true. No other test of the run gets it.

        Return a Participant or an Application, as the state says. Raise CouldNotRun if no supplier has a record left.
        """
        self._check_declared(name)
        return self._claim(name, where)

    def _claim(self, name: str, where: Where) -> Record:
        state = CATALOGUE[name]
        for supplier, supply in self._suppliers.items():
            for record in supply(state, where):
                self.journal.write_result(
                    {
                        "kind": "claim",
                        "state": name,
                        "record": record.id,
                        "supplier": supplier,
                        "test": self.test,
                        "version": self.api.version,
                        "programme": self.api.programme,
                    }
                )
                return record
        raise _none_left(state)

    def look(self, name: str) -> Any:
        """Return a record in the state `name` that the test only reads: other tests may use it too.

        Raise CouldNotRun if discovery finds none.
        """
        self._check_declared(name)
        state = CATALOGUE[name]
        for record in chain(self._recognised(state), self._accepted_in(state)):
            return record
        raise _none_left(state)

    def _check_declared(self, name: str) -> None:
        if self.declared is not None and name not in self.declared:
            raise UndeclaredStateError(f"The test uses the state {name}; add {name} to its @uses_states.")

    def count(self, name: str) -> int:
        """Return the number of records in the state `name` in the manifest and in the target's lists."""
        state = CATALOGUE[name]
        listed = set(self.target.states.get(name, ()))
        return len(listed | {each.id for each in self._recognised(state)})

    def finish_registration(self, participant: Participant, **details: Any) -> None:
        """Register a participant as they do outside the API, with their TRN and email address.

        Raise CouldNotRun if the target has no provisioning.
        """
        if self._hook is None:
            raise CouldNotRun(
                "Only participants can finish registering, outside the API.",
                "Add `provisioning` to the target file, so that the suite can do it for them: docs/provisioning.md.",
            )
        self._hook.finish_registration(participant.id, details)

    @cached_property
    def inventory(self) -> Inventory:
        """The records in the target's own lists when the run first read them."""
        return Inventory(self.discovery_api, self.workspace / "inventory")

    def _from_manifest(self, state: State, where: Where) -> Iterator[Record]:
        for record_id in self.target.states.get(state.name, ()):
            origin = f"The target file lists {record_id} for the state {state.name}"
            remedy = f"Correct states: {state.name} in the target file."
            yield from self._take(state, where, record_id, origin, remedy)

    def _from_hook(self, state: State, where: Where) -> Iterator[Record]:
        if self._hook is None or state.name not in self._hook.states:
            return
        record_id = self._hook.create(state.name)
        origin = f"The target's provisioning created {record_id} in the state {state.name}"
        yield from self._take(state, where, record_id, origin, "Fix the target's provisioning.")

    def _take(self, state: State, where: Where, record_id: str, origin: str, remedy: str) -> Iterator[Record]:
        """Claim the record with this id. Raise CouldNotRun if the server does not show it."""
        if not self._claims.take(record_id):
            return
        try:
            record = self._show(state, record_id)
        except (IncompleteResponse, NotApplicable) as error:
            raise CouldNotRun(f"{origin}, and {error}.", remedy) from None
        if where(record):
            yield record

    def _from_discovery(self, state: State, where: Where) -> Iterator[Record]:
        return (record for record in matching(self._recognised(state), where) if self._claims.take(record.id))

    def _from_derivation(self, state: State, where: Where) -> Iterator[Record]:
        if state.derivation is None or self.target.safety is Safety.READ_ONLY:
            return
        if where is not any_record and isinstance(CATALOGUE[state.derivation.source], ApplicationState):
            return  # `where` is about participants; the source is an application
        source = self._claim(state.derivation.source, where)
        try:
            yield state.derivation.derive(self.api, source, self.calendar)
        except (DerivationRefusedError, IncompleteResponse, NotApplicable) as error:
            raise CouldNotRun(
                f"No record is in the state {state.name}, and creating one from {source.id} failed: {error}.",
                f"Find out why the server refused it, or list ids under states: {state.name} in the target file.",
            ) from None

    @cached_property
    def _hook(self) -> Hook | None:
        provisioning = self.target.provisioning
        allowed = self.target.safety is Safety.SANDBOX
        return Hook(self.target, provisioning) if provisioning and allowed else None

    def _show(self, state: State, record_id: str) -> Record:
        if isinstance(state, ApplicationState):
            return self.discovery_api.application(record_id)
        enrolments = Participant.in_resource(self.discovery_api.show_participant(record_id).resource)
        if not enrolments:
            raise IncompleteResponse("the server shows that participant without an enrolment")
        return enrolments[0]

    def _shows(self, state: State) -> bool:
        """Return whether the target implements the operation that shows one record of this kind."""
        record = "npq_application" if isinstance(state, ApplicationState) else f"{self.api.programme}_participant"
        return self.target.implements(f"show_{record}")

    def _recognised(self, state: State) -> Iterator[Record]:
        try:
            inventory = self.inventory
            if isinstance(state, ApplicationState):
                yield from matching(
                    inventory.applications, lambda each: state.recognises(self._application_facts(each))
                )
            else:
                participants = inventory.with_several_enrolments if state.several_enrolments else inventory.participants
                yield from matching(participants, lambda each: state.recognises(self._participant_facts(each)))
        except NotApplicable as error:
            if not self._shows(state):
                raise  # ids in the target file would not help
            raise CouldNotRun(
                f"The suite looks for a record in the state {state.name} in the target's lists. {error.reason}",
                f"List ids under states: {state.name} in the target file.",
            ) from None

    def _accepted_in(self, state: State) -> Iterator[Participant]:
        """Yield the NPQ participants in a state, recognised by their accepted applications.

        Version 1 shows neither the cohort nor the schedule of a participant. It does not show withdrawals either, so
        these participants can only be read.
        """
        if isinstance(state, ApplicationState) or self.api.programme != "npq":
            return

        def read(application: Application) -> Participant | None:
            if application.status != "accepted" or last_opening_schedule(application, self.calendar) is None:
                return None
            participant = participant_from(application, self.calendar)
            return participant if state.recognises(self._participant_facts(participant)) else None

        for _, participant in skip_malformed(self.inventory.applications, read):
            if participant:
                yield participant

    def _participant_facts(self, participant: Participant) -> ParticipantFacts:
        declarations = self.inventory.declarations_about(participant)
        return ParticipantFacts(participant, declarations, self.calendar, self._today)

    def _application_facts(self, application: Application) -> ApplicationFacts:
        return ApplicationFacts(application, self._applications, self.calendar, self._today)

    @cached_property
    def _applications(self) -> Applications:
        if self.second_provider_api is None:
            return Applications(self.inventory.applications)
        second_provider = self.inventory.for_provider(self.second_provider_api)
        return Applications(self.inventory.applications, second_provider.applications)


def _none_left(state: State) -> CouldNotRun:
    return CouldNotRun(
        f"The target has no record left in the state {state.name} ({state.description}).",
        f"Add such records to the target, or list their ids under states: {state.name} in the target file.",
    )

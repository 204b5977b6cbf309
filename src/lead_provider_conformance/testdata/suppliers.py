"""The suppliers of records in named states, apart from derivation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety
from lead_provider_conformance.testdata.catalogue import ApplicationState, ParticipantState, State
from lead_provider_conformance.testdata.claims import Claims
from lead_provider_conformance.testdata.derivations import Record
from lead_provider_conformance.testdata.provisioning import Hook
from lead_provider_conformance.testdata.recognition import Recognition
from lead_provider_conformance.testdata.wanted import Wanted


@dataclass(kw_only=True, eq=False, repr=False)
class Suppliers:
    """Claim records in a state for one test, and yield them, each method from another source.

    `api` shows the most of a record. Records are claimed one at a time, as the caller takes them.
    """

    api: Api
    target: Target
    claims: Claims
    recognition: Recognition
    server_date: ServerDate

    def from_manifest(self, state: State, wanted: Wanted) -> Iterator[Record]:
        """Claim the records that the target file lists."""
        for record_id in self.target.states.get(state.name, ()):
            origin = f"The target file lists {record_id} for the state {state.name}"
            remedy = f"Correct states: {state.name} in the target file."
            yield from self._take(state, wanted, record_id, origin, remedy)

    def from_hook(self, state: State, wanted: Wanted) -> Iterator[Record]:
        """Claim a record that the target's provisioning creates."""
        if self.hook is None or not self.hook.creates(state.name):
            return
        record_id = self.hook.create(state.name)
        origin = f"The target's provisioning created {record_id} in the state {state.name}"
        yield from self._take(state, wanted, record_id, origin, "Fix the target's provisioning.")

    def from_discovery(self, state: State, wanted: Wanted) -> Iterator[Record]:
        """Claim listed records. Keep the last participant for a test that needs an untouched one."""
        last: Record | None = None
        for record in self.recognised(state):
            if self.claims.is_free(record.id, _person_id(record)):
                if last is not None and wanted(last) and self.claims.take(last.id, _person_id(last)):
                    yield last
                last = record
        is_reserved = not wanted.untouched and isinstance(state, ParticipantState)
        if last is not None and not is_reserved and wanted(last) and self.claims.take(last.id, _person_id(last)):
            yield last

    def from_reserve(self, state: State, wanted: Wanted) -> Iterator[Record]:
        """Claim listed records, the last one as well."""
        return self.from_discovery(state, replace(wanted, untouched=True))

    def from_later(self, state: State, wanted: Wanted) -> Iterator[Record]:
        """Claim listed records that will be in the state, and let the test's requests travel to the day."""
        if self.server_date.header is None:
            return
        for day, record in self.recognition.recognised_later(state):
            if wanted(record) and self.claims.take(record.id, _person_id(record)):
                self.server_date.travel_to(day)
                yield record

    def recognised(self, state: State) -> Iterator[Record]:
        """Yield the listed records in a state. Raise CouldNotRun if the target has no such list."""
        try:
            yield from self.recognition.recognised(state)
        except NotApplicable as error:
            if not self._shows(state):
                raise  # ids in the target file would not help
            raise CouldNotRun(
                f"The suite looks for a record in the state {state.name} in the target's lists. {error.reason}",
                f"List ids under states: {state.name} in the target file.",
            ) from None

    @cached_property
    def hook(self) -> Hook | None:
        """The target's provisioning; None if it has none, or may only be read."""
        provisioning = self.target.provisioning
        allowed = self.target.safety is Safety.SANDBOX
        return Hook(self.target, provisioning) if provisioning and allowed else None

    def _take(self, state: State, wanted: Wanted, record_id: str, origin: str, remedy: str) -> Iterator[Record]:
        """Claim the record with this id. Raise CouldNotRun if the server does not show it."""
        if not self.claims.take(record_id):
            return
        if isinstance(state, ApplicationState):
            self.recognition.inventory.read_participants()  # before the applicant is one of them
        try:
            record = self._show(state, record_id)
        except (IncompleteResponse, NotApplicable) as error:
            raise CouldNotRun(f"{origin}, and {error}.", remedy) from None
        if wanted(record):
            yield record

    def _show(self, state: State, record_id: str) -> Record:
        if isinstance(state, ApplicationState):
            return self.api.application(record_id)
        enrolments = Participant.in_resource(self.api.show_participant(record_id).resource)
        if not enrolments:
            raise IncompleteResponse("the server shows that participant without an enrolment")
        return enrolments[0]

    def _shows(self, state: State) -> bool:
        """Return whether the target implements the operation that shows one record of this kind."""
        record = "npq_application" if isinstance(state, ApplicationState) else f"{self.api.programme}_participant"
        return self.target.implements(f"show_{record}")


def _person_id(record: Record) -> str:
    """Return the id of the participant or applicant; the record's own if an application shows none."""
    return str(record.attributes.get("participant_id") or record.id) if isinstance(record, Application) else record.id

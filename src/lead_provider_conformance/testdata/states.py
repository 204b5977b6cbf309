"""The `states` fixture: supply a test with records in named states."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse, NoResponse
from lead_provider_conformance.http.rate_limit import pause
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety
from lead_provider_conformance.results.journal import Journal
from lead_provider_conformance.testdata.catalogue import CATALOGUE, ApplicationState, ParticipantState, State
from lead_provider_conformance.testdata.changes import LastChange
from lead_provider_conformance.testdata.claims import Claims
from lead_provider_conformance.testdata.dates import participant_from
from lead_provider_conformance.testdata.days import travel_to_next, travel_to_opening
from lead_provider_conformance.testdata.derivations import Record
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.predicates import is_paid
from lead_provider_conformance.testdata.recognition import Recognition
from lead_provider_conformance.testdata.refusals import PreparationRefusedError, Refusals, kind_of
from lead_provider_conformance.testdata.restoration import Restoration
from lead_provider_conformance.testdata.shortage import none_left
from lead_provider_conformance.testdata.suppliers import Suppliers
from lead_provider_conformance.testdata.wanted import Wanted, Where, any_record

T = TypeVar("T")
LONGEST_WAIT = 300
"""How long a test waits for a record that a test in another process will release, in seconds."""
LONGEST_WAIT_OF_HOLDER = 20
"""The same for a test that holds a record already: two such tests could wait for each other."""
WAIT_SECONDS = 0.1
MAX_KINDS = 5
"""The most kinds of records on which a preparation is tried."""
CLOSED = "declarations of a cohort"
"""The preparation that is remembered as refused for each cohort that a refusal names."""

Supplier = Callable[[State, Wanted], Iterator[Record]]


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
    server_date: ServerDate = field(default_factory=ServerDate)

    def __post_init__(self) -> None:
        self._claims = Claims(self.workspace, self.shard)
        self._refusals = Refusals(self.workspace)

    def claim(self, name: str, *, where: Where = any_record, untouched: bool = False) -> Any:
        """Claim a record in the state `name` for which `where` is true. No other test has it at the same time.

        Another test of the run may have had it before. Its declarations are then voided; with `untouched`, it has never
        had other declarations than those of its state.

        Return a Participant or an Application, as the state says. Raise CouldNotRun if no supplier has a record left.
        """
        self._check_declared(name)
        return self._claim(name, Wanted(where, untouched))

    def claim_preferring(self, name: str, where: Where) -> Any:
        """Claim a record for which `where` is true, or any record in the state if there is none."""
        try:
            return self.claim(name, where=where)
        except CouldNotRun:
            return self.claim(name)

    def claim_prepared(
        self,
        name: str,
        preparation: str,
        prepare: Callable[[Any], T],
        *,
        where: Where = any_record,
        preferred: Where | None = None,
    ) -> tuple[Any, T]:
        """Claim a record in the state `name` for which `prepare` succeeds, and return it with the result.

        If the server refuses a request of `prepare`, try records of other kinds. Raise CouldNotRun with the server's
        words if it refuses them all. The name of the `preparation` identifies kinds that were refused before. Try
        records first for which `preferred` is true.
        """
        self._check_declared(name)
        if preferred is not None:
            with contextlib.suppress(CouldNotRun):
                return self._prepared(name, Wanted(preferred), preparation, prepare)
        return self._prepared(name, Wanted(where), preparation, prepare)

    def claim_trained(self, name: str, *, where: Where = any_record) -> Any:
        """Claim a participant whose training began before the day of the test's requests.

        Another test may have changed the training today. So the requests travel a day ahead if the target can do so.
        """
        participant = self.claim(name, where=where)
        if self.server_date.header is not None:
            self.next_day()
        return participant

    def next_day(self) -> None:
        """Let the test's requests travel a day ahead. Raise CouldNotRun if the target cannot do so."""
        travel_to_next(self.server_date, self.inventory.today)

    def reach(self, day: date) -> None:
        """Let the test's requests travel to a day, unless it has come. Raise CouldNotRun if the target cannot do so."""
        travel_to_opening(self.server_date, self.inventory.today, day)

    def release(self) -> None:
        """Let other tests have the claimed participants, after the test.

        Keep those that the test has changed on a later day of the server's: they would have changed in the future.
        """
        if self.server_date.now is not None:
            self._restoration.keep()
        self._restoration.release()

    def _claim(self, name: str, wanted: Wanted) -> Record:
        state, wanted = CATALOGUE[name], replace(wanted, avoided_cohorts=self._refusals.of(CLOSED).keys())
        latest = time.monotonic() + (LONGEST_WAIT_OF_HOLDER if self._restoration.holds_some else LONGEST_WAIT)
        # Checked before and after the search: another process may release a record, or claim one, in between.
        is_awaited = self._is_awaited(state, wanted)
        record = self._supplied(state, wanted, "manifest", "hook", "discovery", "restoration")
        while record is None and time.monotonic() < latest:
            was_awaited, is_awaited = is_awaited, self._is_awaited(state, wanted)
            if not was_awaited and not is_awaited:
                break
            pause(WAIT_SECONDS)
            record = self._supplied(state, wanted, "restoration")
        record = record or self._supplied(state, wanted, "reserve", "server-date", "derivation")
        if record is None:
            raise self._none_left(state, wanted)
        return record

    def _supplied(self, state: State, wanted: Wanted, *suppliers: str) -> Record | None:
        for supplier in suppliers:
            for record in self._by_name[supplier](state, wanted):
                if self._may_restore(state) and isinstance(record, Participant):
                    self._restoration.hold(record, state)
                self.journal.write_result(
                    {
                        "kind": "claim",
                        "state": state.name,
                        "record": record.id,
                        "supplier": "discovery" if supplier == "reserve" else supplier,
                        "test": self.test,
                        "version": self.api.version,
                        "programme": self.api.programme,
                    }
                )
                return self._with_delivery_partners(record)
        return None

    def _is_awaited(self, state: State, wanted: Wanted) -> bool:
        # A derived state needs no waiting: its source does.
        return (
            self._may_restore(state)
            and self._fits_today(state)
            and not state.derivation_in(self.calendar)
            and self._restoration.is_awaited(state, wanted)
        )

    def _may_restore(self, state: State) -> TypeGuard[ParticipantState]:
        return isinstance(state, ParticipantState) and self.target.safety is Safety.SANDBOX

    def _prepared(self, name: str, wanted: Wanted, preparation: str, prepare: Callable[[Any], T]) -> tuple[Record, T]:
        refused = self._refusals.of(preparation)
        for _ in range(MAX_KINDS):
            try:
                record = self._claim(name, replace(wanted, avoided_kinds={*wanted.avoided_kinds, *refused}))
            except CouldNotRun:
                if not refused:
                    raise
                break
            try:
                return record, prepare(record)
            except NotApplicable as error:
                if preparation not in CATALOGUE:  # the test itself needs the operation
                    raise
                raise CouldNotRun(
                    f"The suite could not prepare a record for {preparation}. {error.reason}",
                    f"Add the operation to the server and to the target file, or list ids under states: {preparation}.",
                ) from None
            except (PreparationRefusedError, IncompleteResponse, NoResponse) as error:
                self._refusals.add(preparation, kind_of(record), str(error))
                # In the NPQ service such an error is about the course as well.
                of_cohort = not (self.calendar.has_npq_funding and self.api.programme == "npq")
                if of_cohort and isinstance(error, PreparationRefusedError) and error.names_cohort:
                    self._refusals.add(CLOSED, str(record.cohort_name), str(error))
                refused = self._refusals.of(preparation)
        tried = "; ".join(f"{kind}: {words}" for kind, words in refused.items())
        raise CouldNotRun(
            f"The server refused to prepare a record in the state {name} for {preparation}. The suite tried {tried}.",
            f"Find out why the server refused it, or add records of another kind in the state {name} to the target.",
        )

    def look(self, name: str) -> Any:
        """Return a record in the state `name` that the test only reads: other tests may use it too.

        Raise CouldNotRun if discovery finds none.
        """
        self._check_declared(name)
        state = CATALOGUE[name]
        for record in chain(self._suppliers.recognised(state), self._recognition.recognised_by_application(state)):
            return self._with_delivery_partners(record)
        raise self._none_left(state, Wanted())

    def look_or_any(self, name: str) -> Record:
        """Return a record to read: in the state `name`, or else any participant in the target's lists.

        Raise CouldNotRun if the target lists none.
        """
        try:
            record: Record = self.look(name)
        except CouldNotRun:
            listed = chain(self.inventory.participants, self.inventory.with_several_enrolments)
            if (found := next(listed, None)) is None:
                raise
            return found
        return record

    def _with_delivery_partners(self, record: Record) -> Record:
        return self._recognition.with_delivery_partners(record) if isinstance(record, Participant) else record

    def with_delivery_partners(self, participant: Participant) -> Participant:
        """Return the participant with the delivery partners that a declaration may name."""
        return self._recognition.with_delivery_partners(participant)

    def participant_of(self, application: Application) -> Participant:
        """Return the participant of an accepted application, with the delivery partners of its cohort."""
        return self._recognition.with_delivery_partners(participant_from(application, self.calendar))

    def is_paid_for(self, cohort: int) -> bool:
        """Return whether declarations of a cohort are still paid, as far as the calendar and the statements show."""
        return is_paid(cohort, self.calendar, self._recognition.today, self._recognition.paid_cohorts)

    def may_be_seen_by_second_provider(self, record: Record) -> bool:
        """Return whether the record is an ECF participant who may have moved between the providers."""
        return isinstance(record, Participant) and self._recognition.may_be_seen_by_second_provider(record)

    def _none_left(self, state: State, wanted: Wanted) -> CouldNotRun:
        refusals, can_travel = self._refusals.of(CLOSED).values(), self.server_date.header is not None
        return none_left(state, wanted, self._recognition, refusals, can_travel=can_travel, shard=self.shard)

    def _check_declared(self, name: str) -> None:
        if self.declared is not None and name not in self.declared:
            raise UndeclaredStateError(f"The test uses the state {name}; add {name} to its @uses_states.")

    def count(self, name: str) -> int:
        """Return the number of records in the state `name` in the manifest and in the target's lists."""
        state = CATALOGUE[name]
        listed = set(self.target.states.get(name, ()))
        return len(listed | {each.id for each in self._suppliers.recognised(state)})

    def last_change(self, record: Participant | Application | Declaration) -> LastChange:
        """Return when a record, as the server shows it now, last changed."""
        return LastChange.of(record, self.inventory)

    def finish_registration(self, participant: Participant, **details: Any) -> None:
        """Register a participant as they do outside the API, with their TRN and email address.

        Raise CouldNotRun if the target has no provisioning.
        """
        if self._suppliers.hook is None:
            raise CouldNotRun(
                "Only participants can finish registering, outside the API.",
                "Add `provisioning` to the target file, so that the suite can do it for them: docs/provisioning.md.",
            )
        self._suppliers.hook.finish_registration(participant.id, details)

    @cached_property
    def inventory(self) -> Inventory:
        """The records in the target's own lists when the run first read them."""
        return Inventory(self.discovery_api, self.workspace / "inventory")

    def _from_restoration(self, state: State, wanted: Wanted) -> Iterator[Record]:
        if not self._may_restore(state) or not self._fits_today(state):
            return iter(())
        return self._restoration.restored(state, wanted)

    def _fits_today(self, state: ParticipantState) -> bool:
        """Return whether a test may use a restored participant in a state: their schedule may have changed today."""
        return not state.trained_before_today or self.server_date.header is not None

    def _from_derivation(self, state: State, wanted: Wanted) -> Iterator[Record]:
        derivation = state.derivation_in(self.calendar)
        if derivation is None or self.target.safety is Safety.READ_ONLY:
            return
        if wanted.where is not any_record and isinstance(CATALOGUE[derivation.source], ApplicationState):
            return  # `where` is about participants; the source is an application
        _, record = self._prepared(
            derivation.source, wanted, state.name, lambda source: derivation.derive(self.api, source, self.calendar)
        )
        yield record

    @cached_property
    def _suppliers(self) -> Suppliers:
        return Suppliers(
            api=self.discovery_api,
            target=self.target,
            claims=self._claims,
            recognition=self._recognition,
            server_date=self.server_date,
        )

    @cached_property
    def _by_name(self) -> Mapping[str, Supplier]:
        """The suppliers by the name that the journal shows; the reserve counts as discovery there."""
        return {
            "manifest": self._suppliers.from_manifest,
            "hook": self._suppliers.from_hook,
            "discovery": self._suppliers.from_discovery,
            "restoration": self._from_restoration,
            "reserve": self._suppliers.from_reserve,
            "server-date": self._suppliers.from_later,
            "derivation": self._from_derivation,
        }

    @cached_property
    def _restoration(self) -> Restoration:
        return Restoration(api=self.discovery_api, claims=self._claims, recognition=self._recognition)

    @cached_property
    def _recognition(self) -> Recognition:
        other = self.second_provider_api
        second_provider = self.inventory.for_provider(other) if other else None
        return Recognition(self.inventory, self.calendar, self.api.programme, second_provider)

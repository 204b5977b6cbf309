"""Take journeys on both servers: the same writes about the same person, each followed by reads of their records.

The journeys are those that a run takes (`fuzzing/stateful/`). They begin with records that both servers show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Application, Participant
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.stateful import Apis, Journey, journeys
from lead_provider_conformance.fuzzing.stateful.beginning import beginning_of, travel_to_next_day
from lead_provider_conformance.fuzzing.stateful.observe import Progress, observe
from lead_provider_conformance.fuzzing.stateful.steps import Action, Step
from lead_provider_conformance.fuzzing.stateful.walk import send_step
from lead_provider_conformance.http import Client, Credential, IncompleteResponse, NoResponse, Transport
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Safety, Scope
from lead_provider_conformance.parity.operations import operation_pairs
from lead_provider_conformance.parity.paired_requests import DivergedError, PairedRequests, SharedDataError
from lead_provider_conformance.parity.scope_comparison import Effort, ScopeComparison
from lead_provider_conformance.parity.side import Side
from lead_provider_conformance.results.journal import Journal
from lead_provider_conformance.testdata.catalogue import CATALOGUE
from lead_provider_conformance.testdata.dates import participant_from
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.recognition import Recognition

WRITES = ("POST", "PUT")
NO_RECORD = "No record in this state is on both servers."
DIVERGED = "One server accepted the last write, and the other refused it."
SHARED = "Both servers show the effect of a write that one of them refused. They share their data: give each its own."
UNEXPECTED = "Both servers gave another response to the last write than the contract requires."
Record = Participant | Application


@dataclass
class TakenJourney:
    """A journey as far as it was taken. `why` it ended early, or did not begin; empty if it was taken to its end."""

    state: str
    steps: list[str] = field(default_factory=list)
    writes: int = 0
    why: str = ""


@dataclass(frozen=True, eq=False)
class Discovery:
    """Finds records for journeys in the lists of the left server, in the latest version of a programme.

    `used` are the ids of the records of earlier journeys.
    """

    side: Side
    contract: Contract
    scope: Scope
    workspace: Path
    notify: Callable[[str], None]
    used: set[str] = field(default_factory=set)

    def client(self, contract: Contract, scope: Scope, server_date: ServerDate) -> Client:
        """Return a client that only reads the left server."""
        return Client(
            transport=Transport(replace(self.side.target, safety=Safety.READ_ONLY)),
            contract=contract,
            scope=scope,
            journal=Journal(self.workspace, process=f"discovery-{scope}"),
            redactor=self.side.redactor,
            rate_limit=self.side.rate_limit,
            test="journeys",
            notify=self.notify,
            time_limit=self.side.time_limit,
            server_date=server_date,
        )

    @property
    def credential(self) -> Credential:
        """The credential of the lead provider."""
        return self.side.credentials[0]

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar of the edition."""
        return Calendar.load(self.contract.edition)

    @cached_property
    def recognition(self) -> Recognition:
        """Recognises records in the lists of the left server."""
        api = Api(self.client(self.contract, self.scope, ServerDate()), self.credential)
        return Recognition(Inventory(api, self.workspace / "inventory"), self.calendar, self.scope.programme)

    def record(self, state: str, is_on_both: Callable[[str], bool]) -> Record | None:
        """Return a record in a state that no journey has used; None if both servers show no such record."""
        for each in self.recognition.recognised(CATALOGUE[state]):
            if each.id not in self.used and is_on_both(each.id):
                self.used.add(each.id)
                return each
        return None

    def participant(self, record: Record) -> Participant:
        """Return the participant of a record, with the delivery partners that a declaration may name."""
        participant = participant_from(record, self.calendar) if isinstance(record, Application) else record
        return self.recognition.with_delivery_partners(participant)


@dataclass(frozen=True, eq=False)
class ScopeJourneys:
    """The journeys in a version and programme. `is_on_both` returns whether both servers show a record on the left."""

    scope: Scope
    requests: PairedRequests
    discovery: Discovery
    is_on_both: Callable[[str], bool]

    def take(self, number: int, seed: int) -> Iterator[TakenJourney]:
        """Take a number of journeys, and yield each when it has ended. Stop if the servers share their data."""
        for each in journeys(self.scope.programme, number, seed, self.requests.contract.edition):
            taken = self._taken(each)
            yield taken
            if taken.why == SHARED:
                return

    def _taken(self, journey: Journey) -> TakenJourney:
        taken, before = TakenJourney(journey.state), self.requests.writes
        self.requests.begin()
        try:
            record = self.discovery.record(journey.state, self.is_on_both)
            if record is None:
                taken.why = NO_RECORD
            else:
                self._walk(journey, record, taken)
        except DivergedError:
            taken.why = DIVERGED
        except SharedDataError:
            taken.why = SHARED
        except (CouldNotRun, NotApplicable) as error:
            taken.why = error.reason
        except (IncompleteResponse, NoResponse) as error:
            taken.why = str(error)
        taken.writes = self.requests.writes - before
        return taken

    def _walk(self, journey: Journey, record: Record, taken: TakenJourney) -> None:
        requests, date = self.requests, self.requests.server_date
        client = self.discovery.client(requests.contract, self.scope, date)
        api = Api(client, self.discovery.credential, requests.send)
        participant = self.discovery.participant(record)
        application = record if isinstance(record, Application) else None
        calendar = self.discovery.calendar
        with date.suspended():
            model = beginning_of(journey, api, calendar, participant)
            progress = Progress(Apis(api), calendar, participant, application, model)
            observe(progress)
            for step in journey.steps:
                if not _is_known(progress, step):
                    continue
                taken.steps.append(str(step))
                if not _take(progress, step):
                    taken.why = UNEXPECTED
                    return


def _is_known(progress: Progress, step: Step) -> bool:
    """Return whether a step can be taken now: its result is known, and it needs no clock that cannot be set."""
    if step.action is Action.NEXT_DAY:
        return progress.api.client.server_date.header is not None
    return progress.model.knows(step) and (step.action is not Action.DECLARE or progress.can_declare)


def _take(progress: Progress, step: Step) -> bool:
    """Take a step and read the records. Return whether the left server responded as the contract requires."""
    if step.action is Action.NEXT_DAY:
        travel_to_next_day(progress.api.client)
    else:
        response = send_step(progress, step)
        observe(progress)
        if (200 <= response.status < 300) != progress.model.accepts(step):
            return False
    progress.model = progress.model.after(step)
    return True


def take_journeys(
    compared: Sequence[ScopeComparison], effort: Effort, workspace: Path, notify: Callable[[str], None]
) -> None:
    """Take the journeys of each version and programme that was compared, and record them."""
    discoveries: dict[str, Discovery] = {}
    for each in sorted(compared, key=lambda each: each.scope.version, reverse=True):
        scope, confirmation = each.scope, each.confirmation
        left, right = confirmation.pairs.left, confirmation.pairs.right
        if scope.programme not in discoveries:
            folder = workspace / f"journeys-{scope.programme}"
            folder.mkdir()
            discoveries[scope.programme] = Discovery(left, each.contracts[0], scope, folder, notify)
        operations = {pair.id: pair for pair in operation_pairs(scope, *each.contracts, methods=("GET", *WRITES))}
        clock = shared_clock(left.target, right.target)
        requests = PairedRequests(each.contracts[0], operations, confirmation, clock)
        own = ScopeJourneys(scope, requests, discoveries[scope.programme], each.is_on_both)
        try:
            for taken in own.take(effort.journeys, effort.seed):
                confirmation.recorder.journey(scope, taken.state, taken.steps, taken.writes, taken.why)
                if taken.why == SHARED:
                    notify(f"No more journeys: {SHARED}")
                    return
        finally:
            each.count(requests.requests)


def shared_clock(left: Target, right: Target) -> ServerDate:
    """Return the clock of both servers, which requests set if both have the same header for it."""
    return ServerDate(left.server_date if left.server_date == right.server_date else None)

"""Compare one version and programme of both servers: whole lists, single records, and the cases of the corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.http.client import Query
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.cases import (
    case_reads,
    case_values,
    cases_of,
    cohorts_of,
    on_the_right,
    wrong_senders,
)
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.edition_changes import EditionChanges
from lead_provider_conformance.parity.operations import OperationPair, lists_of, operation_pairs
from lead_provider_conformance.parity.pairs import ReadPair
from lead_provider_conformance.parity.recorder import Recorder, latency
from lead_provider_conformance.parity.records import KEYS
from lead_provider_conformance.parity.responses import Body
from lead_provider_conformance.parity.side import Side
from lead_provider_conformance.parity.whole_lists import WholeList

COHORTS = 2
"""The number of cohorts for which a list that needs one is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The limits of a comparison; None is no limit.

    `records` is the number of records of each list that are read one by one, `requests` that of generated reads of
    each version and programme, besides the plain mistakes, and `journeys` that of journeys in each.
    """

    records: int | None = None
    requests: int | None = None
    journeys: int = 0
    seed: int


@dataclass(slots=True)
class Compared:
    """The extent of the comparison of an operation."""

    requests: int = 0
    records: int = 0
    ways: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Shared:
    """The operations of a version that an earlier scope has compared: its lists by path, and all by operationId."""

    lists: dict[str, WholeList] = field(default_factory=dict)
    operations: set[str] = field(default_factory=set)


class ScopeComparison:
    """Compares one version and programme. `compared` has the extent by operationId."""

    def __init__(
        self,
        scope: Scope,
        contracts: tuple[Contract, Contract],
        confirmation: Confirmation,
        effort: Effort,
        shared: Shared,
        changes: EditionChanges,
    ) -> None:
        """`shared` has the operations of the same version that another programme has too.

        `changes` are those of the contract from the left edition to the right one.
        """
        self.scope = scope
        self.compared: dict[str, Compared] = {}
        self.contracts = contracts
        self._contract = contracts[0]
        self._is_same_edition = contracts[0].hash == contracts[1].hash
        self._operations = {each.id: each for each in operation_pairs(scope, *contracts)}
        self._lists = lists_of(contracts[0])
        self.confirmation = replace(confirmation, explains=changes.explains)
        self._changes = changes
        self._effort = effort
        self._shared = shared
        self._found = shared.lists
        self._cohorts: list[str] = []

    def run(self) -> None:
        """Compare every operation that another programme has not compared."""
        lists = (each for each in self._operations.values() if each.id in self._lists)
        whole = [each for each in lists if each.left.path not in self._found]
        for operation in sorted(whole, key=lambda each: not each.id.endswith("_participants")):
            self._whole_list(operation)
        cases = cases_of(self._contract, self.scope, self._effort.seed, self._effort.requests)
        for operation in self._operations.values():
            if operation.id in self._shared.operations:
                continue
            self._shared.operations.add(operation.id)
            self._send(operation, self._records(operation))
            if operation.is_of_one_record:
                extent = self.compared[operation.id]
                extent.records = self.confirmation.ledger.compared[self.scope, operation.id] = extent.requests
            self._send(operation, self._plain(operation))
            values = self._values(operation)
            own = (each for each in cases.get(operation.id, ()) if self._is_decided(each))
            self._send(operation, case_reads(operation, own, *values))
            self._changes.compared(operation.id)
        self._add_forms()

    def _is_decided(self, case: Case) -> bool:
        """Return whether both contracts decide the response. Where servers may be lenient, services may differ."""
        return self._is_same_edition or case.expected is not Expected.LENIENT

    def _add_forms(self) -> None:
        """Add the differences in the form of all responses, if the servers have different records."""
        confirmation = self.confirmation
        for pair, each in confirmation.forms.differences() if confirmation.forms else ():
            if not confirmation.explains(pair, each):
                exchanges = confirmation.recorder.pair(pair, [each])
                confirmation.ledger.open(self.scope, pair.read.operation, each, exchanges)
                confirmation.ledger.count(self.scope, pair.read.operation, each)

    @property
    def records(self) -> int:
        """The number of records that both servers have."""
        return sum(each.records for each in self.compared.values())

    def count(self, requests: Mapping[str, int]) -> None:
        """Count the requests of journeys by operationId."""
        for operation, number in requests.items():
            self.compared.setdefault(operation, Compared()).requests += number

    def is_on_both(self, record: str) -> bool:
        """Return whether both servers list the record that has this id on the left."""
        return any(record in each.ids for each in self._found.values())

    def write(self, recorder: Recorder, left: Side, right: Side) -> None:
        """Record the extent of each operation with its latencies, and the changes of the contract."""
        for change in self._changes.changes:
            recorder.change(self.scope, change, seen=change in self._changes.seen)
        for operation, each in self.compared.items():
            timed = (self.scope.version, operation)
            recorder.compared(
                self.scope,
                operation,
                requests=each.requests,
                records=each.records,
                ways=dict(each.ways),
                left=latency(left, timed),
                right=latency(right, timed),
            )

    def _whole_list(self, operation: OperationPair) -> None:
        name = self._lists[operation.id].name
        extent = self.compared.setdefault(operation.id, Compared())
        for query in self._required_queries(operation):
            before = self.confirmation.pairs.count
            whole = WholeList(name, operation.read(query), self.confirmation)
            if self.confirmation.forms is None:
                whole.read()
            else:
                whole.read_own()
            self._found.setdefault(operation.left.path, whole)
            extent.requests += self.confirmation.pairs.count - before
            extent.records += whole.matched
            extent.ways.update(whole.ways)
        self.confirmation.ledger.compared[self.scope, operation.id] = extent.records
        if not self._cohorts and operation.id.endswith("_participants"):
            self._cohorts = cohorts_of(self._found[operation.left.path].left.sample)

    def _required_queries(self, operation: OperationPair) -> Sequence[Query]:
        """Return the queries that an operation needs: one for each cohort, or an empty one."""
        if not operation.required:
            return [()]
        return [[(f"filter[{name}]", each) for name in operation.required] for each in self._known_cohorts[:COHORTS]]

    @property
    def _known_cohorts(self) -> Sequence[str]:
        return self._cohorts or [str(each) for each in sorted(Calendar.load(self._contract.edition).cohorts)[-COHORTS:]]

    def _records(self, operation: OperationPair) -> Iterator[ReadPair]:
        """Yield a read of each record of the list that a path with an id is about."""
        whole = self._found.get(operation.list_path)
        if not operation.is_of_one_record or whole is None:
            return
        query = self._required_queries(operation)[0]
        for left, right in islice(whole.ids.items(), self._effort.records):
            yield operation.read(query, ids=(left, right))

    def _plain(self, operation: OperationPair) -> Iterator[ReadPair]:
        """Yield the plainest read of an operation, with the token and with wrong ones."""
        whole = self._found.get(operation.list_path)
        ids = next(iter(whole.ids.items()), None) if whole else None
        if operation.is_of_one_record and ids is None:
            return
        read = operation.read(self._required_queries(operation)[0], ids=ids or ("", ""))
        yield read
        yield from wrong_senders(read)

    def _values(self, operation: OperationPair) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the values of the placeholders of cases on both sides."""
        whole = self._found.get(operation.list_path)
        sample = [each for each in whole.left.sample if each.get("id") in whole.ids] if whole else []
        participants = self._participants()
        participant = next(iter(participants.ids), None) if participants else None
        cohort = next(iter(self._known_cohorts), None)
        values = case_values(sample, cohort, participant, self._foreign(operation))
        if self.confirmation.forms is None or participants is None:
            return values, on_the_right(values, self.confirmation.identities)
        own = [each for each in whole.right.sample if each.get("id") in whole.ids.values()] if whole else []
        return values, case_values(own, cohort, participants.ids.get(participant or ""), values.get("other"))

    def _participants(self) -> WholeList | None:
        found = self._operations.get(f"list_{self.scope.programme}_participants")
        return self._found.get(found.left.path) if found else None

    def _foreign(self, operation: OperationPair) -> str | None:
        """Return the id of a record of the second provider, if both target files have its token."""
        pairs = self.confirmation.pairs
        whole = self._found.get(operation.list_path)
        listed = next((each for each in self._operations.values() if each.left.path == operation.list_path), None)
        if not operation.is_of_one_record or whole is None or listed is None:
            return None
        if min(len(each.target.tokens) for each in (pairs.left, pairs.right)) < 2:
            return None
        query = (*self._required_queries(listed)[0], ("page[page]", "1"), ("page[per_page]", "100"))
        reply = pairs.send_again(listed.read(query, position=1)).left
        ids = [each.get("id") for each in Body.of(reply).records or [] if isinstance(each, dict)]
        return next((each for each in ids if isinstance(each, str) and each not in whole.ids), None)

    def _send(self, operation: OperationPair, reads: Iterator[ReadPair]) -> None:
        """Send reads to both servers, and add the differences."""
        listed = self._lists.get(operation.id)
        keys = KEYS.get(listed.name, ()) if listed else ()
        extent = self.compared.setdefault(operation.id, Compared())
        for pair in self.confirmation.pairs.send_all(reads):
            extent.requests += 1
            if differences := self.confirmation.compare(pair, keys):
                self.confirmation.add(pair, differences, keys)

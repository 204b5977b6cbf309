"""Send the requests of a journey to both servers, compare the responses, and return that of the left one.

After a write that one server accepts and the other refuses, their records are no longer the same: the journey ends.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http import Credential, NoResponse, Response
from lead_provider_conformance.http.client import Query
from lead_provider_conformance.http.server_date import ServerDate
from lead_provider_conformance.http.transport import SAFE_METHODS
from lead_provider_conformance.model import NotApplicable
from lead_provider_conformance.parity.confirmation import CauseKey, Confirmation
from lead_provider_conformance.parity.differences import ORDER, Difference, after
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.operations import OperationPair
from lead_provider_conformance.parity.pairs import ReplyPair
from lead_provider_conformance.parity.responses import Body
from lead_provider_conformance.parity.side import Read, Reply
from lead_provider_conformance.parity.values import parse_instant

CLOCK_SKEW = timedelta(minutes=1)
"""By so much the clocks of the two servers may differ."""


class DivergedError(Exception):
    """One server accepted a write, and the other did not."""


class SharedDataError(Exception):
    """Both servers show the effect of a write that only one of them accepted."""


@dataclass
class PairedRequests:
    """Sends requests to both servers. `requests` counts them by operationId, and `writes` are those that may write.

    `operations` are those that both contracts have, by operationId.
    """

    contract: Contract
    operations: Mapping[str, OperationPair]
    confirmation: Confirmation
    server_date: ServerDate
    requests: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    _write: ReplyPair | None = None
    """The latest write. Differences in reads are after it."""
    _shown: tuple[str, ...] = ()
    """The ids of its exchanges, if they are recorded."""
    _earlier: set[tuple[str, CauseKey]] = field(default_factory=set)
    """Differences that reads after an earlier write of the journey have shown, by operationId."""
    _reads: list[ReplyPair] = field(default_factory=list)
    """The reads since the latest write."""

    def begin(self) -> None:
        """Begin with another record: no write comes before the next reads."""
        self._write, self._shown = None, ()
        self._earlier.clear()
        self._reads.clear()

    def send(
        self,
        method: str,
        path: str,
        *,
        credential: Credential,  # noqa: ARG002 - each server has its own
        query: Query = (),
        body: Any = None,
        deliberate: str | None = None,
    ) -> Response:
        """Send a request with corresponding ids to both servers, and return the left response. See `Client.send`.

        Raise DivergedError if the statuses of a write differ, and SharedDataError if its effect does not.
        """
        operation = self._operation(method, path)
        identities, headers = self.confirmation.identities, self.server_date.headers
        _learn_request((path, query, body), identities)
        other_path = operation.path_on_right("/".join(identities.right_of(part) for part in path.split("/")))
        other_query = [(name, identities.right_of(value)) for name, value in query]
        left = Read(path, query, method=method, body=_content(body), headers=headers)
        right = replace(
            left, path=other_path or path, query=other_query, body=_content(_on_the_right(body, identities))
        )
        read = operation.pair(left, right, deliberate=deliberate)
        if method in SAFE_METHODS:
            pair = self.confirmation.pairs.send(read)
            self._compare_read(pair)
        else:
            identities.written_since = identities.written_since or datetime.now(UTC) - CLOCK_SKEW
            pair = self.confirmation.pairs.send(read)
            self._compare_write(pair)
        self.requests[operation.id] += 1
        return self._response(pair.left, operation)

    def _operation(self, method: str, path: str) -> OperationPair:
        found = self.contract.find(method, path)
        if found is None or found.id not in self.operations:
            raise NotApplicable(f"The contract of one server has no operation {method} {path}.")
        return self.operations[found.id]

    def _compare_write(self, pair: ReplyPair) -> None:
        """Add the differences of a write. It cannot be sent again to confirm them."""
        self._write, self._shown = pair, ()
        self.writes += 1
        if pair.left.status != pair.right.status and self._have_same_effect():
            raise SharedDataError
        self._reads.clear()
        _learn_new_records(pair, self.confirmation.identities)
        self._add(pair, self.confirmation.compare(pair))
        if pair.left.status != pair.right.status:
            raise DivergedError

    def _have_same_effect(self) -> bool:
        """Return whether the records have changed, and both servers show them in the same way, with the same ids."""
        again = [self.confirmation.pairs.send_again(each.read) for each in self._reads]
        have_changed = any(new.left.body != old.left.body for new, old in zip(again, self._reads, strict=True))
        return have_changed and all(each.left.body == each.right.body for each in again)

    def _compare_read(self, pair: ReplyPair) -> None:
        """Add the differences of a read that are there again. Those known without a write are no new ones.

        Nor are those that an earlier write of the journey has led to.
        """
        read, ledger = pair.read, self.confirmation.ledger
        self._reads.append(pair)
        _learn_new_records(pair, self.confirmation.identities)
        found = self._differences(pair)
        known = [each for each in found if ledger.knows(read.scope, read.operation, each)]
        for each in known:
            ledger.count(read.scope, read.operation, each)
        new = [each for each in found if each not in known and (read.operation, each.cause) not in self._earlier]
        if new:
            again = {each.cause for each in self._differences(self.confirmation.pairs.send_again(read))}
            lasting = [each for each in new if each.cause in again]
            self._add(pair, lasting)
            self._earlier.update((read.operation, each.cause) for each in lasting)

    def _differences(self, pair: ReplyPair) -> list[Difference]:
        """Return the differences, without order: records that were made within a second have none."""
        return [each for each in self.confirmation.compare(pair) if each.requirement != ORDER]

    def _add(self, pair: ReplyPair, differences: Sequence[Difference]) -> None:
        """Add differences to the ledger, in a read with the write before it."""
        ledger, read, write = self.confirmation.ledger, pair.read, self._write
        is_after = write is not None and write is not pair
        places = [
            replace(each, place=after(each.place, write.read.operation)) if write and is_after else each
            for each in differences
        ]
        new = [each for each in places if not ledger.knows(read.scope, read.operation, each)]
        if new:
            exchanges = self.confirmation.recorder.pair(pair, differences)
            if write is not None and is_after:
                self._shown = self._shown or self.confirmation.recorder.pair(write, ())
                exchanges += self._shown
            else:
                self._shown = exchanges
            for each in new:
                ledger.open(read.scope, read.operation, each, exchanges)
        for each in places:
            ledger.count(read.scope, read.operation, each)

    def _response(self, reply: Reply, operation: OperationPair) -> Response:
        """Return a reply of the left server. Raise NoResponse if there is none."""
        read = reply.read
        if reply.status is None:
            raise NoResponse(f"{read.method} {read.path} got no response: {reply.error}")
        shape = self.contract.shape(operation.left, reply.status)
        now = self.server_date.now
        return Response(
            "", read.method, read.path, reply.status, reply.headers, reply.body, shape, operation.id, False, now
        )


def _content(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _on_the_right(value: Any, identities: Identities) -> Any:
    """Return a body with the ids that the same records have on the right."""
    if isinstance(value, dict):
        return {name: _on_the_right(each, identities) for name, each in value.items()}
    return identities.right_of(value) if isinstance(value, str) else value


def _learn_request(value: Any, identities: Identities) -> None:
    """Learn the ids in a request. From then on no other id on the right counts as the same."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            _learn_request(each, identities)
    elif isinstance(value, str):
        for part in value.split("/"):
            if UUID.fullmatch(part):
                identities.learn(part, identities.right_of(part))


def _learn_new_records(pair: ReplyPair, identities: Identities) -> None:
    """Learn the ids of records that writes have made. Each server has its own, and the rest is the same.

    Records with different content are the same if each server shows one new record.
    """
    if pair.left.status != pair.right.status or identities.written_since is None:
        return
    left, right = _records(pair.left), _records(pair.right)
    ours = {name: each for name, each in left.items() if name not in right and not identities.knows(name, "")}
    theirs = {name: each for name, each in right.items() if name not in left and not identities.knows("", name)}
    by_content = defaultdict(list)
    for name, each in theirs.items():
        by_content[_without_own_values(each, identities)].append(name)
    for name, each in ours.items():
        same = by_content[_without_own_values(each, identities)]
        if not same and len(ours) == len(theirs) == 1:
            same = [*theirs]
        if same:
            identities.learn(name, same.pop(0))


def _records(reply: Reply) -> dict[str, Any]:
    """Return the records of a body by id, if they have one that requests can name."""
    content = Body.of(reply).content
    data = content.get("data") if isinstance(content, dict) else None
    records = data if isinstance(data, list) else [data]
    ids = {each.get("id"): each for each in records if isinstance(each, dict)}
    return {name: each for name, each in ids.items() if isinstance(name, str) and UUID.fullmatch(name)}


def _without_own_values(record: Any, identities: Identities) -> str:
    """Return the content of a record without the ids and times that each server makes by itself."""

    def shared(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shared(each) for name, each in value.items()}
        if isinstance(value, list):
            return [shared(each) for each in value]
        time = parse_instant(value) if isinstance(value, str) else None
        is_own = (isinstance(value, str) and UUID.fullmatch(value)) or (time and identities.are_stamps(time, time))
        return None if is_own else value

    return json.dumps(shared(record), sort_keys=True)

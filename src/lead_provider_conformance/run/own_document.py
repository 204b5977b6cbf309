"""Compare the responses of a run with the documents that the target publishes of itself: `document` in a target file.

Each process records the differences and the documented members that it has seen. The end of the run joins them, because
only all responses together show that a documented member is never sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.openapi_file import OwnDocumentError, parse_document
from lead_provider_conformance.contract.own_document import Difference, Drift, OwnDocument
from lead_provider_conformance.http import NoResponse, Redactor, Response, Transport
from lead_provider_conformance.http.client import token_headers
from lead_provider_conformance.model import Cause, Outcome, Scope
from lead_provider_conformance.resources import write_atomically
from lead_provider_conformance.results.journal import Finding, encode_line

AREA = "own-document"
TEST = "every exchange"
"""The findings belong to no single test."""
ONLY_COMPLETE = (
    "Only all responses of a run show that a part of the `document` is never sent.",
    "Run again to the end, without --shard.",
)


def read_documents(target: Target) -> dict[str, Any]:
    """Return the parsed documents of a target by name. Raise OwnDocumentError for the first that cannot be used."""
    documents = {str(each): parse_document(str(each), _content(target, each)) for each in target.documents}
    OwnDocument(documents)
    return documents


def _content(target: Target, document: Path | str) -> bytes:
    if isinstance(document, Path):
        try:
            return document.read_bytes()
        except OSError as error:
            reason = error.strerror
            raise OwnDocumentError(f"`document` {document} cannot be read ({reason}); correct the path.") from None
    headers = token_headers(target.tokens[0]) | {"Accept": "*/*"}
    try:
        response = Transport(target).send("GET", document, headers, None)
    except NoResponse as error:
        reason = Redactor.of(target).text(str(error))
        raise OwnDocumentError(f"`document` {document} has no response ({reason}); check that path.") from None
    if response.status != 200:
        raise OwnDocumentError(f"`document` {document} has status {response.status}, not 200; check that path.")
    return response.body


@dataclass(frozen=True, slots=True)
class _Observed:
    """The responses of one operation: the programmes that requested it, and the documented members sent by status.

    `exchange` is the first one. `differences` holds the first exchange of each.
    """

    exchange: str
    programmes: set[str] = field(default_factory=set)
    members: dict[int, set[str]] = field(default_factory=dict)
    differences: dict[Difference, str] = field(default_factory=dict)

    def join(self, other: _Observed) -> None:
        self.programmes.update(other.programmes)
        for status, places in other.members.items():
            self.members.setdefault(status, set()).update(places)
        self.differences.update({each: id_ for each, id_ in other.differences.items() if each not in self.differences})

    def to_mapping(self) -> dict[str, Any]:
        return {
            "exchange": self.exchange,
            "programmes": sorted(self.programmes),
            "members": [[status, sorted(places)] for status, places in self.members.items()],
            "differences": [[asdict(each), exchange] for each, exchange in self.differences.items()],
        }

    @classmethod
    def from_mapping(cls, entry: Mapping[str, Any]) -> _Observed:
        differences = {
            Difference(**{**each, "drift": Drift(each["drift"])}): exchange for each, exchange in entry["differences"]
        }
        members = {status: set(places) for status, places in entry["members"]}
        return cls(entry["exchange"], set(entry["programmes"]), members, differences)


class Observations:
    """The responses of a process, or of all processes of a run, compared with the target's own documents."""

    def __init__(self, document: OwnDocument) -> None:
        self._document = document
        self._observed: dict[tuple[str, str], _Observed] = {}

    def add(self, scope: Scope, operation: Operation, response: Response) -> None:
        """Compare a response to a request in `scope`."""
        if operation.method == "HEAD" or not self._document.describes(scope.version):
            return
        observed = self._observed.setdefault((scope.version, operation.id), _Observed(response.exchange))
        observed.programmes.add(scope.programme)
        content_type = response.headers.get("content-type")
        for each in self._document.differences(operation, response.status, content_type, response.body):
            observed.differences.setdefault(each, response.exchange)
        members = self._document.sent_members(operation, response.status, response.body)
        observed.members.setdefault(response.status, set()).update(members)

    def save(self, file: Path) -> None:
        """Write the observations of this process for `join`."""
        write_atomically(file, encode_line([[*key, each.to_mapping()] for key, each in self._observed.items()]))

    def join(self, file: Path) -> None:
        """Add the observations that another process has saved."""
        for version, operation, entry in json.loads(file.read_bytes()):
            observed = _Observed.from_mapping(entry)
            self._observed.setdefault((version, operation), _Observed(observed.exchange)).join(observed)

    def findings(self, contracts: Mapping[Scope, Contract], *, complete: bool) -> Iterator[Finding]:
        """Yield the findings of the area in each scope. Only a `complete` run shows that a member is never sent."""
        if complete:
            self._add_never_sent(contracts)
        for scope in contracts:
            own = {
                operation: observed
                for (version, operation), observed in self._observed.items()
                if version == scope.version and scope.programme in observed.programmes
            }
            for drift in Drift:
                if not self._document.describes(scope.version):
                    reason = f"The target's `document` has no path of {scope.version}."
                    yield Finding(drift, scope, Outcome.NOT_APPLICABLE, TEST, reason)
                elif drift is Drift.NEVER_SENT and not complete:
                    yield Finding(drift, scope, Outcome.COULD_NOT_RUN, TEST, *ONLY_COMPLETE)
                elif own:
                    yield from _decide(drift, scope, own)

    def _add_never_sent(self, contracts: Mapping[Scope, Contract]) -> None:
        for (version, operation_id), observed in self._observed.items():
            contract = next(
                each for scope, each in contracts.items() if scope.version == version and each.has(operation_id)
            )
            operation = contract.operation(operation_id)
            for each in self._document.never_sent(operation, observed.members):
                observed.differences[each] = observed.exchange


def _decide(drift: Drift, scope: Scope, own: Mapping[str, _Observed]) -> Iterator[Finding]:
    failures = [
        Finding(
            drift,
            scope,
            Outcome.FAILED,
            TEST,
            reason=f"{operation}, {each.where}: {each.sentence}",
            exchanges=(exchange,),
            cause=Cause(operation, each.place, each.kind),
        )
        for operation, observed in own.items()
        for each, exchange in observed.differences.items()
        if each.drift is drift
    ]
    yield from failures or [Finding(drift, scope, Outcome.PASSED, TEST)]

"""Two invented servers in memory, for tests of comparisons."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.differences import Difference, SideName
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.ledger import Ledger
from lead_provider_conformance.parity.pairs import Pairs, ReadPair, ReplyPair
from lead_provider_conformance.parity.recorder import Comparison, Recorder
from lead_provider_conformance.parity.responses import compare_replies
from lead_provider_conformance.parity.side import Read, Reply, Side

SCOPE = Scope("v3", "ecf")
OPERATION = "list_ecf_participants"
PATH = "/api/v3/participants/ecf"
JSON_TYPE = {"content-type": "application/json"}

Respond = Callable[[Read], tuple[int | None, Mapping[str, str], bytes]]


def record(number: int, **attributes: Any) -> dict[str, Any]:
    """Return a record with an id made from a number."""
    return {"id": str(uuid.UUID(int=number)), "type": "participant", "attributes": attributes}


def body(*records: Any) -> bytes:
    """Return the body of a list."""
    return json.dumps({"data": records}).encode()


def reply(
    side: SideName, content: bytes | str, status: int | None = 200, read: Read | None = None, **headers: str
) -> Reply:
    """Return a reply of a side."""
    raw = content.encode() if isinstance(content, str) else content
    sent = {**JSON_TYPE, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Reply(Read(PATH), side, status, sent, raw, 0.01, datetime(2026, 11, 22, tzinfo=UTC))


def differences(left: bytes | str, right: bytes | str, *, label: str = "", status: int = 200) -> list[Difference]:
    """Return the differences between two bodies."""
    read = ReadPair(SCOPE, OPERATION, Read(PATH), Read(PATH), label)
    pair = ReplyPair(read, reply(SideName.LEFT, left, status), reply(SideName.RIGHT, right, status))
    return list(compare_replies(pair, Identities()))


def causes(found: Sequence[Difference]) -> list[tuple[str, str, str]]:
    """Return requirement without `parity/`, place and kind of each difference."""
    return [(each.requirement.removeprefix("parity/"), each.place, each.kind) for each in found]


@dataclass
class InventedSide:
    """A server that responds with a function. It records the reads that it gets."""

    name: SideName
    respond: Respond
    reads: list[Read] = field(default_factory=list)

    def send(self, read: Read, operation: object = None) -> Reply:
        """Return the response of the function."""
        self.reads.append(read)
        status, headers, content = self.respond(read)
        return Reply(read, self.name, status, headers, content, 0.01, datetime(2026, 11, 22, tzinfo=UTC))


def pages_of(records: Sequence[Any]) -> Respond:
    """Return a server with a list in pages."""

    def respond(read: Read) -> tuple[int, Mapping[str, str], bytes]:
        query = dict(read.query)
        number, size = int(query.get("page[page]", 1)), int(query.get("page[per_page]", 100))
        return 200, JSON_TYPE, body(*records[(number - 1) * size : number * size])

    return respond


@dataclass
class Servers:
    """Two invented servers, and the ledger of the differences between them."""

    folder: Path
    left: InventedSide
    right: InventedSide
    ledger: Ledger = field(default_factory=Ledger)
    identities: Identities = field(default_factory=Identities)
    requirements: Sequence[Requirement] = ()
    exclusions: Sequence[Waiver] = ()

    @classmethod
    def of(cls, folder: Path, left: Respond, right: Respond, **plan: Any) -> Servers:
        """Return two servers that respond with these functions."""
        return cls(folder, InventedSide(SideName.LEFT, left), InventedSide(SideName.RIGHT, right), **plan)

    @property
    def recorder(self) -> Recorder:
        """A recorder of the folder."""
        target = Target("invented", "http://127.0.0.1:1", tokens=("a-token-of-the-tests",))
        comparison = Comparison(
            left=target,
            right=target,
            editions=("2025-04", "2025-04"),
            scopes=(SCOPE,),
            requirements=self.requirements,
            exclusions=self.exclusions,
            file=None,
            seed=1,
            data="same",
            slower_than=None,
        )
        recorder = Recorder(self.folder, comparison)
        recorder.open()
        return recorder

    def compare(self, run: Callable[[Confirmation], None]) -> list[str]:
        """Run a comparison, and return the sentences about the differences."""
        with Pairs(cast(Side, self.left), cast(Side, self.right)) as pairs:
            run(Confirmation(pairs, self.ledger, self.recorder, self.identities))
        return [str(each.reason) for each in self.ledger.findings()]


def read_pair(*query: tuple[str, str], label: str = "") -> ReadPair:
    """Return the same read of the list for both servers."""
    return ReadPair(SCOPE, OPERATION, Read(PATH, query), Read(PATH, query), label)

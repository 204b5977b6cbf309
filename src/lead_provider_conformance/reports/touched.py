"""What a run did to the target's data: the records that its tests held, and those that it changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

READS = {"GET", "HEAD", "OPTIONS"}
RECORD = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# /api/v3/participants/ecf/{id}/withdraw, /api/v3/participant-declarations
PATH = re.compile(rf"/api/v\d+/(?P<kind>[a-z-]+)(?:/(?:ecf|npq))?(?:/(?P<record>{RECORD}))?", re.IGNORECASE)
FIRST_ID = re.compile(rf'"id"\s*:\s*"({RECORD})"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record that the server let the run make or change; `kind` is as in paths: `participant-declarations`."""

    kind: str
    record: str
    operations: tuple[str, ...]
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """How many records in a state a supplier gave to tests."""

    state: str
    supplier: str
    records: int


def changed_records(exchanges: Iterable[Mapping[str, Any]]) -> tuple[ChangedRecord, ...]:
    """The records of all successful writes, in the order of the first; what was done to one is told together.

    A write is about the record that its path names, or else the one in its answer.
    """
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for exchange in exchanges:
        response = exchange["response"]
        path = PATH.search(exchange["request"]["url"])
        if exchange["request"]["method"] in READS or not path or not response or not 200 <= response["status"] < 300:
            continue
        answered = FIRST_ID.search(response["body"])
        record = path["record"] or (answered[1] if answered else "")
        if record:
            found.setdefault((path["kind"], record), []).append(exchange)
    return tuple(
        ChangedRecord(
            kind,
            record,
            tuple(dict.fromkeys(each["operation"] or each["request"]["method"] for each in several)),
            tuple(each["id"] for each in several),
        )
        for (kind, record), several in found.items()
    )


def held(claims: Iterable[Mapping[str, Any]]) -> tuple[Held, ...]:
    """How many records of each state each supplier gave, by state."""
    counted = Counter((claim["state"], claim["supplier"]) for claim in claims)
    return tuple(Held(state, supplier, count) for (state, supplier), count in sorted(counted.items()))

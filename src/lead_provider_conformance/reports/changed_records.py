"""The records that a run changed on the target."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract.values import UUID_PATTERN

READS = {"GET", "HEAD", "OPTIONS"}
# /api/v3/participants/ecf/{id}/withdraw, /api/v3/participant-declarations
PATH = re.compile(rf"/api/v\d+/(?P<kind>[a-z-]+)(?:/(?:ecf|npq))?(?:/(?P<record>{UUID_PATTERN}))?", re.IGNORECASE)
FIRST_ID = re.compile(rf'"id"\s*:\s*"({UUID_PATTERN})"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record that the run created or changed; `kind` is the path segment, such as `participant-declarations`."""

    kind: str
    record: str
    operations: tuple[str, ...]
    exchanges: tuple[str, ...]


def changed_records(exchanges: Iterable[Mapping[str, Any]]) -> tuple[ChangedRecord, ...]:
    """Return the records of all successful writes, in the order of their first write.

    The record is the one named in the path, or the first id in the response.
    """
    writes: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for exchange in exchanges:
        response = exchange["response"]
        path = PATH.search(exchange["request"]["url"])
        if exchange["request"]["method"] in READS or not path or not response or not 200 <= response["status"] < 300:
            continue
        returned = FIRST_ID.search(response["body"])
        record = path["record"] or (returned[1] if returned else "")
        if record:
            writes[path["kind"], record].append(exchange)
    return tuple(
        ChangedRecord(
            kind,
            record,
            tuple(dict.fromkeys(each["operation"] or each["request"]["method"] for each in several)),
            tuple(each["id"] for each in several),
        )
        for (kind, record), several in writes.items()
    )

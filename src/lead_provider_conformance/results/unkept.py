"""Failures that follow from a write that the server accepted and did not keep.

A test that rejects an application and still reads it as pending goes on: the next rejection is accepted, and so is the
acceptance that has to be refused. A reader corrects the first failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract.values import UUID_PATTERN
from lead_provider_conformance.model import Cause
from lead_provider_conformance.results.causes import Exchanges
from lead_provider_conformance.results.defects import ACCEPTS, FIRST_ERROR, VALUE
from lead_provider_conformance.results.journal import Finding, decisive_exchange

STATES = frozenset({"status", "state", "training_status", "schedule_identifier", "cohort"})
"""The fields that a write changes, and that decide about the next one."""
UNCHANGED = re.compile(r"^updated_at is \S+ after the change; it was \S+ before")
RECORD = re.compile(rf"/({UUID_PATTERN})(?=[/?]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnkeptWrite:
    """A read, in `exchange`, that shows a record without an accepted change of its state."""

    record: str
    exchange: str
    defect: Cause


def consequences(defects: Mapping[Finding, Cause], exchanges: Exchanges) -> Mapping[Finding, Cause]:
    """Return the findings that follow from a write that was not kept, each with the defect that shows this."""
    unkept = dict[str, UnkeptWrite]()
    for finding, defect in defects.items():
        if found := _unkept_write(finding, defect, exchanges):
            unkept.setdefault(finding.test, found)
    return dict(_following(defects, unkept, exchanges))


def _unkept_write(finding: Finding, defect: Cause, exchanges: Exchanges) -> UnkeptWrite | None:
    shown = decisive_exchange(finding, exchanges)
    if shown is None or defect.kind != VALUE or defect.place not in STATES or shown["request"]["method"] != "GET":
        return None
    record = _record_of(shown)
    earlier = (exchanges[each] for each in finding.exchanges if each in exchanges)
    if record is None or not any(_is_accepted_write(each) and _record_of(each) == record for each in earlier):
        return None
    return UnkeptWrite(record, shown["id"], defect)


def _is_accepted_write(exchange: Mapping[str, Any]) -> bool:
    response = exchange["response"]
    return exchange["request"]["method"] != "GET" and response is not None and response["status"] < FIRST_ERROR


def _record_of(exchange: Mapping[str, Any]) -> str | None:
    """Return the id of the record in the path of a request."""
    match = RECORD.search(exchange["request"]["url"].partition("?")[0])
    return match[1] if match else None


def _following(
    defects: Mapping[Finding, Cause], unkept: Mapping[str, UnkeptWrite], exchanges: Exchanges
) -> Iterator[tuple[Finding, Cause]]:
    for finding, defect in defects.items():
        write, shown = unkept.get(finding.test), decisive_exchange(finding, exchanges)
        if write is None or shown is None or shown["id"] < write.exchange:
            continue
        is_same = _record_of(shown) == write.record
        is_read = defect.kind == VALUE and not _is_written_again(finding, write, exchanges)
        if (is_same and (defect.kind == ACCEPTS or is_read)) or UNCHANGED.match(finding.reason or ""):
            yield finding, write.defect


def _is_written_again(finding: Finding, write: UnkeptWrite, exchanges: Exchanges) -> bool:
    """Return whether another write comes between the read that shows an unkept write and a finding."""
    later = (exchanges[each] for each in finding.exchanges if each in exchanges and each > write.exchange)
    return any(each["request"]["method"] != "GET" for each in later)

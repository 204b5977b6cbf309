"""The records that the responses have shown to the client, by time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.resources import place

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Showing:
    """A record as one response showed it: its `attributes`, from the time `end` on."""

    end: float
    exchange: Exchange
    attributes: Record


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a successful response: the number of its records, and the latest `updated_at` of them.

    `updated` is in UTC, empty if there is none; instants in the future do not count.
    """

    records: int
    updated: str


@dataclass(slots=True)
class Shown:
    """Every version of every record that responses showed, by kind and id, in the order of the responses' ends.

    A response counts as shown from the end of its last byte. Ids are in lower case.
    """

    versions: dict[str, dict[str, list[Showing]]] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    """The content of each successful response, by the exchange's id. Responses are parsed once: there are thousands."""

    def add(self, exchange: Exchange) -> None:
        """Add the records of a successful response. Add in the order of the responses' ends."""
        records = exchange.records
        if exchange.succeeded:
            self.pages[exchange.id] = _page(exchange, records)
        if not records:
            return
        kind = place(exchange)[0] or exchange.path
        of_kind = self.versions.setdefault(kind, {})
        for each in records:
            attributes = each.get("attributes")
            if not isinstance(each.get("id"), str) or not isinstance(attributes, dict):
                continue
            versions = of_kind.setdefault(each["id"].lower(), [])
            if versions and versions[-1].attributes == attributes:
                attributes = versions[-1].attributes  # most polls show the same again; keep it once
            versions.append(Showing(exchange.end, exchange, attributes))

    def last(self, kind: str, record_id: str, before: float) -> Showing | None:
        """Return the latest version of a record that ended before a time on the machine's clock."""
        versions = self.versions.get(kind, {}).get(record_id.lower(), [])
        index = bisect_left(versions, before, key=lambda each: each.end)
        return versions[index - 1] if index else None

    def attributes(self, kind: str, record_id: str, before: float) -> Record | None:
        """Return the attributes of the latest version before a time, or None if the record was not shown."""
        showing = self.last(kind, record_id, before)
        return showing.attributes if showing else None

    def history(self, kind: str, record_id: str) -> tuple[Showing, ...]:
        """Return every version of a record."""
        return tuple(self.versions.get(kind, {}).get(record_id.lower(), ()))

    def first(self, kind: str, record_id: str) -> Showing | None:
        """Return the first version of a record."""
        return next(iter(self.history(kind, record_id)), None)

    def all_before(self, kind: str, before: float) -> Iterator[tuple[str, Record]]:
        """Yield the id and the latest attributes of each record of a kind that was shown before a time."""
        for record_id in self.versions.get(kind, {}):
            showing = self.last(kind, record_id, before)
            if showing is not None:
                yield record_id, showing.attributes


def shown_by(exchanges: Iterable[Exchange]) -> Shown:
    """Return the records that the exchanges have shown."""
    shown = Shown()
    for each in sorted(exchanges, key=lambda exchange: exchange.end):
        shown.add(each)
    return shown


def _page(exchange: Exchange, records: Sequence[Record]) -> Page:
    now = datetime.fromtimestamp(exchange.end + exchange.offset, UTC).isoformat(timespec="seconds")[:19]
    texts = (_updated_at(each) for each in records)
    return Page(len(records), max((text for text in texts if text[:19] <= now), default=""))


def _updated_at(record: Record) -> str:
    """Return the `updated_at` of a record if it is in UTC, so that texts can be compared; otherwise an empty text."""
    attributes = record.get("attributes")
    text = attributes.get("updated_at") if isinstance(attributes, dict) else None
    return text if isinstance(text, str) and text.endswith("Z") else ""

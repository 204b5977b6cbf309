"""Compare the two responses to a read: status, headers, and body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.model import FIRST_ERROR
from lead_provider_conformance.parity.differences import (
    ABSENT,
    ERRORS,
    FIELDS,
    HEADERS,
    ORDER,
    RECORDS,
    STATUSES,
    Difference,
    SideName,
    missing,
    only,
    statuses_kind,
)
from lead_provider_conformance.parity.files import compare_files
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.pairs import ReplyPair
from lead_provider_conformance.parity.records import identity, match
from lead_provider_conformance.parity.side import Reply
from lead_provider_conformance.parity.values import Position, ValueComparison

COMPARED_HEADERS = frozenset(
    {"allow", "cache-control", "content-disposition", "content-language", "deprecation", "link", "location", "sunset"}
    | {"content-type", "www-authenticate"}
)
"""Headers whose values a client may depend on. Of other headers, only the presence is compared."""
IGNORED_HEADERS = frozenset(
    {"age", "alt-svc", "cf-cache-status", "cf-ray", "connection", "content-length", "date", "etag", "expires"}
    | {"keep-alive", "last-modified", "nel", "referrer-policy", "report-to", "server", "server-timing", "set-cookie"}
    | {"strict-transport-security", "transfer-encoding", "vary", "via", "x-azure-ref", "x-cache", "x-powered-by"}
    | {"x-request-id", "x-runtime", "x-served-by", "x-correlation-id", "retry-after"}
)
"""Headers of the infrastructure, which differ between two installations of the same service."""
DEFAULT_CHARSET = "charset=utf-8"
_LEFT, _RIGHT = SideName.LEFT, SideName.RIGHT


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body. `is_json` is False if it cannot be parsed."""

    content: Any
    is_json: bool = True

    @classmethod
    def of(cls, reply: Reply) -> Body:
        """Parse the body of a reply."""
        try:
            return cls(parse_json(reply.body))
        except (NotJsonError, RecursionError):
            return cls(None, is_json=False)

    @property
    def records(self) -> list[Any] | None:
        """The records of a list; None for any other body."""
        data = self.content.get("data") if isinstance(self.content, dict) else None
        return data if isinstance(data, list) else None


def compare_replies(
    pair: ReplyPair, identities: Identities, keys: Sequence[tuple[str, ...]] = ()
) -> Iterator[Difference]:
    """Yield the differences between two replies. Without a response on either side there are none."""
    left, right = pair.left, pair.right
    place = pair.read.label
    if left.status != right.status:
        yield Difference(STATUSES, place, statuses_kind(left.status, right.status), left.status, right.status)
        return
    if left.status is None:
        return
    yield from _headers(left.headers, right.headers)
    if left.body == right.body:
        return
    try:
        yield from list(_bodies(pair, identities, keys))
    except RecursionError:
        yield Difference(FIELDS, "body", "another body", pointers={_LEFT: "", _RIGHT: ""})


def _headers(left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted({*left, *right} - IGNORED_HEADERS):
        place, one, other = f"headers.{name}", left.get(name), right.get(name)
        if one is None or other is None:
            side = _LEFT if one is None else _RIGHT
            yield Difference(HEADERS, place, missing(side), left.get(name, ABSENT), right.get(name, ABSENT))
        elif name in COMPARED_HEADERS and _plain(one) != _plain(other):
            yield Difference(HEADERS, place, "another value", one, other)


def _plain(value: str) -> str:
    """Return a header value without differences that have no meaning: case, spaces and the default character set."""
    parts = (part.strip().lower() for part in value.split(";"))
    return ";".join(part for part in parts if part not in ("", DEFAULT_CHARSET))


def _bodies(pair: ReplyPair, identities: Identities, keys: Sequence[tuple[str, ...]]) -> Iterator[Difference]:
    left, right = Body.of(pair.left), Body.of(pair.right)
    if (pair.left.status or 0) >= FIRST_ERROR:
        yield from _errors(left, right, identities)
    elif "csv" in pair.left.media_type and "csv" in pair.right.media_type:
        yield from compare_files(pair.left.body, pair.right.body, identities)
    elif not (left.is_json and right.is_json):
        if left.is_json or right.is_json:
            side = _RIGHT if left.is_json else _LEFT
            yield Difference(FIELDS, "body", f"not JSON on the {side}")
        else:
            yield Difference(FIELDS, "body", "another body")
    elif left.records is not None and right.records is not None:
        yield from _lists(pair, left, right, identities, keys)
    else:
        record = _record_of(left) or _record_of(right)
        yield from ValueComparison(identities, record=record).compare(left.content, right.content, Position())


def _errors(left: Body, right: Body, identities: Identities) -> Iterator[Difference]:
    if left.is_json and right.is_json:
        comparison = ValueComparison(identities, fields=ERRORS, values=ERRORS)
        yield from comparison.compare(left.content, right.content, Position())
    else:
        yield Difference(ERRORS, "body", "another body")


def _record_of(body: Body) -> str:
    return identity(body.content.get("data")) if isinstance(body.content, dict) else ""


def _lists(
    pair: ReplyPair, left: Body, right: Body, identities: Identities, keys: Sequence[tuple[str, ...]]
) -> Iterator[Difference]:
    ours, theirs = left.records or [], right.records or []
    links, other_links = (_without_data(each) for each in (left, right))
    yield from ValueComparison(identities).compare(links, other_links, Position())
    matching = match(ours, theirs, identities, keys)
    place = pair.read.label or "data[]"
    for side, records, positions in ((_LEFT, ours, matching.left), (_RIGHT, theirs, matching.right)):
        for position in positions:
            yield only_on(side, place, records[position], position)
    if any(other < one for (_, one), (_, other) in pairwise(matching.pairs)):
        yield Difference(ORDER, place, "another order")
    for one, other in matching.pairs:
        yield from compare_records(ours[one], theirs[other], one, other, identities)


def _without_data(body: Body) -> Mapping[str, Any]:
    return {name: value for name, value in body.content.items() if name != "data"}


def only_on(side: SideName, place: str, record: Any, position: int) -> Difference:
    """Return the difference of a record that only one side has."""
    values = {_LEFT: record, _RIGHT: ABSENT} if side is _LEFT else {_LEFT: ABSENT, _RIGHT: record}
    return Difference(
        RECORDS, place, only(side), values[_LEFT], values[_RIGHT], {side: f"/data/{position}"}, identity(record)
    )


def compare_records(left: Any, right: Any, one: int, other: int, identities: Identities) -> Iterator[Difference]:
    """Yield the differences between the same record in two lists, at these positions."""
    at = Position("data").item(one, other)
    at = Position(at.place, f"/data/{one}", f"/data/{other}", at.depth)
    yield from ValueComparison(identities, record=identity(left)).compare(left, right, at)

"""Compare two CSV files: columns, rows and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from lead_provider_conformance.contract.csv_body import NotCsvError, parse_csv
from lead_provider_conformance.parity.differences import ABSENT, FILES, Difference, SideName, missing, only
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.records import match
from lead_provider_conformance.parity.values import Position, ValueComparison

PLACE = "csv"


def compare_files(left: bytes, right: bytes, identities: Identities) -> Iterator[Difference]:
    """Yield the differences between two files. Rows are matched by their ids, or else by position."""
    try:
        (ours, first), (theirs, other) = (_table(each) for each in (left, right))
    except NotCsvError:
        yield Difference(FILES, PLACE, "another body")
        return
    for name in dict.fromkeys((*ours, *theirs)):
        if name not in theirs or name not in ours:
            side = SideName.RIGHT if name not in theirs else SideName.LEFT
            values = (name, ABSENT) if side is SideName.RIGHT else (ABSENT, name)
            yield Difference(FILES, f"{PLACE}.{name}", missing(side), *values)
    common = [name for name in ours if name in theirs]
    if common != [name for name in theirs if name in ours]:
        yield Difference(FILES, PLACE, "columns in another order")
    yield from _rows(first, other, common, identities)


def _table(content: bytes) -> tuple[list[str], list[Mapping[str, str]]]:
    header, *lines = parse_csv(content) or [[]]
    return header, [dict(zip(header, line, strict=False)) for line in lines]


def _rows(
    left: list[Mapping[str, str]], right: list[Mapping[str, str]], columns: list[str], identities: Identities
) -> Iterator[Difference]:
    ours, theirs = ([{"id": row.get("id"), "attributes": row} for row in rows] for rows in (left, right))
    matching = match(ours, theirs, identities)
    for side, rows, positions in ((SideName.LEFT, left, matching.left), (SideName.RIGHT, right, matching.right)):
        for position in positions:
            row = rows[position]
            yield Difference(FILES, f"{PLACE} rows", only(side), record=row.get("id", ""))
    if any(other < one for (_, one), (_, other) in pairwise(matching.pairs)):
        yield Difference(FILES, f"{PLACE} rows", "another order")
    for one, other in matching.pairs:
        comparison = ValueComparison(identities, fields=FILES, values=FILES, record=left[one].get("id", ""))
        values, other_values = ({name: each.get(name) for name in columns} for each in (left[one], right[other]))
        yield from comparison.compare(values, other_values, Position(PLACE))

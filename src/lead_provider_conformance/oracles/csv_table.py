"""The columns and rows of a CSV response, and the row that a record should have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.api.records import identity
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.http import IncompleteResponse, Response

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The columns of a CSV file, and its rows by the identity of their records. An empty file has neither.

    `duplicates` are the identities of more than one row; `rows` holds the last of them.
    """

    columns: tuple[str, ...]
    rows: Mapping[str, Row]
    duplicates: frozenset[str] = frozenset()

    @classmethod
    def of(cls, response: Response) -> CsvTable:
        """Parse a response. Raise IncompleteResponse if it failed, or is not CSV with a column `id`."""
        if response.status != 200:
            raise IncompleteResponse(
                f"The request failed, so there was no CSV to check: {response!r}", exchange=response.exchange
            )
        if not response.csv:
            return cls((), {})
        columns, *rest = response.csv
        if "id" not in columns:
            raise IncompleteResponse(f"The CSV file has no column `id`: {response!r}", exchange=response.exchange)
        rows = [dict(zip(columns, line, strict=False)) for line in rest]
        named = [(identity({"id": row.get("id"), "attributes": row}), row) for row in rows]
        counted = Counter(name for name, _ in named)
        return cls(tuple(columns), dict(named), frozenset(name for name, count in counted.items() if count > 1))

    def mismatches(self, resources: Iterable[Mapping[str, Any]]) -> set[str]:
        """Return the identities of rows that differ from their resource, or have none."""
        expected = {}
        for each in resources:
            fields = {"id": each["id"], **each["attributes"]}
            expected[identity(each)] = {column: csv_value(fields.get(column)) for column in self.columns}
        return {record for record, row in self.rows.items() if expected.get(record) != row}


def csv_value(value: Any) -> str:
    """Return a JSON value as CSV: null is empty (behaviour CSV-PARTICIPANTS-VALUES)."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def documented_columns(contract: Contract, operation: Operation) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the columns of an operation's CSV in order, and those that are required."""
    response = resolve(contract.document, operation.definition["responses"]["200"])
    row = resolve(contract.document, response["content"]["text/csv"]["schema"]["items"])
    return tuple(row["x-columns"]), frozenset(row["required"])

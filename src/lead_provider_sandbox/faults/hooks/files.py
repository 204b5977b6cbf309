"""Hooks for CSV files: columns and rows that are missing, swapped or in another format."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Row = list[str]
Rows = list[Row]


def _file_hook(change: Callable[[Any, Rows], Rows], delimiter: str = ",") -> Hook:
    """Return a hook that changes the rows of a file, of which the first is the header."""

    def replacement_for(argument: Any) -> Replacement:
        def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
            response = original(*arguments)
            rows = list(csv.reader(io.StringIO(response.text or "")))
            file = io.StringIO()
            writer = csv.writer(file, lineterminator="\n", delimiter=delimiter)
            writer.writerows(change(argument, rows) if rows else rows)
            return replace(response, text=file.getvalue())

        return replacement

    return replacement_for


def _without_column(name: str, rows: Rows) -> Rows:
    place = rows[0].index(name)
    return [row[:place] + row[place + 1 :] for row in rows]


def _exchange(row: Row, first: int, second: int) -> Row:
    row = list(row)
    row[first], row[second] = row[second], row[first]
    return row


def _exchange_columns(names: list[str], rows: Rows) -> Rows:
    first, second = (rows[0].index(name) for name in names)
    return [_exchange(row, first, second) for row in rows]


rows_between = _file_hook(lambda argument, rows: rows[argument.get("from") : argument.get("to")])
"""Keep the lines between two numbers."""
last_row_repeated = _file_hook(lambda _, rows: [*rows, *rows[1:][-1:]])
"""Repeat the last row."""
column_missing = _file_hook(_without_column)
"""Remove a column."""
column_renamed = _file_hook(
    lambda argument, rows: [[argument["to"] if name == argument["of"] else name for name in rows[0]], *rows[1:]]
)
"""Rename a column."""
columns_moved = _file_hook(_exchange_columns)
"""Swap two columns with their names."""
columns_swapped = _file_hook(lambda names, rows: [rows[0], *_exchange_columns(names, rows)[1:]])
"""Swap the values of two columns, but not their names."""
values_replaced = _file_hook(lambda argument, rows: [[argument.get(value, value) for value in row] for row in rows])
"""Write some values in another way."""
semicolons = _file_hook(lambda _, rows: rows, delimiter=";")
"""Separate fields by semicolons."""
leading_zeros_dropped = _file_hook(
    lambda _, rows: [[re.sub(r"^0+(?=\d)", "", value) if value.isdecimal() else value for value in row] for row in rows]
)
"""Write numbers without their first zeros."""


@hook
def unquoted(_: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Write every field without quotation marks around it."""
    response = original(*arguments)
    rows = csv.reader(io.StringIO(response.text or ""))
    return replace(response, text="".join(",".join(row) + "\n" for row in rows))


@hook
def quotation_marks_single(_: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Write a quotation mark inside a field once, as the field shows it."""
    response = original(*arguments)
    return replace(response, text=re.sub('""+', '"', response.text or ""))

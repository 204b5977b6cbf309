"""Hooks for CSV files: columns and rows that are missing, swapped or in another format."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Rows = list[list[str]]


def first_line_only(_: Any) -> Replacement:
    """Keep only the first line of a file."""
    return _rewritten(lambda rows: rows[:1])


def last_row_missing(_: Any) -> Replacement:
    """Remove the last row of a file."""
    return _rewritten(lambda rows: rows[:-1])


def last_row_repeated(_: Any) -> Replacement:
    """Repeat the last row of a file."""
    return _rewritten(lambda rows: [*rows, *rows[1:][-1:]])


def first_rows_only(argument: Any) -> Replacement:
    """Keep a number of rows of a file."""
    return _rewritten(lambda rows: rows[: argument + 1])


def no_header(_: Any) -> Replacement:
    """Remove the header of a file."""
    return _rewritten(lambda rows: rows[1:])


def column_missing(argument: Any) -> Replacement:
    """Remove a column."""

    def without(rows: Rows) -> Rows:
        place = rows[0].index(argument)
        return [row[:place] + row[place + 1 :] for row in rows]

    return _rewritten(without)


def column_renamed(argument: Any) -> Replacement:
    """Rename a column."""
    return _rewritten(
        lambda rows: [[argument["to"] if each == argument["of"] else each for each in rows[0]], *rows[1:]]
    )


def columns_swapped(argument: Any) -> Replacement:
    """Swap the values of two columns, but not their names."""
    return _rewritten(lambda rows: [rows[0], *(_exchanged(row, *_places(rows, argument)) for row in rows[1:])])


def columns_moved(argument: Any) -> Replacement:
    """Swap two columns with their names."""
    return _rewritten(lambda rows: [_exchanged(row, *_places(rows, argument)) for row in rows])


def capitalised_booleans(_: Any) -> Replacement:
    """Write booleans with a capital letter."""
    return _rewritten(
        lambda rows: [[{"true": "True", "false": "False"}.get(each, each) for each in row] for row in rows]
    )


def null_as_word(_: Any) -> Replacement:
    """Write null as a word."""
    return _rewritten(lambda rows: [[each or "null" for each in row] for row in rows])


def semicolons(_: Any) -> Replacement:
    """Separate fields by semicolons."""
    return _rewritten(lambda rows: rows, delimiter=";")


def _places(rows: Rows, names: Any) -> tuple[int, int]:
    first, second = (rows[0].index(name) for name in names)
    return first, second


def _exchanged(row: list[str], first: int, second: int) -> list[str]:
    row = list(row)
    row[first], row[second] = row[second], row[first]
    return row


def _rewritten(change: Callable[[Rows], Rows], delimiter: str = ",") -> Replacement:
    def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
        whole = original(*arguments)
        rows = list(csv.reader(io.StringIO(whole.text or "")))
        file = io.StringIO()
        csv.writer(file, lineterminator="\n", delimiter=delimiter).writerows(change(rows) if rows else rows)
        return replace(whole, text=file.getvalue())

    return replacement

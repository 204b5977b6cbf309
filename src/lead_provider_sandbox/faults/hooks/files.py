"""Hooks for CSV files: columns and rows that are lost, swapped or written otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Rows = list[list[str]]


def first_line(_told: Any) -> Replacement:
    """A file holds its first line only."""
    return _rewritten(lambda rows: rows[:1])


def last_row_lost(_told: Any) -> Replacement:
    """A file lacks its last row."""
    return _rewritten(lambda rows: rows[:-1])


def row_twice(_told: Any) -> Replacement:
    """A file has its last row twice."""
    return _rewritten(lambda rows: [*rows, *rows[1:][-1:]])


def first_rows_only(told: Any) -> Replacement:
    """A file has so many rows and no more."""
    return _rewritten(lambda rows: rows[: told + 1])


def no_header(_told: Any) -> Replacement:
    """A file begins with its first row, and does not name its columns."""
    return _rewritten(lambda rows: rows[1:])


def column_lost(told: Any) -> Replacement:
    """A file lacks a column."""

    def without(rows: Rows) -> Rows:
        place = rows[0].index(told)
        return [row[:place] + row[place + 1 :] for row in rows]

    return _rewritten(without)


def column_renamed(told: Any) -> Replacement:
    """A column has another name."""
    return _rewritten(lambda rows: [[told["to"] if each == told["of"] else each for each in rows[0]], *rows[1:]])


def columns_swapped(told: Any) -> Replacement:
    """Two columns hold each other's values, under names that stay where they are."""
    return _rewritten(lambda rows: [rows[0], *(_exchanged(row, *_places(rows, told)) for row in rows[1:])])


def columns_moved(told: Any) -> Replacement:
    """Two columns stand in each other's place, names and all."""
    return _rewritten(lambda rows: [_exchanged(row, *_places(rows, told)) for row in rows])


def capital_truth(_told: Any) -> Replacement:
    """Truth values are written with a capital."""
    return _rewritten(
        lambda rows: [[{"true": "True", "false": "False"}.get(each, each) for each in row] for row in rows]
    )


def null_in_words(_told: Any) -> Replacement:
    """What is nothing is written as the word null."""
    return _rewritten(lambda rows: [[each or "null" for each in row] for row in rows])


def semicolons(_told: Any) -> Replacement:
    """Semicolons stand between the fields."""
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

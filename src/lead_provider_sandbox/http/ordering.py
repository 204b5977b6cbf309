"""The order of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement

from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.query import listed_values
from lead_provider_sandbox.parts import part

Columns = Mapping[str, ColumnElement[Any]]


@part("sorting.order")
def order(call: Call, columns: Columns) -> Sequence[ColumnElement[Any]]:
    """By the known keys of `sort`, in order; without any, by the time of creation; ties by id.

    Behaviours SORT-V3-SEVERAL-KEYS, SORT-V3-UNKNOWN-KEY-IGNORED, SORT-V3-DEFAULT and SORT-V12-IGNORED.
    """
    wanted = []
    if call.version == "v3":
        for written in listed_values(call.query.plain.get("sort", "")):
            name = written.lstrip("+-").strip()
            if name in columns:
                wanted.append(_descending(columns[name]) if written.startswith("-") else columns[name])
    return [*(wanted or [columns["created_at"]]), columns["id"]]


@cache
def _descending(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same for the same column, so that a statement for that order is found again."""
    return column.desc()

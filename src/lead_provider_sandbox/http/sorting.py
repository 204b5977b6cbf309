"""The order of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table

from lead_provider_sandbox.http.list_parameters import split_values
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import part

Columns = Mapping[str, ColumnElement[Any]]


def sort_columns(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    """Return the columns by which a list of the table's rows can be sorted: times, id and some others."""
    return {name: table.c[name] for name in ("created_at", "updated_at", "id", *names)}


@part("sorting.order")
def sort_order(request: ApiRequest, columns: Columns) -> Sequence[ColumnElement[Any]]:
    """Return the known keys of `sort`, by default the creation time, and the id for ties.

    Behaviours SORT-V3-SEVERAL-KEYS, SORT-V3-UNKNOWN-KEY-IGNORED, SORT-V3-DEFAULT and SORT-V12-IGNORED.
    """
    order = []
    if request.version == "v3":
        for key in split_values(request.query.plain.get("sort", "")):
            name = key.lstrip("+-").strip()
            if name in columns:
                order.append(columns[name].desc() if key.startswith("-") else columns[name])
    return [*(order or [columns["created_at"]]), columns["id"]]

"""The order of lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement

from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.api.query import listed_values
from lead_provider_sandbox.parts import part

Columns = Mapping[str, ColumnElement[Any]]


@part("sorting.order")
def order(call: Call, columns: Columns) -> list[ColumnElement[Any]]:
    """By the known keys of `sort`, in order; without any, by the time of creation; ties by id.

    Behaviours SORT-V3-SEVERAL-KEYS, SORT-V3-UNKNOWN-KEY-IGNORED, SORT-V3-DEFAULT and SORT-V12-IGNORED.
    """
    wanted = []
    if call.version == "v3":
        for written in listed_values(call.query.plain.get("sort", "")):
            name = written.lstrip("+-").strip()
            if name in columns:
                column = columns[name]
                wanted.append(column.desc() if written.startswith("-") else column.asc())
    return [*(wanted or [columns["created_at"].asc()]), columns["id"].asc()]

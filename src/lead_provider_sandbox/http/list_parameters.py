"""Pages, the order of lists, and the filters that several lists share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote

from sqlalchemy import ColumnElement, Table

from lead_provider_sandbox.domain.clock import Instant, parse_instant
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import bad_request
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.store.query import Page

DEFAULT_PER_PAGE = 100
MAXIMUM_PER_PAGE = 3000
_MAXIMUM_PAGE = 10**9


@part("paging.number")
def page_parameter(request: ApiRequest, name: str, default: int) -> int:
    """Return `page[page]` or `page[per_page]`. Raise a 400 if it is not a whole number from 1.

    Behaviours PAG-INVALID-PAGE-400, PAG-INVALID-PER-PAGE-400.
    """
    if "page" in request.query.plain:
        raise bad_request(request.forms.bad_page)
    group = request.query.groups.get("page", {})
    if name not in group:
        return default
    value = group[name] or ""
    if not re.fullmatch(r"[0-9]{1,50}", value) or int(value) < 1:
        raise bad_request(request.forms.bad_page)
    return int(value)


@part("paging.page")
def page_number(request: ApiRequest) -> int:
    """Return the number of the requested page, from 1."""
    return min(page_parameter(request, "page", 1), _MAXIMUM_PAGE)


@part("paging.per-page")
def per_page(request: ApiRequest) -> int:
    """Return the page size: by default 100, at most 3,000 (behaviours PAG-DEFAULT, PAG-MAX-3000)."""
    return min(page_parameter(request, "per_page", DEFAULT_PER_PAGE), MAXIMUM_PER_PAGE)


def requested_page(request: ApiRequest) -> Page:
    """Return the requested slice of a list."""
    limit = per_page(request)
    return Page(limit, (page_number(request) - 1) * limit)


@part("filter.updated-since")
def updated_since(request: ApiRequest) -> Instant | None:
    """Return `filter[updated_since]` as an instant, or None (behaviour FILT-UPDATED-SINCE)."""
    return _instant_filter(request, "updated_since")


@part("filter.created-since")
def created_since(request: ApiRequest) -> Instant | None:
    """Return `filter[created_since]` as an instant, or None (behaviour FILT-CREATED-SINCE-OUTCOMES)."""
    return _instant_filter(request, "created_since")


def _instant_filter(request: ApiRequest, name: str) -> Instant | None:
    """Parse an RFC 3339 date-time, which may be percent-encoded twice (behaviour FILT-UPDATED-SINCE-ENCODED)."""
    value = request.query.filter(name)
    if value is None:
        return None
    moment = parse_instant(unquote(value))
    if moment is None:
        raise bad_request(request.forms.bad_instant.format(name=name))
    return moment


def split_values(value: str) -> list[str]:
    """Return the values of a comma-separated parameter."""
    return [each.strip() for each in value.split(",") if each.strip()]


@part("filter.cohort")
def cohorts(request: ApiRequest) -> list[int] | None:
    """Return the years in `filter[cohort]`, or None; other values match nothing.

    Behaviours FILT-COHORT-LIST, FILT-COHORT-NO-MATCH.
    """
    value = request.query.filter("cohort")
    if value is None:
        return None
    return [int(year) for year in split_values(value) if re.fullmatch(r"[0-9]{4}", year)]


@part("filter.training-status")
def training_status(request: ApiRequest) -> str | None:
    """Return `filter[training_status]`, or None. Raise a 400 if unknown (behaviour FILT-TRAINING-STATUS-INVALID)."""
    status = request.query.filter("training_status")
    if status is not None and status not in TRAINING.states:
        known = ", ".join(f'"{each}"' for each in TRAINING.states)
        raise bad_request(f"The filter '#/training_status' must be [{known}]")
    return status


def value_filter(request: ApiRequest, name: str) -> list[str] | None:
    """Return the comma-separated values of a filter, or None."""
    value = request.query.filter(name)
    return None if value is None else split_values(value)


def id_filter(request: ApiRequest, name: str) -> list[str] | None:
    """Return the comma-separated ids of a filter in lower case, or None."""
    values = value_filter(request, name)
    return None if values is None else [each.lower() for each in values]


def sort_columns(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    """Return the columns by which a list of the table's rows can be sorted: times, id and some others."""
    return {name: table.c[name] for name in ("created_at", "updated_at", "id", *names)}


@part("sorting.order")
def sort_order(request: ApiRequest, columns: Mapping[str, ColumnElement[Any]]) -> Sequence[ColumnElement[Any]]:
    """Return the known keys of `sort`, by default the first column, and the id for ties.

    Behaviours SORT-V3-SEVERAL-KEYS, SORT-V3-UNKNOWN-KEY-IGNORED, SORT-V3-DEFAULT and SORT-V12-IGNORED.
    """
    order = []
    if request.version == "v3":
        for key in split_values(request.query.plain.get("sort", "")):
            name = key.lstrip("+-").strip()
            if name in columns:
                order.append(_descending(columns[name]) if key.startswith("-") else columns[name])
    return [*(order or [next(iter(columns.values()))]), columns["id"]]


@cache
def _descending(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return column.desc()

"""Hooks for pages: missing, repeated or reordered records, and misread page numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.conditions import every
from lead_provider_sandbox.faults.hooks.listing import (
    Handler,
    has_parameter,
    page_size,
    page_value,
    records_of,
    replace_page,
    replace_records,
    with_records,
    with_request,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, bad_request, not_found
from lead_provider_sandbox.parts import PARTS, Replacement


def _request_hook(change: Callable[[ApiRequest], ApiRequest]) -> Hook:
    return lambda _: with_request(change)


def _page_hook(change: Callable[[Any, ApiRequest, list[Any]], list[Any]]) -> Hook:
    """Return a hook that changes the records of a page, given its argument and the request."""
    return lambda argument: with_records(lambda request, records: change(argument, request, records))


page_ignored = _request_hook(lambda request: replace_page(request, "page", None))
"""Return the first page, ignoring the page number."""
per_page_ignored = _request_hook(lambda request: replace_page(request, "per_page", None))
"""Ignore the page size."""
one_record_more = _request_hook(lambda request: replace_page(request, "per_page", str(page_size(request) + 1)))
"""Return one record more than requested."""
last_record_missing = _page_hook(
    lambda _, request, records: records[:-1] if len(records) == page_size(request) > 1 else records
)
"""Remove the last record of a full page."""
first_record_twice = _page_hook(lambda _, _request, records: [*records[:1], *records])
"""List the first record twice."""
first_record_twice_with = _page_hook(
    lambda name, request, records: (
        [*records[:1], *records][: page_size(request)] if has_parameter(request, name) else records
    )
)
"""List the first record twice if the request has a parameter."""
unique_ids = _page_hook(lambda _, _request, records: list({each["id"]: each for each in records}.values()))
"""List one of several records with the same id."""
reversed_page = _page_hook(lambda _, _request, records: records[::-1])
"""Reverse a page."""
empty_for_provider = _page_hook(lambda name, request, records: [] if request.provider.name == name else records)
"""Return an empty list to one lead provider."""


def unstable_order(_: Any) -> Replacement:
    """Reverse every other page."""
    return every(2, reversed_page(None))


@hook
def unchecked_number(_: Any, _original: Callable[..., int], request: ApiRequest, name: str, default: int) -> int:
    """Convert a page parameter to a number without validation."""
    return int(request.query.groups.get("page", {}).get(name) or default)


@hook
def lenient_number(_: Any, _original: Callable[..., int], request: ApiRequest, name: str, default: int) -> int:
    """Use the default for a page parameter that is not a number."""
    value = request.query.groups.get("page", {}).get(name) or ""
    return max(int(value), 1) if value.isdecimal() else default


def number_off_by(argument: Any) -> Replacement:
    """Change a requested number by an offset, to at least 1."""
    return lambda original, request: max(1, original(request) + int(argument))


def other_default_number(argument: Any) -> Replacement:
    """Use another number if none is requested."""
    return lambda original, request: original(request) if request.query.groups.get("page") else argument


@hook
def number_refused_above(argument: Any, original: Callable[[ApiRequest], int], request: ApiRequest) -> int:
    """Refuse a page size above a limit."""
    if page_value(request, "per_page", 1) > argument:
        raise bad_request("The page is too large")
    return original(request)


@hook
def last_record_repeated(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Begin every page but the first with the last record of the previous page."""
    page = page_value(request, "page", 1)
    response = original(request)
    if page == 1 or not records_of(response):
        return response
    before = records_of(original(replace_page(request, "page", str(page - 1))))
    return replace_records(response, [*before[-1:], *records_of(response)][: page_size(request)])


@hook
def first_record_skipped(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Replace the first record of every page but the first by one of the next page."""
    page = page_value(request, "page", 1)
    response = original(request)
    if page == 1:
        return response
    after = records_of(original(replace_page(request, "page", str(page + 1))))
    return replace_records(response, [*records_of(response)[1:], *after[:1]])


@hook
def not_found_beyond_end(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return a 404 for a page beyond the last."""
    response = original(request)
    if not records_of(response) and page_value(request, "page", 1) > 1:
        raise not_found()
    return response


def other_list(argument: Any) -> Replacement:
    """Return another list."""
    return lambda _original, request: PARTS[argument](request)

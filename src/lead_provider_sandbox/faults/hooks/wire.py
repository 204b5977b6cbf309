"""Hooks for faults that show on the wire only: forms of a request, pages of filtered lists, one record of many."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.listing import (
    Handler,
    change_filter,
    largest_page,
    page_value,
    records_of,
    replace_page,
    replace_query,
    replace_records,
)
from lead_provider_sandbox.faults.hooks.paths import values_at
from lead_provider_sandbox.http.access import parse_token
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.query_string import Query
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, not_found
from lead_provider_sandbox.http.router import Route
from lead_provider_sandbox.parts import Replacement

_MANY = 3
"""The number of the first page that shows a defect of later pages."""


# Forms of a request


@hook
def capital_ids_not_found(
    _: Any, original: Callable[..., Route | None], gateway: Gateway, method: str, path: str
) -> Route | None:
    """Return a 404 for a path with capital letters."""
    return original(gateway, method, path) if path == path.lower() else None


@hook
def encoded_brackets_not_read(_: Any, original: Callable[..., Query], gateway: Gateway, query_string: bytes) -> Query:
    """Ignore parameters whose brackets are percent-encoded."""
    pairs = [each for each in query_string.split(b"&") if b"%5b" not in each.lower()]
    return original(gateway, b"&".join(pairs))


@hook
def charset_refused(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return a 415 for a body whose media type has a charset."""
    if "charset" in request.content_type.lower():
        raise ResponseError(Response(415, {"error": "Unsupported media type"}))
    return original(request)


def copy_in_another_order_unknown(_: Any) -> Replacement:
    """Recognise an exact copy only if its fields are in the order of the first declaration."""
    orders: dict[frozenset[tuple[str, Any]], tuple[str, ...]] = {}

    def replacement(original: Callable[..., Any], context: Any, request: Any) -> Any:
        order = orders.setdefault(frozenset(request.attributes.items()), tuple(request.attributes))
        return original(context, request) if order == tuple(request.attributes) else None

    return replacement


@hook
def like_token_accepted(
    likeness: str, original: Any, request: ApiRequest, header: str | None, tokens: Mapping[str, Any]
) -> Any:
    """Accept the beginning of a token, or a token in other letters."""
    given = parse_token(header) or ""
    known = next((token for token in tokens if given and _is_like(likeness, given, token)), given)
    return original(request, f"Bearer {known}" if known else header, tokens)


def _is_like(likeness: str, given: str, token: str) -> bool:
    if likeness == "beginning":
        return len(given) * 2 > len(token) and token.startswith(given)
    return token.lower() == given.lower()


# Pages of filtered and sorted lists


@hook
def page_cut_first(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Cut the page from the whole list, and filter it afterwards."""
    if not _filters(request):
        return original(request)
    page = original(_unfiltered(request))
    matching = {each["id"] for each in records_of(original(largest_page(request)))}
    return replace_records(page, [each for each in records_of(page) if each["id"] in matching])


@hook
def page_sorted_afterwards(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Cut the page from the unsorted list, and sort it afterwards."""
    if "sort" not in request.query.plain:
        return original(request)
    page = {each["id"] for each in records_of(original(_unsorted(request)))}
    everything = original(largest_page(request))
    return replace_records(everything, [each for each in records_of(everything) if each["id"] in page])


@hook
def filtered_first_page_only(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore filters on every page but the first."""
    return original(_unfiltered(request) if page_value(request, "page", 1) > 1 else request)


@hook
def unfiltered_page(number: int, original: Handler, request: ApiRequest) -> Response:
    """Ignore filters on one page."""
    return original(_unfiltered(request) if page_value(request, "page", 1) == number else request)


@hook
def sorted_first_page_only(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore `sort` on every page but the first."""
    return original(_unsorted(request) if page_value(request, "page", 1) > 1 else request)


@hook
def later_pages_repeated(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Return the page before from page 3 on."""
    page = page_value(request, "page", 1)
    return original(replace_page(request, "page", str(page - 1)) if page >= _MANY else request)


@hook
def filtered_list_unsorted(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore `sort` if a filter is given."""
    return original(_unsorted(request) if _filters(request) else request)


def _filters(request: ApiRequest) -> Mapping[str, str | None]:
    required = ("cohort",) if request.operation.path.endswith(("schools", "schools/ecf")) else ()
    filters = request.query.groups.get("filter", {})
    return {name: value for name, value in filters.items() if name not in required}


def _unfiltered(request: ApiRequest) -> ApiRequest:
    for name in _filters(request):
        request = change_filter(request, name, lambda _: None)
    return request


def _unsorted(request: ApiRequest) -> ApiRequest:
    return replace_query(request, plain={name: value for name, value in request.query.plain.items() if name != "sort"})


# One record of many


def _shown_alone(matches: Callable[[Any, Any], bool], change: Callable[[], Response]) -> Hook:
    """Return a hook that responds otherwise if the record that is shown has a value at a path."""

    @hook
    def replacement(argument: Mapping[str, Any], original: Handler, request: ApiRequest) -> Response:
        response = original(request)
        found = values_at(response.document["data"], str(argument["at"]).split("/"))
        return change() if any(matches(each, argument["value"]) for each in found) else response

    return replacement


def _fail() -> Response:
    raise RuntimeError("a fault of the catalogue")


def _not_found() -> Response:
    raise not_found()


shown_alone_fails = _shown_alone(operator.eq, _fail)
"""Raise an error for a record with a value."""
shown_alone_not_found = _shown_alone(operator.eq, _not_found)
"""Return a 404 for a record with a value."""


def leads_nowhere(path: str) -> Replacement:
    """Replace an id or URN by one that no record has."""
    *parents, name = path.split("/")

    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        document = original(*arguments)
        for place in values_at(document, parents):
            value = place.get(name)
            if value:
                place[name] = "100000" if value.isdecimal() else f"dead{value[4:]}"
        return document

    return replacement

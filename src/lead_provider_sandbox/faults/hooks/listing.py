"""Changes of requests and responses that hooks for lists share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.http.list_parameters import DEFAULT_PER_PAGE, MAXIMUM_PER_PAGE
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Handler = Callable[[ApiRequest], Response]


def with_request(change: Callable[[ApiRequest], ApiRequest]) -> Replacement:
    """Return a replacement that calls the part with a changed request."""
    return lambda original, request, *arguments: original(change(request), *arguments)


def with_records(change: Callable[[ApiRequest, list[Any]], list[Any]]) -> Replacement:
    """Return a replacement that changes the records of a list."""

    def replacement(original: Handler, request: ApiRequest) -> Response:
        response = original(request)
        return replace_records(response, change(request, records_of(response)))

    return replacement


def records_of(response: Response) -> list[Any]:
    """Return the records of a list."""
    return list(response.document["data"])


def replace_records(response: Response, records: list[Any]) -> Response:
    """Return the response with other records."""
    return replace(response, document={**response.document, "data": records})


def replace_query(
    request: ApiRequest,
    *,
    plain: Mapping[str, str] | None = None,
    groups: Mapping[str, Mapping[str, str | None]] | None = None,
) -> ApiRequest:
    """Return the request with other query parameters."""
    query = replace(
        request.query,
        plain=request.query.plain if plain is None else plain,
        groups=request.query.groups if groups is None else groups,
    )
    return replace(request, query=query)


def replace_group(request: ApiRequest, group: str, name: str, value: str | None) -> ApiRequest:
    """Return the request with another value of `group[name]`; None removes it."""
    members = {key: each for key, each in request.query.groups.get(group, {}).items() if key != name}
    if value is not None:
        members[name] = value
    return replace_query(request, groups={**request.query.groups, group: members})


def change_filter(request: ApiRequest, name: str, change: Callable[[str], str | None]) -> ApiRequest:
    """Return the request with a changed value of a filter, if it has one; None removes the filter."""
    value = request.query.groups.get("filter", {}).get(name)
    return request if value is None else replace_group(request, "filter", name, change(value))


def replace_page(request: ApiRequest, name: str, value: str | None) -> ApiRequest:
    """Return the request with another value of `page[name]`; None removes it."""
    return replace_group(request, "page", name, value)


def largest_page(request: ApiRequest) -> ApiRequest:
    """Return the request for the first page of the maximum size."""
    return replace_page(replace_page(request, "page", None), "per_page", str(MAXIMUM_PER_PAGE))


def page_size(request: ApiRequest) -> int:
    """Return the page size of a request."""
    return min(page_value(request, "per_page", DEFAULT_PER_PAGE), MAXIMUM_PER_PAGE)


def page_value(request: ApiRequest, name: str, default: int) -> int:
    """Return the number `page[name]`, or the default."""
    value = request.query.groups.get("page", {}).get(name) or ""
    return int(value) if value.isdecimal() else default


def has_parameter(request: ApiRequest, name: str) -> bool:
    """Return whether a request has a parameter, such as `sort` or `filter[cohort]`. `page` is any page after 1."""
    if name == "page":
        return page_value(request, "page", 1) > 1
    outer, _, inner = name.removesuffix("]").partition("[")
    return inner in request.query.groups.get(outer, {}) if inner else outer in request.query.plain

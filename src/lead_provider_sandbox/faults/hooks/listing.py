"""Asking a list for something else than it is asked for, and answering with other records: for hooks about lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.http.list_parameters import DEFAULT_PER_PAGE, MAXIMUM_PER_PAGE
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Listing = Callable[[ApiRequest], Response]


def asked_otherwise(other: Callable[[ApiRequest], ApiRequest]) -> Replacement:
    """Ask a part for something else than it is asked for."""
    return lambda original, request, *arguments: original(other(request), *arguments)


def with_records(change: Callable[[ApiRequest, list[Any]], list[Any]]) -> Replacement:
    """Change the records of a list."""

    def replacement(original: Listing, request: ApiRequest) -> Response:
        response = original(request)
        return answered(response, change(request, records_of(response)))

    return replacement


def records_of(response: Response) -> list[Any]:
    """The records of a list's answer."""
    return list(response.document["data"])


def answered(response: Response, data: list[Any]) -> Response:
    """The answer with other records."""
    return replace(response, document={**response.document, "data": data})


def with_query(
    request: ApiRequest,
    *,
    plain: Mapping[str, str] | None = None,
    groups: Mapping[str, Mapping[str, str | None]] | None = None,
) -> ApiRequest:
    """The request with other query parameters."""
    query = replace(
        request.query,
        plain=request.query.plain if plain is None else plain,
        groups=request.query.groups if groups is None else groups,
    )
    return replace(request, query=query)


def with_group(request: ApiRequest, group: str, name: str, value: str | None) -> ApiRequest:
    """The request with another value of `group[name]`, or without one."""
    there = {key: written for key, written in request.query.groups.get(group, {}).items() if key != name}
    changed = there if value is None else {**there, name: value}
    return with_query(request, groups={**request.query.groups, group: changed})


def filtered(request: ApiRequest, name: str, other: Callable[[str], str | None]) -> ApiRequest:
    """The request with another value of a filter that it has, or without it."""
    written = request.query.groups.get("filter", {}).get(name)
    return request if written is None else with_group(request, "filter", name, other(written))


def paged(request: ApiRequest, name: str, value: str | None) -> ApiRequest:
    """The request with another value of `page[name]`, or without one."""
    return with_group(request, "page", name, value)


def unpaged(request: ApiRequest) -> ApiRequest:
    """The request without pages, as far as a list goes that is no longer than a page can be."""
    return paged(paged(request, "page", None), "per_page", str(MAXIMUM_PER_PAGE))


def per_page(request: ApiRequest) -> int:
    """How many records a page of the request holds."""
    return min(number_of(request, "per_page", DEFAULT_PER_PAGE), MAXIMUM_PER_PAGE)


def number_of(request: ApiRequest, name: str, default: int) -> int:
    """A number under `page`, or what counts without one."""
    written = request.query.groups.get("page", {}).get(name) or ""
    return int(written) if written.isdecimal() else default

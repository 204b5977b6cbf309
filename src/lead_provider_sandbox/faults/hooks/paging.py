"""Hooks for pages: records that are lost, come twice, or in another order, and numbers that are not as asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lead_provider_sandbox.faults.hooks.listing import (
    Listing,
    answered,
    asked_otherwise,
    number_of,
    paged,
    per_page,
    records_of,
    with_records,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, bad_request, not_found
from lead_provider_sandbox.parts import PARTS, Replacement


def unguarded_number(_told: Any) -> Replacement:
    """A paging parameter is turned into a number without a look at it."""

    def replacement(_original: Callable[..., int], request: ApiRequest, name: str, default: int) -> int:
        return int(request.query.groups.get("page", {}).get(name) or default)

    return replacement


def lenient_number(_told: Any) -> Replacement:
    """A paging parameter that is no number counts as none."""

    def replacement(_original: Callable[..., int], request: ApiRequest, name: str, default: int) -> int:
        written = request.query.groups.get("page", {}).get(name) or ""
        return max(int(written), 1) if written.isdecimal() else default

    return replacement


def number_off_by(told: Any) -> Replacement:
    """A number that is asked for is another one, but never less than 1."""
    return lambda original, request: max(1, original(request) + int(told))


def number_by_default(told: Any) -> Replacement:
    """A number that is not asked for is another one."""
    return lambda original, request: original(request) if request.query.groups.get("page") else told


def number_refused_above(told: Any) -> Replacement:
    """A number above the largest is refused."""

    def replacement(original: Callable[[ApiRequest], int], request: ApiRequest) -> int:
        if number_of(request, "per_page", 1) > told:
            raise bad_request("The page is too large")
        return original(request)

    return replacement


def page_ignored(_told: Any) -> Replacement:
    """The first page is given, whichever is asked for."""
    return asked_otherwise(lambda request: paged(request, "page", None))


def per_page_ignored(_told: Any) -> Replacement:
    """A page holds as many records as without a word about it."""
    return asked_otherwise(lambda request: paged(request, "per_page", None))


def loses_last(_told: Any) -> Replacement:
    """A full page lacks its last record, and no other page has it."""
    return with_records(lambda request, data: data[:-1] if len(data) == per_page(request) > 1 else data)


def repeats_last(_told: Any) -> Replacement:
    """Every page but the first begins with the last record of the page before."""

    def replacement(original: Listing, request: ApiRequest) -> Response:
        page = number_of(request, "page", 1)
        response = original(request)
        if page == 1 or not records_of(response):
            return response
        before = records_of(original(paged(request, "page", str(page - 1))))
        return answered(response, [*before[-1:], *records_of(response)][: per_page(request)])

    return replacement


def skips_first(_told: Any) -> Replacement:
    """Every page but the first leaves out its first record, and holds one of the next page instead."""

    def replacement(original: Listing, request: ApiRequest) -> Response:
        page = number_of(request, "page", 1)
        response = original(request)
        if page == 1:
            return response
        after = records_of(original(paged(request, "page", str(page + 1))))
        return answered(response, [*records_of(response)[1:], *after[:1]])

    return replacement


def reorders(_told: Any) -> Replacement:
    """Every other time a page is in the opposite order."""
    asked = 0

    def turned(_: ApiRequest, data: list[Any]) -> list[Any]:
        nonlocal asked
        asked += 1
        return data if asked % 2 else data[::-1]

    return with_records(turned)


def first_twice(_told: Any) -> Replacement:
    """A list shows its first record twice."""
    return with_records(lambda _, data: [*data[:1], *data])


def one_of_each_id(_told: Any) -> Replacement:
    """Of several records with one id a list shows one."""
    return with_records(lambda _, data: list({each["id"]: each for each in data}.values()))


def backwards(_told: Any) -> Replacement:
    """A page is in the opposite order."""
    return with_records(lambda _, data: data[::-1])


def hidden_from(told: Any) -> Replacement:
    """A list is empty for one lead provider."""
    return with_records(lambda request, data: [] if request.provider.name == told else data)


def missing_beyond_end(_told: Any) -> Replacement:
    """A page beyond the last is answered with 404."""

    def replacement(original: Listing, request: ApiRequest) -> Response:
        response = original(request)
        if not records_of(response) and number_of(request, "page", 1) > 1:
            raise not_found()
        return response

    return replacement


def as_listed_by(told: Any) -> Replacement:
    """A list answers what another one answers."""
    return lambda _original, request: PARTS[told](request)


def one_more(_told: Any) -> Replacement:
    """A page holds one record more than was asked for."""
    return asked_otherwise(lambda request: paged(request, "per_page", str(per_page(request) + 1)))

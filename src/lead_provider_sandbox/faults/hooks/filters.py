"""Hooks for filters: passed over, inverted, off by some time, and read otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import true

from lead_provider_sandbox.domain.clock import parse_instant, to_datetime, to_instant
from lead_provider_sandbox.faults.hooks.listing import (
    Listing,
    answered,
    asked_otherwise,
    filtered,
    per_page,
    records_of,
    unpaged,
    with_query,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError
from lead_provider_sandbox.parts import Replacement


def everything(_told: Any) -> Replacement:
    """The condition holds for every record."""
    return lambda *_: true()


def filter_ignored(told: Any) -> Replacement:
    """A filter is passed over."""
    return asked_otherwise(lambda request: filtered(request, told, lambda _: None))


def filter_inverted(told: Any) -> Replacement:
    """A filter lists what it should leave out."""

    def replacement(original: Listing, request: ApiRequest) -> Response:
        if told not in request.query.groups.get("filter", {}):
            return original(request)
        let_through = {each["id"] for each in records_of(original(unpaged(request)))}
        everything = original(filtered(unpaged(request), told, lambda _: None))
        kept = [each for each in records_of(everything) if each["id"] not in let_through]
        return answered(everything, kept[: per_page(request)])

    return replacement


def filter_hears_first(told: Any) -> Replacement:
    """Of several values of a filter the first alone counts."""
    return asked_otherwise(lambda request: filtered(request, told, lambda value: value.split(",")[0]))


def filter_finds_nothing(told: Any) -> Replacement:
    """A filter finds nothing, whatever it is given."""

    def replacement(original: Listing, request: ApiRequest) -> Response:
        response = original(request)
        return answered(response, []) if told in request.query.groups.get("filter", {}) else response

    return replacement


def filter_off_by(told: Any) -> Replacement:
    """A filter on a time takes it for a time so many seconds later."""

    def moved(written: str) -> str:
        moment = parse_instant(unquote(written))
        return to_instant(to_datetime(moment) + timedelta(seconds=told["seconds"])) if moment else written

    return asked_otherwise(lambda request: filtered(request, told["filter"], moved))


def filter_alone(_told: Any) -> Replacement:
    """Of several filters the first alone counts."""

    def other(request: ApiRequest) -> ApiRequest:
        given = request.query.groups.get("filter", {})
        return with_query(request, groups={**request.query.groups, "filter": dict(list(given.items())[:1])})

    return asked_otherwise(other)


def filter_read_once(told: Any) -> Replacement:
    """A filter whose value was percent-encoded twice counts as none."""
    return asked_otherwise(lambda request: filtered(request, told, lambda value: None if "%" in value else value))


def forgiven(told: Any) -> Replacement:
    """What cannot be read counts as what the hook is told."""

    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return original(*arguments)
        except ResponseError:
            return told

    return replacement


def or_else(told: Any) -> Replacement:
    """Where the part finds nothing, it gives what the hook is told."""
    return lambda original, *arguments: original(*arguments) or told


def unknown_cohorts_ignored(_told: Any) -> Replacement:
    """A filter on cohorts that do not exist counts as none."""

    def replacement(original: Callable[[ApiRequest], list[int] | None], request: ApiRequest) -> list[int] | None:
        years = original(request)
        return years if years and set(years) & set(request.calendar.cohorts) else None

    return replacement


def offset_ignored(_told: Any) -> Replacement:
    """A time in a filter is taken for UTC, whatever its offset."""

    def without(written: str) -> str:
        return unquote(written)[:19] + "Z"

    return asked_otherwise(lambda request: filtered(request, "updated_since", without))

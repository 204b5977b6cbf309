"""Hooks for the order of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lead_provider_sandbox.faults.hooks.listing import asked_otherwise, with_query
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import Replacement


def default_order(_told: Any) -> Replacement:
    """A list is in the order of creation, whatever was asked for."""
    return lambda _original, _request, columns: [columns["created_at"], columns["id"]]


def ties_turned_round(_told: Any) -> Replacement:
    """What a key of `sort` does not tell apart stands the other way round."""

    def replacement(original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
        *wanted, _ = original(request, columns)
        return [*wanted, columns["id"].desc()]

    return replacement


def sort_ignored(told: Any) -> Replacement:
    """A key of `sort` is passed over."""
    return asked_otherwise(lambda request: _sorted(request, lambda key: None if key.lstrip("+-") == told else key))


def sort_reversed(told: Any) -> Replacement:
    """A key of `sort` orders the list the other way round."""

    def turned(key: str) -> str:
        if key.lstrip("+-") != told:
            return key
        return told if key.startswith("-") else f"-{told}"

    return asked_otherwise(lambda request: _sorted(request, turned))


def first_key_last(_told: Any) -> Replacement:
    """Of several keys of `sort` the last decides first."""

    def turned(request: ApiRequest) -> ApiRequest:
        keys = request.query.plain.get("sort", "").split(",")
        return (
            with_query(request, plain={**request.query.plain, "sort": ",".join(reversed(keys))})
            if len(keys) > 1
            else request
        )

    return asked_otherwise(turned)


def newest_first(_told: Any) -> Replacement:
    """A list begins with what was made last, unless it is asked for in another order."""

    def replacement(original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
        return (
            original(request, columns)
            if "sort" in request.query.plain
            else [columns["created_at"].desc(), columns["id"]]
        )

    return replacement


def unsorted_by_unknown(_told: Any) -> Replacement:
    """One key of `sort` that is not known makes the others count for nothing."""

    def replacement(original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
        keys = [each.strip().lstrip("+-") for each in request.query.plain.get("sort", "").split(",")]
        return (
            original(request, columns)
            if set(keys) <= columns.keys()
            else default_order(None)(original, request, columns)
        )

    return replacement


def _sorted(request: ApiRequest, other: Callable[[str], str | None]) -> ApiRequest:
    written = request.query.plain.get("sort")
    if written is None:
        return request
    keys = [key for each in written.split(",") if (key := other(each.strip()))]
    return with_query(request, plain={**request.query.plain, "sort": ",".join(keys)})

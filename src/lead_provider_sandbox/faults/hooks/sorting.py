"""Hooks for the order of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.listing import replace_query, with_request
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import Replacement


def default_order(_: Any) -> Replacement:
    """Order a list by creation, ignoring `sort`."""
    return lambda _original, _request, columns: [columns["created_at"], columns["id"]]


@hook
def ties_reversed(_: Any, original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
    """Reverse the order of records with equal sort keys."""
    *order, _ = original(request, columns)
    return [*order, columns["id"].desc()]


def sort_ignored(argument: Any) -> Replacement:
    """Ignore a key of `sort`."""
    return with_request(
        lambda request: _change_keys(request, lambda key: None if key.lstrip("+-") == argument else key)
    )


def sort_reversed(argument: Any) -> Replacement:
    """Reverse the direction of a key of `sort`."""

    def reverse(key: str) -> str:
        if key.lstrip("+-") != argument:
            return key
        return argument if key.startswith("-") else f"-{argument}"

    return with_request(lambda request: _change_keys(request, reverse))


def keys_reversed(_: Any) -> Replacement:
    """Apply the keys of `sort` in reverse order."""

    def reverse_keys(request: ApiRequest) -> ApiRequest:
        keys = request.query.plain.get("sort", "").split(",")
        return (
            replace_query(request, plain={**request.query.plain, "sort": ",".join(reversed(keys))})
            if len(keys) > 1
            else request
        )

    return with_request(reverse_keys)


@hook
def newest_first(_: Any, original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
    """Begin a list with the newest record, unless `sort` is given."""
    return (
        original(request, columns) if "sort" in request.query.plain else [columns["created_at"].desc(), columns["id"]]
    )


@hook
def unsorted_with_unknown_key(
    _: Any, original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]
) -> Any:
    """Ignore all keys of `sort` if one is unknown."""
    keys = [each.strip().lstrip("+-") for each in request.query.plain.get("sort", "").split(",")]
    return (
        original(request, columns) if set(keys) <= columns.keys() else default_order(None)(original, request, columns)
    )


def _change_keys(request: ApiRequest, other: Callable[[str], str | None]) -> ApiRequest:
    value = request.query.plain.get("sort")
    if value is None:
        return request
    keys = [key for each in value.split(",") if (key := other(each.strip()))]
    return replace_query(request, plain={**request.query.plain, "sort": ",".join(keys)})

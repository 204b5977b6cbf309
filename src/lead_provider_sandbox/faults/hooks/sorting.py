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
    return _with_keys(lambda keys: [key for key in keys if key.lstrip("+-") != argument])


def sort_reversed(argument: Any) -> Replacement:
    """Reverse the direction of a key of `sort`."""

    def reverse(key: str) -> str:
        if key.lstrip("+-") != argument:
            return key
        return argument if key.startswith("-") else f"-{argument}"

    return _with_keys(lambda keys: [reverse(key) for key in keys])


@hook
def sorted_by_another_time(
    _: Any, original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]
) -> Any:
    """Sort by the id, as by a time that is not shown, where `sort` names the time of the last update."""
    return original(request, {**columns, "updated_at": columns["id"]})


def keys_reversed(_: Any) -> Replacement:
    """Apply the keys of `sort` in reverse order."""
    return _with_keys(lambda keys: keys[::-1])


@hook
def newest_first(_: Any, original: Callable[..., Any], request: ApiRequest, columns: Mapping[str, Any]) -> Any:
    """Begin a list with the newest record, unless `sort` is given."""
    sorted_as_requested = "sort" in request.query.plain
    return original(request, columns) if sorted_as_requested else [columns["created_at"].desc(), columns["id"]]


@hook
def unsorted_with_unknown_key(_: Any, original: Any, request: ApiRequest, columns: Mapping[str, Any]) -> Any:
    """Ignore all keys of `sort` if one is unknown."""
    keys = {each.strip().lstrip("+-") for each in request.query.plain.get("sort", "").split(",")}
    if keys <= columns.keys():
        return original(request, columns)
    return [columns["created_at"], columns["id"]]


def _with_keys(change: Callable[[list[str]], list[str]]) -> Replacement:
    def changed(request: ApiRequest) -> ApiRequest:
        value = request.query.plain.get("sort")
        if value is None:
            return request
        keys = change([each.strip() for each in value.split(",") if each.strip()])
        return replace_query(request, plain={**request.query.plain, "sort": ",".join(keys)})

    return with_request(changed)

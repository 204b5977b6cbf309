"""Hooks for values that a parameter or field cannot have, in whichever place a request has one."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from lead_provider_sandbox.domain.clock import Instant, to_datetime, to_instant
from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.listing import Handler
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response

_OF_OTHER_FAULTS = ("page[]", "updated_since", "created_since")
_HOUR = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2}T)24(?P<rest>:.*)", re.ASCII)
_OFFSET = re.compile(r"(?P<time>.*)[+](?P<hours>[3-9]\d):00", re.ASCII)


@hook
def fails_with_query(kind: str, original: Handler, request: ApiRequest) -> Response:
    """Fail if any query parameter has a value of a kind."""
    if any(_IN_QUERY[kind](name, value) for name, value in _parameters(request)):
        raise RuntimeError("a fault of the catalogue")
    return original(request)


@hook
def fails_with_attribute(kind: str, original: Handler, request: ApiRequest) -> Response:
    """Fail if any attribute of the body has a value of a kind."""
    if any(_IN_ATTRIBUTES[kind](value) for value in _attributes(request).values()):
        raise RuntimeError("a fault of the catalogue")
    return original(request)


@hook
def fails_with_attribute_matching(pattern: str, original: Handler, request: ApiRequest) -> Response:
    """Fail if any attribute of the body is a text that matches a pattern."""
    if any(isinstance(value, str) and re.fullmatch(pattern, value) for value in _attributes(request).values()):
        raise RuntimeError("a fault of the catalogue")
    return original(request)


@hook
def fails_with_structure(kind: str, original: Handler, request: ApiRequest) -> Response:
    """Fail if the body, its data or its attributes have another structure."""
    if _STRUCTURES[kind](_body(request)):
        raise RuntimeError("a fault of the catalogue")
    return original(request)


@hook
def hours_counted_on(_: Any, original: Callable[..., Instant | None], context: Any, written: str) -> Instant | None:
    """Read hour 24 as an hour of the next day."""
    match = _HOUR.fullmatch(written)
    if match is None:
        return original(context, written)
    midnight = original(context, f"{match['day']}00{match['rest']}")
    return midnight and to_instant(to_datetime(midnight) + timedelta(days=1))


@hook
def large_offsets_ignored(
    _: Any, original: Callable[..., Instant | None], context: Any, written: str
) -> Instant | None:
    """Read a time with an offset of 30 hours or more as one in UTC."""
    match = _OFFSET.fullmatch(written)
    return original(context, f"{match['time']}Z" if match else written)


_IN_QUERY: Mapping[str, Callable[[str, str | None], bool]] = {
    "invalid text": lambda _, value: value is not None and "\ufffd" in value,
    "a huge number": lambda _, value: value is not None and value.isdecimal() and len(value) > 300,
    "a list or an object": lambda name, value: (
        value is None and name not in ("page[]", "updated_since", "created_since")
    ),
    "a filter without a name": lambda name, value: name == "filter" and value is not None,
}
_IN_ATTRIBUTES: Mapping[str, Callable[[Any], bool]] = {
    "a number": lambda value: type(value) is int and value == 0,
    "a list or an object": lambda value: isinstance(value, list | dict),
    "a NUL": lambda value: isinstance(value, str) and "\0" in value,
    "a huge number or a lone surrogate": lambda value: (
        (type(value) is int and value > sys.float_info.max) or (isinstance(value, str) and "\ud800" in value)
    ),
}
_STRUCTURES: Mapping[str, Callable[[Any], bool]] = {
    "a list as data": lambda body: isinstance(body, dict) and isinstance(body.get("data"), list),
    "a list as body or a text as attributes": lambda body: (
        isinstance(body, list) or isinstance(_data(body).get("attributes"), str)
    ),
}


def _parameters(request: ApiRequest) -> Iterator[tuple[str, str | None]]:
    """Yield names and values of the query; the value of a list or an object is None."""
    yield from request.query.plain.items()
    for outer, group in request.query.groups.items():
        for inner, value in group.items():
            yield inner or f"{outer}[]", value


def _attributes(request: ApiRequest) -> Mapping[str, Any]:
    attributes = _data(_body(request)).get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _data(body: Any) -> Mapping[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    return data if isinstance(data, dict) else {}


def _body(request: ApiRequest) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None

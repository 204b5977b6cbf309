"""Hooks for unusual input that a server fails to handle."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.listing import Handler, replace_group
from lead_provider_sandbox.http.query_string import Query
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, bad_request

SQL_ERROR = "PG::InvalidTextRepresentation: ERROR: invalid input syntax for type uuid LINE 1: SELECT users.id FROM"
AMBIGUOUS = "The column is ambiguous"
DEEP = 1_000
"""The number of open brackets above which a parser runs out of stack."""


def _failing(matches: Callable[[Any, ApiRequest], bool]) -> Hook:
    """Return a hook that raises an unexpected error for the requests that match its argument."""

    @hook
    def replacement(argument: Any, original: Handler, request: ApiRequest) -> Response:
        if matches(argument, request):
            raise RuntimeError("a fault of the catalogue")
        return original(request)

    return replacement


def _has_value(argument: Mapping[str, str], query: Query) -> bool:
    """Return whether a parameter, such as `page` or `page[page]`, fully matches the pattern `value`.

    A list or a deeper name, such as `page[]` or `page[page][]`, has the value `[]`.
    """
    outer, _, inner = argument["parameter"].removesuffix("]").partition("[")
    if not inner and not argument["parameter"].endswith("]"):
        found = query.plain.get(outer)
    else:
        group = query.groups.get(outer, {})
        found = (group[inner] if group[inner] is not None else "[]") if inner in group else None
    return found is not None and re.fullmatch(argument["value"], found) is not None


fails_with_value = _failing(lambda argument, request: _has_value(argument, request.query))
"""Fail if a query parameter has a value."""
fails_with_text_as_data = _failing(lambda _, request: isinstance(_member(request, "data"), str))
"""Fail if `data` is a text."""
fails_without_attributes = _failing(lambda _, request: _lacks_attributes(_member(request, "data")))
"""Fail if `data` has no `attributes`."""
fails_with_deep_json = _failing(lambda _, request: request.body.count(b"[") > DEEP)
"""Fail if the body is deeply nested."""


@hook
def refuses_parameters(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Return a 400 if all of some filters, or a filter and `sort`, are given."""
    if set(argument) <= _given(request.query):
        raise bad_request(AMBIGUOUS)
    return original(request)


@hook
def shows_sql(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Return a 400 with the database's message if a query parameter has a value."""
    if _has_value(argument, request.query):
        raise bad_request(SQL_ERROR)
    return original(request)


@hook
def parameter_ignored(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Ignore a parameter of a group if it has a value."""
    group, _, name = argument["parameter"].removesuffix("]").partition("[")
    return original(replace_group(request, group, name, None) if _has_value(argument, request.query) else request)


def _given(query: Query) -> set[str]:
    return {*query.plain, *(name for name, value in query.groups.get("filter", {}).items() if value)}


def _member(request: ApiRequest, name: str) -> Any:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return body.get(name) if isinstance(body, dict) else None


def _lacks_attributes(data: Any) -> bool:
    return isinstance(data, dict) and bool(data) and "attributes" not in data

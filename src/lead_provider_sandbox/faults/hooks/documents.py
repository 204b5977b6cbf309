"""Hooks for documents: fields that are missing, null, of another type, renamed, swapped or stale.

A path names a field; `*` stands for every element of a list. Missing fields are ignored. A part returns a document or a
response with one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.paths import values_at
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

NUMBER = 1622427751


def _changing(path: Any, change: Callable[[dict[str, Any], str, Any], Any], *, missing: bool = False) -> Replacement:
    """Return a replacement that calls `change` with each parent of a field, the field's name and the document.

    `missing` includes parents without the field.
    """
    *parents, name = str(path).split("/")

    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        result = deepcopy(original(*arguments))
        document = result.document if isinstance(result, Response) else result
        for parent in values_at(document, parents):
            if isinstance(parent, dict) and (missing or name in parent):
                change(parent, name, document)
        return result

    return replacement


def _value_hook(change: Callable[[Any], Any]) -> Hook:
    return lambda path: _changing(path, lambda parent, name, _: parent.update({name: change(parent[name])}))


nullified = _value_hook(lambda _: None)
"""Set a field to null."""
other_type = _value_hook(
    lambda value: None if value is None else NUMBER if isinstance(value, str) else "something",
)
"""Turn a text into a number, and any other value but null into a text."""
negated = _value_hook(lambda value: not value if isinstance(value, bool) else value)
"""Negate a boolean."""
emptied = _value_hook(lambda _: [])
"""Empty a list."""
shortened = _value_hook(lambda value: value and value[:-1])
"""Remove the last element of a list."""
doubled = _value_hook(lambda value: [each for each in value for _ in range(2)])
"""Repeat every element of a list."""
first_element_only = _value_hook(lambda value: value[:1])
"""Keep only the first element of a list."""
upper_case = _value_hook(lambda value: str(value).upper())
"""Write a text in upper case."""


def drop(argument: Any) -> Replacement:
    """Remove a field."""
    return _changing(argument, lambda parent, name, _: parent.pop(name))


def put(argument: Any) -> Replacement:
    """Set a field to a value, or add it."""
    value = argument["value"]
    return _changing(argument["at"], lambda parent, name, _: parent.update({name: deepcopy(value)}), missing=True)


def put_where_voided(argument: Any) -> Replacement:
    """Set a field of a voided declaration to a value."""

    def change(parent: dict[str, Any], name: str, document: Any) -> None:
        if document["attributes"]["state"] == "voided":
            parent[name] = argument["value"]

    return _changing(f"attributes/{argument['member']}", change)


def of_first_in_state(argument: Any) -> Replacement:
    """Give all declarations in a state the value that the first of them has in a field."""
    first: dict[str, Any] = {}

    def change(parent: dict[str, Any], name: str, document: Any) -> None:
        if document["attributes"]["state"] == argument["state"]:
            parent[name] = first.setdefault(name, parent[name])

    return _changing(f"attributes/{argument['member']}", change)


def rename(argument: Any) -> Replacement:
    """Rename a field."""
    return _changing(argument["at"], lambda parent, name, _: parent.update({argument["to"]: parent.pop(name)}))


def rewrite(argument: Any) -> Replacement:
    """Replace a pattern in a text."""

    def change(value: Any) -> Any:
        return re.sub(argument["find"], argument["by"], value) if isinstance(value, str) else value

    return _value_hook(change)(argument["at"])


def day_moved(argument: Any) -> Replacement:
    """Move the day of a date or time."""

    def change(value: Any) -> Any:
        return value and f"{date.fromisoformat(value[:10]) + timedelta(days=argument['days'])}{value[10:]}"

    return _value_hook(change)(argument["at"])


def swap(argument: Any) -> Replacement:
    """Swap two fields of one object."""
    first, second = argument["members"]

    def change(parent: dict[str, Any], name: str, _: Any) -> None:
        if second in parent:
            parent[name], parent[second] = parent[second], parent[name]

    return _changing("/".join([*filter(None, [argument["in"]]), first]), change)


def copied(argument: Any) -> Replacement:
    """Set a field to the value of another one of the same object."""
    return _changing(argument["at"], lambda parent, name, _: parent.update({name: parent.get(argument["of"])}))


def stale(argument: Any) -> Replacement:
    """Keep the value of a field from the first time that the record was shown."""
    first: dict[str, Any] = {}

    def change(parent: dict[str, Any], name: str, document: Any) -> None:
        parent[name] = first.setdefault(document["id"], parent[name])

    return _changing(argument, change)


def never_cleared(argument: Any) -> Replacement:
    """Keep the last value of a field when it becomes null."""
    last: dict[str, Any] = {}

    def change(parent: dict[str, Any], name: str, document: Any) -> None:
        if parent[name] is not None:
            last[document["id"]] = parent[name]
        parent[name] = last.get(document["id"])

    return _changing(argument, change)


@hook
def response_with(argument: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Change fields of responses, or only of those with the status `of`."""
    response = original(*arguments)
    changes = {name: value for name, value in argument.items() if name != "of"}
    return replace(response, **changes) if response.status == argument.get("of", response.status) else response

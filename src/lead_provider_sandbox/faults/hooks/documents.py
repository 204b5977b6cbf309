"""Hooks for documents: fields that are missing, null, of another type, renamed, swapped or stale.

A path names a field; `*` stands for every element of a list. Missing fields are ignored. A part returns a document or a
response with one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Field = tuple[dict[str, Any], str]
"""An object and the name of one of its fields."""

NUMBER = 1622427751


def drop(argument: Any) -> Replacement:
    """Remove a field."""
    return _changing(argument, lambda parent, name: parent.pop(name))


def put(argument: Any) -> Replacement:
    """Set a field to a value, or add it."""
    *parents, name = str(argument["at"]).split("/")

    def change(document: Any) -> None:
        for parent in _descend(document, parents):
            if isinstance(parent, dict):
                parent[name] = deepcopy(argument["value"])

    return _changed(change)


def nullified(argument: Any) -> Replacement:
    """Set a field to null."""
    return _changing(argument, lambda parent, name: parent.update({name: None}))


def other_type(argument: Any) -> Replacement:
    """Turn a text into a number, and any other value but null into a text."""
    return _changing(argument, lambda parent, name: parent.update({name: _of_another_type(parent[name])}))


def rename(argument: Any) -> Replacement:
    """Rename a field."""
    return _changing(argument["at"], lambda parent, name: parent.update({argument["to"]: parent.pop(name)}))


def rewrite(argument: Any) -> Replacement:
    """Replace a pattern in a text."""

    def change(parent: dict[str, Any], name: str) -> None:
        if isinstance(parent[name], str):
            parent[name] = re.sub(argument["find"], argument["by"], parent[name])

    return _changing(argument["at"], change)


def swap(argument: Any) -> Replacement:
    """Swap two fields of one object."""
    first, second = argument["members"]

    def change(parent: dict[str, Any], name: str) -> None:
        if second in parent:
            parent[name], parent[second] = parent[second], parent[name]

    return _changing("/".join([*filter(None, [argument["in"]]), first]), change)


def stale(argument: Any) -> Replacement:
    """Keep the value of a field from the first time that the record was shown."""
    first: dict[str, Any] = {}

    def change(document: Any) -> None:
        for parent, name in _fields(document, argument):
            parent[name] = first.setdefault(document["id"], parent[name])

    return _changed(change)


def negated(argument: Any) -> Replacement:
    """Negate a boolean."""

    def change(parent: dict[str, Any], name: str) -> None:
        if isinstance(parent[name], bool):
            parent[name] = not parent[name]

    return _changing(argument, change)


def emptied(argument: Any) -> Replacement:
    """Empty a list."""
    return _changing(argument, lambda parent, name: parent.update({name: []}))


def shortened(argument: Any) -> Replacement:
    """Remove the last element of a list."""

    def change(parent: dict[str, Any], name: str) -> None:
        if parent[name]:
            parent[name] = parent[name][:-1]

    return _changing(argument, change)


def doubled(argument: Any) -> Replacement:
    """Repeat every element of a list."""
    return _changing(
        argument, lambda parent, name: parent.update({name: [each for each in parent[name] for _ in range(2)]})
    )


def first_element_only(argument: Any) -> Replacement:
    """Keep only the first element of a list."""
    return _changing(argument, lambda parent, name: parent.update({name: parent[name][:1]}))


def copied(argument: Any) -> Replacement:
    """Set a field to the value of another one of the same object."""
    return _changing(argument["at"], lambda parent, name: parent.update({name: parent.get(argument["of"])}))


def upper_case(argument: Any) -> Replacement:
    """Write a text in upper case."""
    return _changing(argument, lambda parent, name: parent.update({name: str(parent[name]).upper()}))


def never_cleared(argument: Any) -> Replacement:
    """Keep the last value of a field when it becomes null."""
    last: dict[str, Any] = {}

    def change(document: Any) -> None:
        for parent, name in _fields(document, argument):
            if parent[name] is not None:
                last[document["id"]] = parent[name]
            parent[name] = last.get(document["id"])

    return _changed(change)


@hook
def status(argument: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Give successful responses another status."""
    return replace(original(*arguments), status=argument)


@hook
def status_changed(argument: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Replace one status by another."""
    response = original(*arguments)
    return replace(response, status=argument["by"]) if response.status == argument["of"] else response


@hook
def body_changed(argument: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Replace the body of responses with a status."""
    response = original(*arguments)
    if response.status != argument["of"]:
        return response
    return replace(response, document=argument.get("by"), text=argument.get("text"))


@hook
def content_type(argument: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Give every response another content type."""
    return replace(original(*arguments), media_type=argument)


@hook
def content_type_of(argument: Any, original: Callable[..., Response], *arguments: Any) -> Response:
    """Give responses with a status another content type."""
    response = original(*arguments)
    return replace(response, media_type=argument["by"]) if response.status == argument["of"] else response


def _of_another_type(value: Any) -> Any:
    if value is None:
        return None
    return NUMBER if isinstance(value, str) else "something"


def _changing(path: Any, change: Callable[[dict[str, Any], str], Any]) -> Replacement:
    def each(document: Any) -> None:
        for parent, name in _fields(document, path):
            change(parent, name)

    return _changed(each)


def _changed(change: Callable[[Any], None]) -> Replacement:
    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        whole = deepcopy(original(*arguments))
        change(whole.document if isinstance(whole, Response) else whole)
        return whole

    return replacement


def _fields(document: Any, path: Any) -> Iterator[Field]:
    *parents, name = str(path).split("/")
    for parent in _descend(document, parents):
        if isinstance(parent, dict) and name in parent:
            yield parent, name


def _descend(document: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield document
    elif path[0] == "*" and isinstance(document, list):
        for element in document:
            yield from _descend(element, path[1:])
    elif isinstance(document, dict) and path[0] in document:
        yield from _descend(document[path[0]], path[1:])

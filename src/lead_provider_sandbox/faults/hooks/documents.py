"""Hooks for what is shown: members that are lost, nothing, of another type, renamed, swapped or out of date.

A member is named by its path; `*` stands for every element of a list, and what is not there stays away. A part may give
a document, or a whole answer with one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from lead_provider_sandbox.http.responses import Response
from lead_provider_sandbox.parts import Replacement

Member = tuple[dict[str, Any], str]
"""An object, and the name of one of the members it has."""

NUMBER = 1622427751


def drop(told: Any) -> Replacement:
    """A member is missing."""
    return _changing(told, lambda inside, name: inside.pop(name))


def put(told: Any) -> Replacement:
    """A member has another value, or is there though it should not be."""
    *parents, name = str(told["at"]).split("/")

    def change(document: Any) -> None:
        for inside in _within(document, parents):
            if isinstance(inside, dict):
                inside[name] = deepcopy(told["value"])

    return _changed(change)


def nothing(told: Any) -> Replacement:
    """A member is null."""
    return _changing(told, lambda inside, name: inside.update({name: None}))


def other_type(told: Any) -> Replacement:
    """A member that is not null is a number where it was a text, and a text where it was anything else."""
    return _changing(told, lambda inside, name: inside.update({name: _of_another_type(inside[name])}))


def rename(told: Any) -> Replacement:
    """A member is called otherwise."""
    return _changing(told["at"], lambda inside, name: inside.update({told["to"]: inside.pop(name)}))


def rewrite(told: Any) -> Replacement:
    """A text is written otherwise: what a pattern finds is replaced."""

    def change(inside: dict[str, Any], name: str) -> None:
        if isinstance(inside[name], str):
            inside[name] = re.sub(told["find"], told["by"], inside[name])

    return _changing(told["at"], change)


def swap(told: Any) -> Replacement:
    """Two members of one object have each other's values."""
    first, second = told["members"]

    def change(inside: dict[str, Any], name: str) -> None:
        if second in inside:
            inside[name], inside[second] = inside[second], inside[name]

    return _changing("/".join([*filter(None, [told["in"]]), first]), change)


def stale(told: Any) -> Replacement:
    """A member keeps the value that it had when the record was first shown."""
    first: dict[str, Any] = {}

    def change(document: Any) -> None:
        for inside, name in _members(document, told):
            inside[name] = first.setdefault(document["id"], inside[name])

    return _changed(change)


def opposite(told: Any) -> Replacement:
    """A truth value says the opposite."""

    def change(inside: dict[str, Any], name: str) -> None:
        if isinstance(inside[name], bool):
            inside[name] = not inside[name]

    return _changing(told, change)


def emptied(told: Any) -> Replacement:
    """A list has no elements."""
    return _changing(told, lambda inside, name: inside.update({name: []}))


def shortened(told: Any) -> Replacement:
    """A list lacks its last element."""

    def change(inside: dict[str, Any], name: str) -> None:
        if inside[name]:
            inside[name] = inside[name][:-1]

    return _changing(told, change)


def doubled(told: Any) -> Replacement:
    """A list has every element twice."""
    return _changing(
        told, lambda inside, name: inside.update({name: [each for each in inside[name] for _ in range(2)]})
    )


def first_alone(told: Any) -> Replacement:
    """A list has its first element only."""
    return _changing(told, lambda inside, name: inside.update({name: inside[name][:1]}))


def copied(told: Any) -> Replacement:
    """A member has the value of another one of the same object."""
    return _changing(told["at"], lambda inside, name: inside.update({name: inside.get(told["of"])}))


def in_capitals(told: Any) -> Replacement:
    """A text is written in capitals."""
    return _changing(told, lambda inside, name: inside.update({name: str(inside[name]).upper()}))


def lasting(told: Any) -> Replacement:
    """A member that was something once is shown so when it is nothing."""
    last: dict[str, Any] = {}

    def change(document: Any) -> None:
        for inside, name in _members(document, told):
            if inside[name] is not None:
                last[document["id"]] = inside[name]
            inside[name] = last.get(document["id"])

    return _changed(change)


def status(told: Any) -> Replacement:
    """The operation's successes have another status."""

    def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
        return replace(original(*arguments), status=told)

    return replacement


def status_instead(told: Any) -> Replacement:
    """Answers with one status have another."""

    def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
        response = original(*arguments)
        return replace(response, status=told["by"]) if response.status == told["of"] else response

    return replacement


def body_instead(told: Any) -> Replacement:
    """Answers with a status have another body."""

    def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
        response = original(*arguments)
        if response.status != told["of"]:
            return response
        return replace(response, document=told.get("by"), text=told.get("text"))

    return replacement


def content_type(told: Any) -> Replacement:
    """Every answer has another content type."""

    def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
        return replace(original(*arguments), media_type=told)

    return replacement


def content_type_of(told: Any) -> Replacement:
    """Answers with a status have another content type."""

    def replacement(original: Callable[..., Response], *arguments: Any) -> Response:
        response = original(*arguments)
        return replace(response, media_type=told["by"]) if response.status == told["of"] else response

    return replacement


def _of_another_type(value: Any) -> Any:
    if value is None:
        return None
    return NUMBER if isinstance(value, str) else "something"


def _changing(path: Any, change: Callable[[dict[str, Any], str], Any]) -> Replacement:
    def each(document: Any) -> None:
        for inside, name in _members(document, path):
            change(inside, name)

    return _changed(each)


def _changed(change: Callable[[Any], None]) -> Replacement:
    def replacement(original: Callable[..., Any], *arguments: Any) -> Any:
        whole = deepcopy(original(*arguments))
        change(whole.document if isinstance(whole, Response) else whole)
        return whole

    return replacement


def _members(document: Any, path: Any) -> Iterator[Member]:
    *parents, name = str(path).split("/")
    for inside in _within(document, parents):
        if isinstance(inside, dict) and name in inside:
            yield inside, name


def _within(document: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield document
    elif path[0] == "*" and isinstance(document, list):
        for element in document:
            yield from _within(element, path[1:])
    elif isinstance(document, dict) and path[0] in document:
        yield from _within(document[path[0]], path[1:])

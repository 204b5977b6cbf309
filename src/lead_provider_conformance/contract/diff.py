"""List the changes for a provider between two OpenAPI documents, the most severe first.

A change is *breaking* if a client of the old document can fail against the new one. It is *notable* if a client can
receive a response that it has never seen. Otherwise it is *compatible*.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lead_provider_conformance.contract.facts import Fact, Facts, OperationFacts, facts_of
from lead_provider_conformance.schemas.sentences import quote_values

_VERSION = re.compile(r"/v\d+(?=/)")
_ALL_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_PLACEHOLDER = re.compile(r"\{[^}]+\}")


class Severity(StrEnum):
    """The severity of a change for a client."""

    BREAKING = "breaking"
    NOTABLE = "notable"
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True)
class Change:
    """A change, and the operations that have it."""

    severity: Severity
    sentence: str
    operations: tuple[str, ...]
    """In the new document, or in the old one if they were removed: `GET /api/v3/statements`."""


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes between two bundled documents: breaking changes first, then by their first operation.

    Paths that differ only in the version (`/api/v2/…`, `/api/v3/…`) are the same.
    """
    before, after = _by_path(facts_of(old)), _by_path(facts_of(new))
    operations: dict[tuple[Severity, str], dict[str, None]] = defaultdict(dict)
    for key in sorted({*before, *after}):
        label = (after.get(key) or before[key])[0]
        for change in _operation(before.get(key), after.get(key)):
            operations[change][label] = None
    unordered = (Change(*change, tuple(labels)) for change, labels in operations.items())
    return tuple(sorted(unordered, key=lambda change: list(Severity).index(change.severity)))


def report(changes: tuple[Change, ...]) -> str:
    """Return the changes as text, by severity and operations."""
    if not changes:
        return "There are no changes for a provider.\n"
    lines: list[str] = []
    for severity in Severity:
        together: dict[tuple[str, ...], list[str]] = {}
        for change in changes:
            if change.severity is severity:
                together.setdefault(change.operations, []).append(change.sentence)
        if together:
            lines += [f"{severity.capitalize()} changes", ""]
        for operations, sentences in together.items():
            lines += [*(f"  {operation}" for operation in operations), *(f"    - {each}" for each in sentences), ""]
    return "\n".join(lines)


SeverityAndText = Iterator[tuple[Severity, str]]
Labelled = tuple[str, OperationFacts]


def _by_path(facts: Mapping[str, OperationFacts]) -> dict[str, Labelled]:
    return {_PLACEHOLDER.sub("{}", _VERSION.sub("", label, count=1)): (label, each) for label, each in facts.items()}


def _operation(before: Labelled | None, after: Labelled | None) -> SeverityAndText:
    if before is None or after is None:
        yield (Severity.COMPATIBLE, "is new") if before is None else (Severity.BREAKING, "is removed")
        return
    old, new = before[1], after[1]
    if new.deprecated and not old.deprecated:
        yield Severity.NOTABLE, "is deprecated"
    yield from _members("the parameter ", _sent(old.parameters), _sent(new.parameters), sent=True)
    yield from _members("in the request, ", old.request, new.request, sent=True)
    for status in sorted({*old.responses, *new.responses}):
        yield from _response(status, old.responses.get(status), new.responses.get(status))


def _response(status: str, old: Mapping[str, Facts] | None, new: Mapping[str, Facts] | None) -> SeverityAndText:
    success = status.startswith("2")
    if old is None or new is None:
        if old is None:
            yield Severity.NOTABLE, f"can now return {status}"
        else:
            yield Severity.BREAKING if success else Severity.NOTABLE, f"no longer returns {status}"
        return
    for media in sorted({*old, *new}):
        if media not in new:
            yield Severity.BREAKING, f"no longer returns {status} as {media}"
        elif media not in old:
            yield Severity.COMPATIBLE, f"can return {status} as {media}"
        else:
            yield from _members(f"in the response {status}, ", old[media], new[media], sent=False)


def _members(place: str, old: Facts, new: Facts, *, sent: bool) -> SeverityAndText:
    for name in _without_nested(old, new):
        # Without the place of a parameter; a list of records has the names of one record.
        plain = re.sub(r"^data\[\]", "data", name.partition(":")[2] or name)
        for severity, words in _member(old.get(name), new.get(name), sent=sent):
            yield severity, f"{place}`{plain}` {words}"


def _member(a: Fact | None, b: Fact | None, *, sent: bool) -> SeverityAndText:
    if b is None:
        yield Severity.BREAKING, "is no longer accepted" if sent else "is removed"
    elif a is None:
        must_send = sent and b.required
        words = "must now be sent" if must_send else "can now be sent" if sent else "is new"
        yield Severity.BREAKING if must_send else Severity.COMPATIBLE, words
    else:
        if b.required and not a.required:
            yield (Severity.BREAKING, "must now be sent") if sent else (Severity.COMPATIBLE, "is now required")
        if a.required and not b.required:
            yield Severity.COMPATIBLE if sent else Severity.BREAKING, "is now optional"
        yield from _types_and_values(a, b, sent=sent)


def _types_and_values(a: Fact, b: Fact, *, sent: bool) -> SeverityAndText:
    """Yield changes of types and enumerations. Without an enumeration, any value is allowed.

    Fewer allowed values break the sender of a request; more values surprise the receiver of a response.
    """
    verb = "accepted as " if sent else ""
    fewer = Severity.BREAKING if sent else Severity.COMPATIBLE
    more_types, more_values = (
        (Severity.COMPATIBLE, Severity.COMPATIBLE) if sent else (Severity.BREAKING, Severity.NOTABLE)
    )
    old, new = (set(fact.types) or _ALL_TYPES for fact in (a, b))
    if a.types != b.types:
        severity = more_types if old < new else fewer if new < old else Severity.BREAKING
        yield severity, f"is {verb}{_types(b)} instead of {_types(a)}"
    lost = sorted(set(map(str, a.enum)) - set(map(str, b.enum)))
    added = sorted(set(map(str, b.enum)) - set(map(str, a.enum)))
    if a.enum and b.enum:
        if lost:
            yield fewer, f"is no longer {verb}{quote_values(lost)}"
        if added:
            yield more_values, f"can now be {quote_values(added)}"
    elif b.enum:
        yield fewer, f"is now only {verb}{quote_values(added)}"
    elif a.enum:
        yield more_values, "can now have any value"


def _without_nested(old: Facts, new: Facts) -> list[str]:
    """Return the names in order, without the members of an object that is new or removed as a whole."""
    one_sided = old.keys() ^ new.keys()
    nested = tuple(f"{name}{mark}" for name in one_sided for mark in ".[")
    return sorted(name for name in {*old, *new} if name not in one_sided or not name.startswith(nested))


def _sent(parameters: Facts) -> Facts:
    """Return the parameters by the names that clients send.

    Path parameters are left out, because clients do not send their names. A list (`query:sort[]`) is one parameter.
    """
    return {
        name.removesuffix("[]"): replace(fact, required=False) if name.endswith("[]") else fact
        for name, fact in parameters.items()
        if not name.startswith("path:")
    }


def _types(fact: Fact) -> str:
    return " or ".join(fact.types) or "any value"

"""List the changes for a provider between two OpenAPI documents: moved paths first, then the most severe.

A change is *breaking* if a client of the old document can fail against the new one. It is *notable* if a client can
receive a response that it has never seen. Otherwise it is *compatible*.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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


class Kind(StrEnum):
    """The part of an operation that changes, in the order of a report."""

    MOVED = "moved paths"
    REMOVED = "removed operations"
    NEW = "new operations"
    DEPRECATED = "deprecated operations"
    MEMBER = "members"
    VALUE = "values"
    STATUS = "statuses"
    BEHAVIOUR = "behaviour"


_WHOLE_OPERATIONS = (Kind.MOVED, Kind.REMOVED, Kind.NEW, Kind.DEPRECATED)
"""Kinds with a section of their own; the other changes are in a section for each severity."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change, and the operations that have it."""

    kind: Kind
    severity: Severity
    sentence: str
    operations: tuple[str, ...]
    """In the new document, or in the old one if they were removed: `GET /api/v3/statements`."""
    everywhere: bool = False
    """Whether these are all the operations, several, that both documents have."""

    @property
    def section(self) -> str:
        """The heading of the change in a report."""
        return str(self.kind) if self.kind in _WHOLE_OPERATIONS else f"{self.severity} changes"


SECTIONS = (*_WHOLE_OPERATIONS, *(f"{severity} changes" for severity in Severity))
"""The headings of a report, in order."""


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes between two bundled documents, in the order of a report.

    An operation is the same in both documents if it has the same operationId, or else the same path. Paths that differ
    only in the version (`/api/v2/…`, `/api/v3/…`) are the same.
    """
    before, after = facts_of(old), facts_of(new)
    counterparts = _counterparts(before, after)
    operations: dict[tuple[Kind, Severity, str], list[str]] = defaultdict(list)
    for label in before.keys() - counterparts.keys():
        operations[Kind.REMOVED, Severity.BREAKING, "is removed"].append(label)
    for label in after.keys() - counterparts.values():
        operations[Kind.NEW, Severity.COMPATIBLE, "is new"].append(label)
    for old_label, label in counterparts.items():
        if _plain_path(old_label) != _plain_path(label):
            operations[Kind.MOVED, Severity.BREAKING, _moved(old_label, label)].append(label)
        for change in dict.fromkeys(_operation(before[old_label], after[label])):
            operations[change].append(label)
    common = set(counterparts.values()) if len(counterparts) > 1 else None
    found = (
        Change(*change, tuple(sorted(labels, key=_by_path)), everywhere=set(labels) == common)
        for change, labels in operations.items()
    )
    return in_order(found)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return changes in the order of a report."""
    kinds = list(Kind)
    return tuple(
        sorted(
            changes,
            key=lambda each: (
                SECTIONS.index(each.section),
                kinds.index(each.kind),
                [_by_path(label) for label in each.operations],
            ),
        )
    )


def report(changes: tuple[Change, ...]) -> str:
    """Return the changes as text, by section and operations."""
    if not changes:
        return "There are no changes for a provider.\n"
    lines: list[str] = []
    for section in SECTIONS:
        together: dict[tuple[str, ...], list[str]] = {}
        for change in changes:
            if change.section == section:
                operations = ("every operation",) if change.everywhere else change.operations
                together.setdefault(operations, []).append(change.sentence)
        if together:
            lines += [section.capitalize(), ""]
        for operations, sentences in together.items():
            lines += [*(f"  {operation}" for operation in operations), *(f"    - {each}" for each in sentences), ""]
    return "\n".join(lines)


def _by_path(label: str) -> tuple[str, str]:
    """Return a key that sorts operations by path, then by method."""
    method, _, path = _plain_path(label).partition(" ")
    return path, method


KindSeverityAndText = Iterator[tuple[Kind, Severity, str]]


def _counterparts(old: Mapping[str, OperationFacts], new: Mapping[str, OperationFacts]) -> dict[str, str]:
    """Return the operations of the new document by the same operations of the old one."""
    old_ids, new_ids = ({facts.id: label for label, facts in each.items() if facts.id} for each in (old, new))
    counterparts = {label: new_ids[id_] for id_, label in old_ids.items() if id_ in new_ids}
    free = {_plain_path(label): label for label in new if label not in counterparts.values()}
    for label in old:
        if label not in counterparts and _plain_path(label) in free:
            counterparts[label] = free[_plain_path(label)]
    return counterparts


def _plain_path(label: str) -> str:
    """Return the method and path without the version and the names of placeholders."""
    return _PLACEHOLDER.sub("{}", _VERSION.sub("", label, count=1))


def _operation(old: OperationFacts, new: OperationFacts) -> KindSeverityAndText:
    if new.deprecated and not old.deprecated:
        yield Kind.DEPRECATED, Severity.NOTABLE, "is deprecated"
    yield from _members("the parameter ", _sent(old.parameters), _sent(new.parameters), sent=True)
    yield from _members("in the request, ", old.request, new.request, sent=True)
    for status in sorted({*old.responses, *new.responses}):
        yield from _response(status, old.responses.get(status), new.responses.get(status))


def _moved(old: str, new: str) -> str:
    """Return the sentence for an operation at another path; it names the methods only if they differ too."""
    (old_method, old_path), (new_method, new_path) = old.split(" ", 1), new.split(" ", 1)
    if old_method == new_method:
        return f"moved from `{old_path}` to `{new_path}`"
    return f"moved from `{old}` to `{new}`"


def _response(status: str, old: Mapping[str, Facts] | None, new: Mapping[str, Facts] | None) -> KindSeverityAndText:
    success = status.startswith("2")
    if old is None or new is None:
        if old is None:
            yield Kind.STATUS, Severity.NOTABLE, f"can now return {status}"
        else:
            severity = Severity.BREAKING if success else Severity.NOTABLE
            yield Kind.STATUS, severity, f"no longer returns {status}"
        return
    for media in sorted({*old, *new}):
        if media not in new:
            yield Kind.STATUS, Severity.BREAKING, f"no longer returns {status} as {media}"
        elif media not in old:
            yield Kind.STATUS, Severity.COMPATIBLE, f"can return {status} as {media}"
        else:
            yield from _members(f"in the response {status}, ", old[media], new[media], sent=False)


def _members(place: str, old: Facts, new: Facts, *, sent: bool) -> KindSeverityAndText:
    for name in _without_nested(old, new):
        # Without the place of a parameter; a list of records has the names of one record.
        plain = re.sub(r"^data\[\]", "data", name.partition(":")[2] or name)
        for kind, severity, words in _member(old.get(name), new.get(name), sent=sent):
            yield kind, severity, f"{place}`{plain}` {words}"


def _member(a: Fact | None, b: Fact | None, *, sent: bool) -> KindSeverityAndText:
    if b is None:
        yield Kind.MEMBER, Severity.BREAKING, "is no longer accepted" if sent else "is removed"
    elif a is None:
        must_send = sent and b.required
        words = "must now be sent" if must_send else "can now be sent" if sent else "is new"
        yield Kind.MEMBER, Severity.BREAKING if must_send else Severity.COMPATIBLE, words
    else:
        more, less = (Severity.BREAKING, Severity.COMPATIBLE) if sent else (Severity.COMPATIBLE, Severity.BREAKING)
        if b.required and not a.required:
            yield Kind.MEMBER, more, "must now be sent" if sent else "is now required"
        if a.required and not b.required:
            yield Kind.MEMBER, less, "is now optional"
        for severity, words in _types_and_values(a, b, sent=sent):
            yield Kind.VALUE, severity, words


def _types_and_values(a: Fact, b: Fact, *, sent: bool) -> Iterator[tuple[Severity, str]]:
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
    elif b.enum and _limits_every_type(b):
        yield fewer, f"is now only {verb}{quote_values(added)}"
    elif a.enum and not b.enum and _limits_every_type(a):
        yield more_values, "can now have any value"


def _limits_every_type(fact: Fact) -> bool:
    """Return whether an enumeration limits the values of every type; another alternative may allow any boolean."""
    other_types = set(fact.types) - {"null", "string"}
    return not other_types or not all(isinstance(value, str) for value in fact.enum)


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

"""What changes for a provider between two OpenAPI documents, in plain words and with the worst first.

A change is *breaking* if a client that keeps to the old document may fail against the new one; *notable* if it should
be looked at, because an answer may now be one that the client has never seen; and *compatible* otherwise.
"""

from __future__ import annotations

import re
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
    """How much a change matters to a client."""

    BREAKING = "breaking"
    NOTABLE = "notable"
    COMPATIBLE = "compatible"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, and the operations it is made to."""

    severity: Severity
    sentence: str
    operations: tuple[str, ...]
    """As the new document names them, or the old one for what is gone: `GET /api/v3/statements`."""


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """What changes from one bundled document to another: breaking changes first, then by their first operation.

    Paths that differ in the version alone (`/api/v2/…`, `/api/v3/…`) are the same.
    """
    before, after = _by_meaning(facts_of(old)), _by_meaning(facts_of(new))
    found: dict[tuple[Severity, str], dict[str, None]] = {}
    for key in sorted({*before, *after}):
        label = (after.get(key) or before[key])[0]
        for severity, sentence in _operation(before.get(key), after.get(key)):
            found.setdefault((severity, sentence), {})[label] = None
    order = list(Severity)
    return tuple(
        Change(severity, sentence, tuple(operations))
        for (severity, sentence), operations in sorted(found.items(), key=lambda item: order.index(item[0][0]))
    )


def report(found: tuple[Change, ...]) -> str:
    """The changes as text for people: by severity, and what happens to the same operations together."""
    if not found:
        return "Nothing changes for a provider.\n"
    lines: list[str] = []
    for severity in Severity:
        together: dict[tuple[str, ...], list[str]] = {}
        for change in found:
            if change.severity is severity:
                together.setdefault(change.operations, []).append(change.sentence)
        if together:
            lines += [f"{severity.capitalize()} changes", ""]
        for operations, sentences in together.items():
            lines += [*(f"  {operation}" for operation in operations), *(f"    - {each}" for each in sentences), ""]
    return "\n".join(lines)


Found = Iterator[tuple[Severity, str]]
Labelled = tuple[str, OperationFacts]


@dataclass(frozen=True, slots=True)
class _Way:
    """What changes mean on the way to the server or back: less freedom breaks who sends, more breaks who receives."""

    gone: tuple[Severity, str]
    new: tuple[Severity, str]
    new_and_required: tuple[Severity, str]
    required: tuple[Severity, str]
    optional: tuple[Severity, str]
    fewer_types: Severity
    more_types: Severity
    fewer_words: Severity
    more_words: Severity
    verb: str
    """What stands between `is` and a value."""


_SENT = _Way(
    gone=(Severity.BREAKING, "is no longer taken"),
    new=(Severity.COMPATIBLE, "may now be given"),
    new_and_required=(Severity.BREAKING, "must now be given"),
    required=(Severity.BREAKING, "must now be given"),
    optional=(Severity.COMPATIBLE, "may now be left out"),
    fewer_types=Severity.BREAKING,
    more_types=Severity.COMPATIBLE,
    fewer_words=Severity.BREAKING,
    more_words=Severity.COMPATIBLE,
    verb="taken as ",
)
_RECEIVED = _Way(
    gone=(Severity.BREAKING, "is gone"),
    new=(Severity.COMPATIBLE, "is new"),
    new_and_required=(Severity.COMPATIBLE, "is new"),
    required=(Severity.COMPATIBLE, "is now always there"),
    optional=(Severity.BREAKING, "may now be left out"),
    fewer_types=Severity.COMPATIBLE,
    more_types=Severity.BREAKING,
    fewer_words=Severity.COMPATIBLE,
    more_words=Severity.NOTABLE,
    verb="",
)


def _by_meaning(facts: Mapping[str, OperationFacts]) -> dict[str, Labelled]:
    """Operations under a key that neither the version nor the names of placeholders change."""
    return {_PLACEHOLDER.sub("{}", _VERSION.sub("", label, count=1)): (label, each) for label, each in facts.items()}


def _operation(before: Labelled | None, after: Labelled | None) -> Found:
    if before is None or after is None:
        yield (Severity.COMPATIBLE, "is new") if before is None else (Severity.BREAKING, "is gone")
        return
    old, new = before[1], after[1]
    if new.deprecated and not old.deprecated:
        yield Severity.NOTABLE, "is deprecated"
    yield from _members(_SENT, "the parameter ", _sent(old.parameters), _sent(new.parameters))
    yield from _members(_SENT, "in the request, ", old.request, new.request)
    for status in sorted({*old.responses, *new.responses}):
        yield from _response(status, old.responses.get(status), new.responses.get(status))


def _response(status: str, old: Mapping[str, Facts] | None, new: Mapping[str, Facts] | None) -> Found:
    success = status.startswith("2")
    if old is None or new is None:
        if old is None:
            yield Severity.NOTABLE, f"may now answer {status}"
        else:
            yield Severity.BREAKING if success else Severity.NOTABLE, f"no longer answers {status}"
        return
    for media in sorted({*old, *new}):
        if media not in new:
            yield Severity.BREAKING, f"no longer answers {status} as {media}"
        elif media not in old:
            yield Severity.COMPATIBLE, f"may answer {status} as {media}"
        else:
            yield from _members(_RECEIVED, f"in the answer {status}, ", old[media], new[media])


def _members(way: _Way, place: str, old: Facts, new: Facts) -> Found:
    for name in _topmost(old, new):
        a, b = old.get(name), new.get(name)
        for severity, words in _member(way, a, b):
            yield severity, f"{place}`{_plain(name)}` {words}"


def _member(way: _Way, a: Fact | None, b: Fact | None) -> Found:
    if b is None:
        yield way.gone
    elif a is None:
        yield way.new_and_required if b.required else way.new
    else:
        if a.required != b.required:
            yield way.required if b.required else way.optional
        if a.types != b.types:
            yield _types_changed(way, a, b), f"is {way.verb}{_types(b)} instead of {_types(a)}"
        yield from _words(way, a, b)


def _types_changed(way: _Way, a: Fact, b: Fact) -> Severity:
    old, new = (set(fact.types) or _ALL_TYPES for fact in (a, b))
    if old < new:
        return way.more_types
    return way.fewer_types if new < old else Severity.BREAKING


def _words(way: _Way, a: Fact, b: Fact) -> Found:
    """Changes to an enumeration, which may be new or gone as a whole: without one, anything goes."""
    lost = sorted(set(map(str, a.enum)) - set(map(str, b.enum)))
    new = sorted(set(map(str, b.enum)) - set(map(str, a.enum)))
    if a.enum and b.enum:
        if lost:
            yield way.fewer_words, f"is no longer {way.verb}{quote_values(lost)}"
        if new:
            yield way.more_words, f"may now be {quote_values(new)}"
    elif b.enum:
        yield way.fewer_words, f"is {way.verb}nothing but {quote_values(new)}"
    elif a.enum:
        yield way.more_words, "may now be anything"


def _topmost(old: Facts, new: Facts) -> list[str]:
    """The names to speak of: of what is new or gone as a whole, not its parts."""
    one_sided = {name for name in {*old, *new} if (name in old) != (name in new)}
    return sorted(
        name
        for name in {*old, *new}
        if name not in one_sided or not any(name.startswith((f"{top}.", f"{top}[")) for top in one_sided)
    )


def _sent(parameters: Facts) -> Facts:
    """The parameters by the names they are sent under: without those in the path, whose names are the document's own
    affair, and a list (`query:sort[]`) as the one parameter that it is.
    """
    return {
        name.removesuffix("[]"): replace(fact, required=False) if name.endswith("[]") else fact
        for name, fact in parameters.items()
        if not name.startswith("path:")
    }


def _plain(name: str) -> str:
    """The name as a client knows it; a list of records and one record are told alike."""
    return re.sub(r"^data\[\]", "data", name.partition(":")[2] or name)


def _types(fact: Fact) -> str:
    return " or ".join(fact.types) or "anything"

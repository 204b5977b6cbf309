"""Lay out a body for reading: JSON on indented lines, each with its JSON pointer, and long stretches folded.

The layout works on the text and not on parsed values, because a body may be cut off at any place, and numbers, escapes
and duplicate members must appear as sent. A text that is not JSON is shown unchanged.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from lead_provider_conformance.text import shortened, visible

LEXEME = re.compile(r'"(?:[^"\\]|\\.)*\\?"?|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)  # a string may be cut off
OPENING, CLOSING = ("{", "["), ("}", "]")
CLOSE = " end"  # the pointer of a closing line; no violation has such a pointer
MAX_DEPTH = 100  # deeper JSON is shown unchanged, because its pointers grow with the depth
MAX_INDENT = 12
LONGEST_LINE = 400

# A folded body shows its first and last lines, and some lines around each note.
FIRST_LINES, LAST_LINES, AROUND = 6, 3, 8
SHORTEST_FOLD = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body; `notes` are the problems of the member that it shows or opens."""

    text: str
    pointer: str = ""
    notes: tuple[str, ...] = ()

    @property
    def indent(self) -> str:
        """Return the leading spaces."""
        return self.text[: len(self.text) - len(self.text.lstrip(" "))]


@dataclass(frozen=True, slots=True)
class Fold:
    """A number of lines that are not shown."""

    count: int


@dataclass(slots=True)
class _Container:
    pointer: str
    is_object: bool
    index: int = 0  # of the current item


def lay_out(
    text: str, notes: Mapping[str, Collection[str]], *, cut: bool = False, room: int = 48
) -> tuple[Line | Fold, ...]:
    """Return the lines of a body, folded to about `room` lines.

    `notes` are messages by JSON pointer; their lines are always shown, with a few lines around them. With `cut`, the
    text may end anywhere.
    """
    text = visible(text)
    try:
        if not cut:
            json.loads(text, strict=False)
        lines = list(_json_lines(text))
    except (ValueError, RecursionError):
        lines = [Line(shortened(line, LONGEST_LINE)) for line in text.splitlines()]
    first: dict[str, int] = {}
    for index, line in enumerate(lines):
        first.setdefault(line.pointer, index)
    noted = _noted(first, notes)
    lines = [replace(line, notes=tuple(noted[index])) if index in noted else line for index, line in enumerate(lines)]
    return tuple(_folded(lines, first, sorted(noted), room))


def _json_lines(text: str) -> Iterator[Line]:
    """Yield one line for each member, item and closing bracket. Raise ValueError if the text is clearly not JSON."""
    if not text.lstrip().startswith(OPENING):
        raise ValueError("neither an object nor an array")
    containers: list[_Container] = []
    lexemes = LEXEME.findall(text)
    line = pointer = previous = ""
    for lexeme, following in zip(lexemes, [*lexemes[1:], ""], strict=True):
        if lexeme in CLOSING:
            if not containers:
                raise ValueError("unexpected closing bracket")
            container = containers.pop()
            if previous in OPENING:
                line += lexeme
            else:
                if line:
                    yield Line(line, pointer)
                line, pointer = _indent(containers) + lexeme, container.pointer + CLOSE
        elif lexeme == ":":
            line += ": "
        elif lexeme == ",":
            yield Line(f"{line},", pointer)
            line = ""
            if containers:
                containers[-1].index += 1
        else:
            if previous not in ("", "{", "[", ",", ":"):
                raise ValueError("unexpected value")
            if previous != ":":
                pointer = _pointer(containers[-1], lexeme) if containers else ""
            line = (line or _indent(containers)) + shortened(lexeme, LONGEST_LINE)
            if lexeme in OPENING:
                if len(containers) == MAX_DEPTH:
                    raise ValueError("nested too deeply")
                containers.append(_Container(pointer, is_object=lexeme == "{"))
                if following not in CLOSING:
                    yield Line(line, pointer)
                    line = ""
        previous = lexeme
    if line:
        yield Line(line, pointer)


def _pointer(container: _Container, lexeme: str) -> str:
    if not container.is_object:
        return f"{container.pointer}/{container.index}"
    name = lexeme.strip('"')
    with contextlib.suppress(ValueError):
        name = str(json.loads(lexeme, strict=False))
    return f"{container.pointer}/{name.replace('~', '~0').replace('/', '~1')}"


def _indent(containers: Sequence[_Container]) -> str:
    return "  " * min(len(containers), MAX_INDENT)


def _noted(first: Mapping[str, int], notes: Mapping[str, Collection[str]]) -> dict[int, list[str]]:
    """Return the notes by line: the line of the member, or of the nearest enclosing one if the member is missing."""
    noted: dict[int, list[str]] = defaultdict(list)
    for pointer, messages in notes.items():
        place = next((each for each in (pointer, *_enclosing(pointer)) if each in first), None)
        if place is not None:
            noted[first[place]].extend(messages)
    return noted


def _enclosing(pointer: str) -> Iterator[str]:
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _folded(lines: Sequence[Line], first: Mapping[str, int], noted: Sequence[int], room: int) -> Iterator[Line | Fold]:
    if len(lines) <= room:
        yield from lines
        return
    around = max(1, min(AROUND, room // (3 * len(noted)))) if noted else 0
    shown = {*range(FIRST_LINES if noted else room - LAST_LINES), *range(len(lines) - LAST_LINES, len(lines))}
    for index in noted[: room // 3]:
        shown.update(range(index - around, index + around + 1))
        shown.update(first[each] for each in _enclosing(lines[index].pointer) if each in first)
    for is_shown, group in groupby(range(len(lines)), key=shown.__contains__):
        stretch = [lines[index] for index in group]
        if is_shown or len(stretch) < SHORTEST_FOLD:
            yield from stretch
        else:
            yield Fold(len(stretch))

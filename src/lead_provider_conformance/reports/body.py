"""A body laid out for reading: JSON on indented lines, each with its place, and long stretches folded.

It works on the text, not on a parsed value, so that a body that was cut off, names a member twice or is barely JSON is
shown as it came.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lead_provider_conformance.text import shortened, visible

PIECE = re.compile(r'\s*([{}\[\]:,]|"(?:[^"\\]|\\.)*"|[-+.\w]+)', re.DOTALL)
CLOSING = {"{": "}", "[": "]"}
CLOSE = " end"  # no JSON pointer of ours ends like this, so a closing bracket is never taken for its container
DEEPEST = 100  # the nesting that is still laid out; beyond it, the text is shown as it came
DEEPEST_INDENT = 12
LONGEST_LINE = 400

# Of a long body stay its first lines, its last ones, and some on both sides of each line with a note.
BEGINNING, END_LINES, AROUND = 6, 3, 8
SHORTEST_FOLD = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body; `notes` say what is wrong with the member that it shows or begins."""

    text: str
    pointer: str = ""
    notes: tuple[str, ...] = ()

    @property
    def indent(self) -> str:
        """The spaces that the line begins with."""
        return self.text[: len(self.text) - len(self.text.lstrip(" "))]


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines that are left out here."""

    count: int


class _NotJsonError(Exception):
    """The text is not JSON up to where it was cut."""


def laid_out(
    text: str, marks: Mapping[str, Collection[str]], *, cut: bool = False, room: int = 48
) -> tuple[Line | Fold, ...]:
    """The lines of a body, at most about `room` of them.

    `marks` are notes by JSON pointer: the lines they are about always stay, with a few around them. `cut` says that
    the text may end anywhere.
    """
    text = visible(text)
    try:
        lines = list(_Layout(text, cut=cut).lines())
    except _NotJsonError:
        lines = [Line(shortened(line, LONGEST_LINE)) for line in text.splitlines()]
    marked = _marked(lines, marks)
    return tuple(_folded(marked, room))


def _marked(lines: list[Line], marks: Mapping[str, Collection[str]]) -> list[Line]:
    """The lines with their notes: each mark goes to the first line of its member, or of the nearest one around it."""
    first: dict[str, int] = {}
    for index, line in enumerate(lines):
        first.setdefault(line.pointer, index)
    notes: dict[int, list[str]] = {}
    for pointer, messages in marks.items():
        place = pointer
        while place and place not in first:
            place = place.rpartition("/")[0]
        if place in first:
            notes.setdefault(first[place], []).extend(messages)
    return [
        Line(line.text, line.pointer, tuple(notes[index])) if index in notes else line
        for index, line in enumerate(lines)
    ]


def _folded(lines: list[Line], room: int) -> Iterator[Line | Fold]:
    noted = [index for index, line in enumerate(lines) if line.notes]
    if len(lines) <= room:
        yield from lines
        return
    kept = set(range(BEGINNING if noted else room - END_LINES)) | set(range(len(lines) - END_LINES, len(lines)))
    around = max(1, min(AROUND, room // (3 * len(noted)))) if noted else 0
    for index in noted[: room // 3]:
        kept |= set(range(index - around, index + around + 1))
        kept |= _ancestors(lines, index)
    shown = -1
    for index in sorted(kept & set(range(len(lines)))):
        skipped = lines[shown + 1 : index]
        if len(skipped) >= SHORTEST_FOLD:
            yield Fold(len(skipped))
        else:
            yield from skipped
        yield lines[index]
        shown = index


def _ancestors(lines: list[Line], index: int) -> set[int]:
    """The lines that open what the line at `index` is in."""
    wanted = lines[index].pointer
    found = set()
    for earlier in range(index - 1, -1, -1):
        parent = wanted.rpartition("/")[0]
        if not wanted:
            break
        if lines[earlier].pointer == parent and lines[earlier].text.endswith(("{", "[")):
            found.add(earlier)
            wanted = parent
    return found


class _Layout:
    """JSON text, piece by piece, as lines: one for each member and item, and one for each bracket that closes."""

    def __init__(self, text: str, *, cut: bool) -> None:
        self._text = text.rstrip()
        self._cut = cut
        self._at = 0
        # For each container that is open: its bracket, its own pointer, and that of the member or item being read.
        self._open: list[str] = []
        self._containers: list[str] = []
        self._members: list[str] = []
        self._items: list[int] = []
        self._name = ""  # what the line begins with, once the member's name has been read
        self._wants_name = False
        self._value: Line | None = None  # a value read in full, until it is known whether a comma follows
        self._opener: Line | None = None  # a bracket just opened, until it is known whether it closes at once

    def lines(self) -> Iterator[Line]:
        """The lines. Raises _NotJsonError where the text stops being JSON."""
        while self._at < len(self._text):
            piece = self._next()
            if piece is None:
                if self._opener:
                    yield self._opener
                yield self._cut_off()
                return
            yield from self._read(piece)
        if last := self._opener or self._value:
            yield last
        if not self._cut and (self._open or self._name or not self._value):
            raise _NotJsonError

    def _next(self) -> str | None:
        """The next piece; None when the text is cut off within one."""
        found = PIECE.match(self._text, self._at)
        if found:
            self._at = found.end()
            return found[1]
        if self._cut and self._text[self._at :].lstrip().startswith('"'):
            return None
        raise _NotJsonError

    def _read(self, piece: str) -> Iterator[Line]:
        opener, self._opener = self._opener, None
        closes = bool(self._open) and piece == CLOSING[self._open[-1]] and not self._name
        if opener and not closes:
            yield opener
        if piece == "," and self._value and self._open:
            yield Line(self._value.text + ",", self._value.pointer)
            self._value = None
            self._wants_name = self._open[-1] == "{"
            if not self._wants_name:
                self._items[-1] += 1
                self._members[-1] = f"{self._containers[-1]}/{self._items[-1]}"
        elif closes:
            if self._value:
                yield self._value
            for stack in (self._open, self._containers, self._members, self._items):
                stack.pop()
            self._wants_name = False
            if opener:
                self._value = Line(opener.text + piece, opener.pointer)
            else:
                self._value = Line(self._indented(piece), self._pointer() + CLOSE)
        elif self._value or piece in (",", ":", "}", "]"):
            raise _NotJsonError
        elif self._wants_name:
            self._read_name(piece)
        elif piece in CLOSING:
            if len(self._open) == DEEPEST:
                raise _NotJsonError
            here = self._pointer()
            self._opener = Line(self._indented(self._name + piece), here)
            self._name = ""
            self._open.append(piece)
            self._containers.append(here)
            self._members.append(f"{here}/0")
            self._items.append(0)
            self._wants_name = piece == "{"
        else:
            self._value = Line(self._indented(self._name + shortened(piece, LONGEST_LINE)), self._pointer())
            self._name = ""

    def _read_name(self, piece: str) -> None:
        if not piece.startswith('"'):
            raise _NotJsonError
        self._members[-1] = f"{self._containers[-1]}/{_step(piece)}"
        self._name = f"{shortened(piece, LONGEST_LINE)}: "
        self._wants_name = False
        whole = self._at < len(self._text)
        if (whole and self._next() != ":") or not (whole or self._cut):
            raise _NotJsonError

    def _cut_off(self) -> Line:
        """The last line of a text that is cut off within a string."""
        rest = shortened(self._text[self._at :].strip(), LONGEST_LINE)
        return Line(self._indented(self._name + rest), self._pointer())

    def _indented(self, text: str) -> str:
        return "  " * min(len(self._open), DEEPEST_INDENT) + text

    def _pointer(self) -> str:
        return self._members[-1] if self._members else ""


def _step(string: str) -> str:
    name = string[1:-1]
    if "\\" in name:
        with contextlib.suppress(ValueError):
            name = str(json.loads(string, strict=False))
    return name.replace("~", "~0").replace("/", "~1")

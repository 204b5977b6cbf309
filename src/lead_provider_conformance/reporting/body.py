"""A body laid out for reading: JSON on indented lines, each with its place, and long stretches folded.

It works on the text, not on a parsed value, so that a body that was cut off, names a member twice or is barely JSON is
shown as it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lead_provider_conformance.reporting.visible import shortened, visible

TOKEN = re.compile(r'\s*(?:(?P<punctuation>[{}\[\]:,])|(?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")|(?P<word>[-+.\w]+))')
DEEPEST_INDENT = 12
LONGEST_LINE = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a body; `notes` say what is wrong with the member that it shows or begins."""

    text: str
    pointer: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines that are left out here."""

    count: int


class _NotJsonError(Exception):
    """The text is not JSON up to where it was cut."""


def laid_out(
    text: str, marks: Mapping[str, Collection[str]], *, cut: bool = False, room: int = 60
) -> tuple[Line | Fold, ...]:
    """The lines of a body, at most about `room` of them.

    `marks` are notes by JSON pointer: the lines they are about always stay, with a few around them. `cut` says that
    the text may end anywhere.
    """
    try:
        lines = list(_json_lines(text, cut=cut))
    except _NotJsonError:
        lines = [Line(shortened(line, LONGEST_LINE)) for line in visible(text).splitlines()]
    marked = _marked(lines, marks)
    return tuple(_folded(marked, room))


def _marked(lines: list[Line], marks: Mapping[str, Collection[str]]) -> list[Line]:
    """The lines with their notes: each mark goes to the first line of its member, or of the nearest member around it."""
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
    kept: set[int] = set(range(room // 3 if noted else room - 5)) | set(range(len(lines) - 3, len(lines)))
    around = max(2, room // (3 * len(noted))) if noted else 0
    for index in noted[: room // 3]:
        kept |= set(range(index - around, index + around + 1))
        kept |= _ancestors(lines, index)
    skipped = 0
    for index, line in enumerate(lines):
        if index in kept:
            if skipped:
                yield Fold(skipped)
            skipped = 0
            yield line
        else:
            skipped += 1
    if skipped:
        yield Fold(skipped)


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


def _json_lines(text: str, *, cut: bool) -> Iterator[Line]:
    """The lines of JSON `text`. Raises _NotJsonError where it stops being JSON."""
    path: list[str] = []  # a step for each open container: the member's name or the item's number
    kinds: list[str] = []
    start = ""  # what the line under construction begins with: the member's name
    key_next = False
    held: Line | None = None  # a complete line, until it is known whether a comma follows
    at = 0
    while at < len(text.rstrip()):
        found = TOKEN.match(text, at)
        if not found:
            if not cut or not text[at:].lstrip().startswith('"'):
                raise _NotJsonError
            held_tail = visible(text[at:].strip())
            if held:
                yield held
            yield Line(_indented(len(kinds), start + shortened(held_tail, LONGEST_LINE)), _pointer(path))
            return
        at = found.end()
        mark = found["punctuation"]
        if mark == "," and held and kinds:
            yield Line(held.text + ",", held.pointer)
            held = None
            if kinds[-1] == "[":
                path[-1] = str(int(path[-1]) + 1)
            else:
                key_next = True
        elif mark in ("}", "]") and kinds and kinds[-1] == {"}": "{", "]": "["}[mark]:
            if held:
                yield held
            kinds.pop()
            path.pop()
            held = Line(_indented(len(kinds), mark), _pointer(path) + " end")
            key_next = False
        elif held or mark in (",", ":", "}", "]"):
            raise _NotJsonError
        elif key_next:
            if not found["string"]:
                raise _NotJsonError
            path[-1] = _step(found["string"])
            start = f"{visible(found['string'])}: "
            colon = TOKEN.match(text, at)
            if colon and colon["punctuation"] == ":":
                at = colon.end()
            elif not (cut and not text[at:].strip()):
                raise _NotJsonError
            key_next = False
        elif mark:
            closing = TOKEN.match(text, at)
            if closing and closing["punctuation"] == {"{": "}", "[": "]"}[mark]:
                at = closing.end()
                held = Line(_indented(len(kinds), start + mark + closing["punctuation"]), _pointer(path))
            else:
                yield Line(_indented(len(kinds), start + mark), _pointer(path))
                kinds.append(mark)
                path.append("0")
                key_next = mark == "{"
            start = ""
        else:
            shown = visible(found["string"] or found["word"])
            held = Line(_indented(len(kinds), start + shortened(shown, LONGEST_LINE)), _pointer(path))
            start = ""
    if held:
        yield held
    if (kinds or start) and not cut:
        raise _NotJsonError


def _step(string: str) -> str:
    try:
        name = str(json.loads(string, strict=False))
    except ValueError:
        name = string[1:-1]
    return name.replace("~", "~0").replace("/", "~1")


def _pointer(path: list[str]) -> str:
    return "".join(f"/{step}" for step in path)


def _indented(depth: int, text: str) -> str:
    return "  " * min(depth, DEEPEST_INDENT) + text

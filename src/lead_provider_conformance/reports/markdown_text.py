"""Text in GitHub Flavored Markdown that also reads well unrendered: few characters are escaped."""

from __future__ import annotations

import re

from lead_provider_conformance.text import one_line

# A backslash that would escape something, emphasis, cells of a table, strikethrough, links, footnotes, and the
# marks of a list, a heading or a checkbox at the beginning. An underscore within a word is no emphasis.
MARKS = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|[*|]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|!(?=\[)|\](?=[(\[:])|\[(?=\^)"
    r"|^[-+#=]|^\[(?=[ xX]\])"
)
NUMBER_OF_A_LIST = re.compile(r"^(\d+)(?=[.)](?:\s|$))")
# Code, a mention, a reference to an issue, and an address. Some tools look for them before they read Markdown.
REFERENCE = re.compile(r"`|[@#](?=\w)|:(?=//)|(?<=\bwww)\.")
TAG = re.compile(r"<(?=[A-Za-z/!?])")
ENTITY = re.compile(r"&(?=#?\w+;)")


def escaped(text: str) -> str:
    """Return `text` on one line, with the special characters of Markdown and HTML escaped."""
    return _escaped(one_line(text))


def prose(text: str) -> str:
    """Return a sentence on one line, with its `backticks` as code and all else escaped."""
    parts = one_line(text).split("`")
    if len(parts) % 2 == 0:  # an unpaired backtick is literal
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(code(part) if index % 2 and part else _escaped(part) for index, part in enumerate(parts))


def _escaped(text: str) -> str:
    plain = NUMBER_OF_A_LIST.sub(r"\1\\", MARKS.sub(r"\\\g<0>", text))
    plain = TAG.sub("&lt;", ENTITY.sub("&amp;", plain))
    plain = f"&gt;{plain[1:]}" if plain.startswith(">") else plain
    return REFERENCE.sub(lambda match: f"&#{ord(match[0])};", plain)


def code(text: str) -> str:
    """Return `text` as inline code on one line."""
    return f"`{one_line(text).replace('`', '')}`"


def block(text: str, language: str) -> str:
    """Return `text` as a block of code."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"

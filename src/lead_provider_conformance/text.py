"""Make text from servers safe to display.

A server may send terminal escapes, NULs, or controls that reverse the reading direction. They are shown by code point,
so that a report neither executes nor hides them.
"""

from __future__ import annotations

import codecs
import re
from typing import TextIO

# Unicode's categories Cc, Cf, Cs, Zl and Zp except tab and newline, and the characters that XML 1.0 cannot represent.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

_POSITION = re.compile(r"(?<=/)\d+(?=[/: ]|$)")


_PLAIN = {
    "·": "-",
    "→": "->",
    "…": "...",
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "✓": "+",
    "✗": "x",
}


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each, "?") for each in characters), error.end


codecs.register_error("lead_provider_plain", _plain)


def write_plainly(stream: TextIO | None) -> None:
    """Let a stream whose encoding is not UTF-8 show a plain character in place of one that it cannot encode."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="lead_provider_plain")


def visible(text: str) -> str:
    """Return `text` with each invisible character replaced by its code point: `⟨U+202E⟩`. Keep tabs and line breaks."""
    if text.isascii() and text.isprintable():  # most texts, and found ten times as fast
        return text
    return INVISIBLE.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return `text` on one line, with invisible characters replaced as in `visible`."""
    return " ".join(visible(text).split())


def shortened(text: str, length: int) -> str:
    """Return `text` truncated to at most `length` characters, with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def without_positions(text: str) -> str:
    """Return `text` with every list position of a JSON pointer replaced by `*`: records share their defects."""
    return _POSITION.sub("*", text)

"""Text that servers sent, made safe to look at.

A server may send anything: terminal escapes, NULs, controls that turn the reading direction round. Such characters are
shown by their number, so that a report neither obeys nor hides them.
"""

from __future__ import annotations

import re

# Unicode's categories Cc, Cf, Cs, Zl and Zp, but for tab and newline; and what XML 1.0 cannot hold.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """`text` with every invisible character shown as `⟨U+202E⟩`; tabs and line breaks stay."""
    return INVISIBLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`text` on one line, with invisible characters shown."""
    return " ".join(visible(text).split())


def shortened(text: str, length: int) -> str:
    """`text` cut to at most `length` characters, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"

"""Replace secrets in requests and responses, so that no test, journal or report holds a token."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from lead_provider_conformance.config.target import SHORTEST_TOKEN, Target

LABELS = ("$TOKEN", "$OTHER_TOKEN")
OTHER_KIND_LABEL = "$OTHER_KIND_TOKEN"
# Escapes by number in URLs and HTML, once and twice.
NUMERIC_ESCAPES = ("%{0:02x}", "%25{0:02x}", "&#{0};", "&#x{0:x};", "&amp;#{0};", "&amp;#x{0:x};")
JSON_ESCAPED = "/\"'\\"
APOSTROPHES = {"&apos;", "&amp;apos;"}
# Escaped text contains one of these, or a character of JSON_ESCAPED after a backslash. A lone ampersand only separates
# the pairs of a query.
NUMBERED_ESCAPES = ("%", "\\u")
ENTITIES = (b"&#", b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;")
# Backslashes double each time that JSON is embedded in JSON. Three levels are the limit.
BACKSLASHES = r"\\{1,8}"


class Redactor:
    """Replace each secret, in every form in which servers echo it, by its label.

    The forms are: unchanged, in another case, and in base64 at any offset with either alphabet. In each of these, any
    character may be percent-encoded once or twice, or escaped as in HTML, in JSON, or in JSON inside JSON.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """`secrets` maps secrets to labels. Secrets shorter than SHORTEST_TOKEN are ignored."""
        long_enough = (item for item in secrets.items() if len(item[0]) >= SHORTEST_TOKEN)
        # The longest first: one token may begin with another.
        self._secrets = tuple(sorted(long_enough, key=lambda item: len(item[0]), reverse=True))
        self.cached_text = lru_cache(self.text)
        """`text` with a cache, for headers that most requests repeat."""
        forms = {form for secret, _ in self._secrets for form in _forms(secret)}
        json_escapes = {f"\\{each}" for each in JSON_ESCAPED if any(each in form for form in forms)}
        self._suspicious = tuple(each.encode().lower() for each in (*NUMBERED_ESCAPES, *json_escapes, *forms))

    @classmethod
    def of(cls, *targets: Target) -> Redactor:
        """Return a redactor for the tokens and headers of targets.

        The labels are $TOKEN, $OTHER_TOKEN, $OTHER_KIND_TOKEN, and the names of the headers.
        """
        secrets: dict[str, str] = {}
        for target in targets:
            secrets |= {value: f"${name.upper().replace('-', '_')}" for name, value in target.headers.items()}
            secrets |= {target.other_kind_token: OTHER_KIND_LABEL} if target.other_kind_token else {}
            secrets |= dict(zip(target.tokens, LABELS, strict=False))
        return cls(secrets)

    def including(self, secret: str, label: str) -> Redactor:
        """Return a redactor that replaces one more secret, and texts that it shares with others, by its label."""
        return type(self)({secret: label, **dict(self._secrets)})

    def text(self, text: str) -> str:
        """Return `text` with its secrets replaced."""
        if not self._secrets:
            return text
        if text.isascii() and self._is_clean(text.encode()):
            return text
        return self._text_pattern.sub(self._label, text)

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers with the secrets in names and values replaced."""
        return {self.cached_text(name): self.cached_text(value) for name, value in headers.items()}

    def content(self, content: bytes) -> bytes:
        """Return `content` with its secrets replaced."""
        if not self._secrets:
            return content
        if self._is_clean(content):
            return content
        return self._content_pattern.sub(lambda match: self._label(match).encode(), content)

    def _is_clean(self, content: bytes) -> bool:
        """Return whether `content` certainly holds no secret: it has neither escapes nor a plain form of one.

        Nearly every response is clean, and this check is thirty times as fast as the search.
        """
        lowered = content.lower()
        # The search for one byte is a hundred times as fast as those for longer texts.
        entities = ENTITIES if b"&" in lowered else ()
        return not any(map(lowered.__contains__, (*self._suspicious, *entities)))

    def _label(self, match: re.Match[Any]) -> str:
        return self._secrets[(match.lastindex or 1) - 1][1]

    @cached_property
    def _text_pattern(self) -> re.Pattern[str]:
        # Compiled when it is needed, like the other one: it takes long, and responses rarely need theirs.
        return re.compile(self._pattern, re.IGNORECASE)

    @cached_property
    def _content_pattern(self) -> re.Pattern[bytes]:
        return re.compile(self._pattern.encode(), re.IGNORECASE)

    @property
    def _pattern(self) -> str:
        """The pattern of the secrets, with one group for each."""
        groups, starts = [], set()
        for secret, _ in self._secrets:
            forms = _forms(secret)
            groups.append(f"({'|'.join(''.join(map(_character, form)) for form in forms)})")
            starts |= {form[0] for form in forms}
        # The lookahead rejects most positions at once, which makes the search four times as fast.
        return f"(?=[{re.escape(''.join(sorted(starts)))}%&\\\\])(?:{'|'.join(groups)})"


def _character(character: str) -> str:
    """Return a pattern for one character of a secret, plain or escaped."""
    as_html = html.escape(character)
    forms = {character, as_html, html.escape(as_html)} | {form.format(ord(character)) for form in NUMERIC_ESCAPES}
    if character == "'":
        forms |= APOSTROPHES
    # A form comes before those that it starts with.
    alternatives = "|".join(sorted(map(re.escape, forms), reverse=True))
    escaped = f"u{ord(character):04x}|{re.escape(character)}" if character in JSON_ESCAPED else f"u{ord(character):04x}"
    return f"(?:{BACKSLASHES}(?:{escaped})|{alternatives})"


def _forms(secret: str) -> set[str]:
    encodings = (base64.b64encode, base64.urlsafe_b64encode)
    return {secret} | {form for encode in encodings for form in _base64_forms(secret, encode)}


def _base64_forms(secret: str, encode: Callable[[bytes], bytes]) -> set[str]:
    """Return the parts of a base64 text that depend on the secret alone, for each offset of the secret."""
    forms = set()
    # A character holds six bits. After one or two other bytes, the first two or three characters depend on them.
    for offset, first in enumerate((0, 2, 3)):
        encoded = encode(b"\0" * offset + secret.encode()).decode()
        end = (offset + len(secret.encode())) * 8 // 6
        forms.add(encoded[first:end])
    return forms

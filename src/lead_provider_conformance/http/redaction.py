"""Keeps tokens out of everything: what a server echoes is redacted before anybody else sees it."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from lead_provider_conformance.config.target import SHORTEST_TOKEN, Target

LABELS = ("$TOKEN", "$OTHER_TOKEN")
OTHER_KIND_LABEL = "$OTHER_KIND_TOKEN"
# By number in URLs and HTML; any character may be written so, though few are.
BY_NUMBER = ("%{0:02x}", "%25{0:02x}", "&#{0};", "&#x{0:x};")
# Whatever is escaped has one of these in it; an ampersand alone only parts the pairs of a query.
ESCAPING = (b"%", b"\\")
ENTITIES = (b"&#", b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;")
# Each time that JSON is written inside JSON, its backslashes double: three times is as often as anybody does it.
BACKSLASHES = r"\\{1,8}"


class Redactor:
    """Replaces each secret, in the forms that servers echo them in, with its label.

    The forms are: as it is, in another case, and in base64 at any offset with either alphabet; and in each of these any
    character may be percent-encoded, once or twice, or escaped as in HTML, in JSON, or in JSON inside JSON.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """`secrets` are labels by secret. One that is shorter than a token may be is none: it is left alone."""
        long_enough = (each for each in secrets.items() if len(each[0]) >= SHORTEST_TOKEN)
        # The longest first: one token may begin as another does.
        self._secrets = tuple(sorted(long_enough, key=lambda each: len(each[0]), reverse=True))
        self.often = lru_cache(maxsize=64)(self.text)
        """The same as `text`, for one that comes again and again."""
        self._plain = {form.encode().lower() for secret, _ in self._secrets for form in _forms(secret)}

    @classmethod
    def of(cls, target: Target) -> Redactor:
        """A redactor that calls a target's first token $TOKEN, its second $OTHER_TOKEN, that of another kind
        $OTHER_KIND_TOKEN, and its headers by name.
        """
        headers = {value: f"${name.upper().replace('-', '_')}" for name, value in target.headers.items()}
        of_another_kind = {target.other_kind_token: OTHER_KIND_LABEL} if target.other_kind_token else {}
        return cls(headers | of_another_kind | dict(zip(target.tokens, LABELS, strict=False)))

    def text(self, text: str) -> str:
        """The text without any secret."""
        if not self._secrets or (text.isascii() and self._is_clean(text.encode())):
            return text
        pattern = _patterns(self._secrets)[0]
        return pattern.sub(lambda match: self._secrets[(match.lastindex or 1) - 1][1], text)

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The headers, names and values, without any secret."""
        together = "\n".join(part for header in headers.items() for part in header)
        if self.text(together) == together:
            return headers
        return {self.text(name): self.text(value) for name, value in headers.items()}

    def content(self, content: bytes) -> bytes:
        """The bytes without any secret."""
        if not self._secrets or self._is_clean(content):
            return content
        pattern = _patterns(self._secrets)[1]
        return pattern.sub(lambda match: self._secrets[(match.lastindex or 1) - 1][1].encode(), content)

    def _is_clean(self, content: bytes) -> bool:
        """Whether it holds no secret for sure: nothing is escaped, and no form of one stands there as it is.

        Nearly everything that a server sends is clean, and this is told thirty times as fast as the search takes.
        """
        if any(mark in content for mark in ESCAPING):
            return False
        lowered = content.lower()
        if b"&" in lowered and any(entity in lowered for entity in ENTITIES):
            return False
        return not any(form in lowered for form in self._plain)


@cache
def _patterns(secrets: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], re.Pattern[bytes]]:
    """What finds secrets in text and in bytes, a group for each. To make it takes long, and is seldom needed."""
    groups, starts = [], set()
    for secret, _ in secrets:
        forms = sorted(_forms(secret), key=len, reverse=True)
        groups.append(f"({'|'.join(''.join(map(_character, form)) for form in forms)})")
        starts |= {form[0] for form in forms}
    # Most places cannot be the start of a secret; told so first, the search is four times as fast.
    pattern = f"(?=[{re.escape(''.join(sorted(starts)))}%&\\\\])(?:{'|'.join(groups)})"
    return re.compile(pattern, re.IGNORECASE), re.compile(pattern.encode(), re.IGNORECASE)


def _character(character: str) -> str:
    """A pattern for one character of a secret, as it is or escaped."""
    ways = {character, html.escape(character)} | {way.format(ord(character)) for way in BY_NUMBER}
    if len(html.escape(character)) > 1:
        ways.add("&apos;" if character == "'" else html.escape(html.escape(character)))
    longest_first = sorted(map(re.escape, ways), key=len, reverse=True)
    escaped = f"u{ord(character):04x}|{re.escape(character)}" if character in "/\"'\\" else f"u{ord(character):04x}"
    return f"(?:{BACKSLASHES}(?:{escaped})|{'|'.join(longest_first)})"


def _forms(secret: str) -> set[str]:
    encodings = (base64.b64encode, base64.urlsafe_b64encode)
    return {secret} | {form for encode in encodings for form in _base64(secret, encode)}


def _base64(secret: str, encode: Callable[[bytes], bytes]) -> set[str]:
    """What stands in the base64 of any text that holds the secret, whatever stands before and after it."""
    forms = set()
    for offset in range(3):
        encoded = encode(b"\0" * offset + secret.encode()).decode("ascii").rstrip("=")
        first_sure = -(-offset * 8 // 6)
        last_sure = (offset + len(secret.encode())) * 8 // 6
        forms.add(encoded[first_sure:last_sure])
    return forms

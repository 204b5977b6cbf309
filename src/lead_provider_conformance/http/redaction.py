"""Keeps tokens out of everything: what a server echoes is redacted before anybody else sees it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from lead_provider_conformance.target import Target

LABELS = ("$TOKEN", "$OTHER_TOKEN")


class Redactor:
    """Replaces each secret, in the forms that servers echo them in, with its label.

    The forms are: as it is, in another case, percent-encoded, with JSON's escaped strokes, and in base64 at any
    offset, with either alphabet.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._label_of: dict[str, str] = {}
        for secret, label in secrets.items():
            for form in _forms(secret):
                self._label_of[form.lower()] = label
        longest_first = sorted(self._label_of, key=len, reverse=True)
        self._text = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None
        self._bytes = re.compile(self._text.pattern.encode(), re.IGNORECASE) if self._text else None

    @classmethod
    def of(cls, target: Target) -> Redactor:
        """A redactor that calls a target's first token $TOKEN, its second $OTHER_TOKEN, and its headers by name."""
        headers = {value: f"${name.upper().replace('-', '_')}" for name, value in target.headers.items()}
        return cls(headers | dict(zip(target.tokens, LABELS, strict=False)))

    def text(self, text: str) -> str:
        """The text without any secret."""
        if self._text is None:
            return text
        return self._text.sub(lambda match: self._label_of[match.group().lower()], text)

    def content(self, content: bytes) -> bytes:
        """The bytes without any secret."""
        if self._bytes is None:
            return content
        return self._bytes.sub(lambda match: self._label_of[match.group().decode("ascii").lower()].encode(), content)


def _forms(secret: str) -> set[str]:
    plain = {secret, quote(secret, safe=""), quote(secret), secret.replace("/", "\\/")}
    return plain | {form for encode in (base64.b64encode, base64.urlsafe_b64encode) for form in _base64(secret, encode)}


def _base64(secret: str, encode: Callable[[bytes], bytes]) -> set[str]:
    """What stands in the base64 of any text that holds the secret, whatever stands before and after it."""
    forms = set()
    for offset in range(3):
        encoded = encode(b"\0" * offset + secret.encode()).decode("ascii").rstrip("=")
        first_sure = -(-offset * 8 // 6)
        last_sure = (offset + len(secret.encode())) * 8 // 6
        forms.add(encoded[first_sure:last_sure])
    return forms

"""Replace secrets in requests and responses, so that no test, journal or report holds a token."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from itertools import chain

from lead_provider_conformance.config.target import SHORTEST_TOKEN, Target

LABELS = ("$TOKEN", "$OTHER_TOKEN")
OTHER_KIND_LABEL = "$OTHER_KIND_TOKEN"
JSON_ESCAPED = "/\"'\\"
NAMES_IN_HTML = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
ESCAPING = (b"%", b"&", b"\\")  # every escape begins with one of these


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
        self._forms = tuple(_forms(secret) for secret, _ in self._secrets)
        self._plain_forms = tuple(form.encode().lower() for forms in self._forms for form in forms)

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
        return self._redacted(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers with the secrets in names and values replaced."""
        return {self.cached_text(name): self.cached_text(value) for name, value in headers.items()}

    def content(self, content: bytes) -> bytes:
        """Return `content` with its secrets replaced."""
        return self._redacted(content)

    def _redacted(self, content: bytes) -> bytes:
        if not self._secrets:
            return content
        # The search for one byte is a hundred times as fast as those for longer texts.
        if any(map(content.__contains__, ESCAPING)) and self._escapes.search(content):
            return self._escaped_pattern.sub(self._label, content)
        # Nearly every response ends here: looking for the forms is thirty times as fast as a search by a pattern.
        lowered = content.lower()
        if any(map(lowered.__contains__, self._plain_forms)):
            return self._plain_pattern.sub(self._label, content)
        return content

    def _label(self, match: re.Match[bytes]) -> bytes:
        return self._secrets[(match.lastindex or 1) - 1][1].encode()

    # Patterns are compiled when they are needed. Escaped secrets are rare, and compiling their pattern takes long.

    @cached_property
    def _escapes(self) -> re.Pattern[bytes]:
        """The escapes of any character of a secret. Text with other escapes holds no escaped secret."""
        return _compiled(_escape("".join(set("").union(*chain(*self._forms)))))

    @cached_property
    def _plain_pattern(self) -> re.Pattern[bytes]:
        return self._pattern(re.escape)

    @cached_property
    def _escaped_pattern(self) -> re.Pattern[bytes]:
        return self._pattern(lambda form: "".join(map(_character, form)))

    def _pattern(self, of_form: Callable[[str], str]) -> re.Pattern[bytes]:
        """Return the pattern of the secrets, with one group for each."""
        return _compiled("|".join(f"({'|'.join(map(of_form, forms))})" for forms in self._forms))


def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode(), re.IGNORECASE)


def _character(character: str) -> str:
    """Return a pattern for one character of a secret, escaped or plain."""
    return f"(?:{_escape(character)}|{re.escape(character)})"


def _escape(characters: str) -> str:
    """Return a pattern for every escape of one of the characters, in either case.

    The escapes are those of URLs and HTML, once and twice, and of JSON.
    """
    numbers = sorted(map(ord, {*characters.lower(), *characters.upper()}))
    decimal, hexadecimal = _any_of(numbers, "d"), _any_of(numbers, "02x")
    names = (name for each, name in NAMES_IN_HTML.items() if each in characters)
    in_html = [f"#{decimal}", f"#x{hexadecimal}", *names]
    in_json = [f"u{_any_of(numbers, '04x')}", *(re.escape(each) for each in JSON_ESCAPED if each in characters)]
    # Backslashes double each time that JSON is embedded in JSON. Three levels are the limit.
    return rf"%(?:25)?{hexadecimal}|&(?:amp;)?(?:{'|'.join(in_html)});|\\\\{{0,7}}(?:{'|'.join(in_json)})"


def _any_of(numbers: Iterable[int], form: str) -> str:
    return f"(?:{'|'.join(format(each, form) for each in numbers)})"


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

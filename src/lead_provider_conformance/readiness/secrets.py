"""Replace the tokens of a session in everything that is written: its own, and any other that the client sends."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from functools import lru_cache

from lead_provider_conformance.config.target import SHORTEST_TOKEN
from lead_provider_conformance.http import Redactor

TOKEN, OTHER_TOKEN = "$TOKEN", "$OTHER_TOKEN"
REMEMBERED = 20
"""The number of foreign tokens that later texts are searched for."""

_SENSITIVE_NAME = r"[^=&?\s]*(?:token|secret|password|api[_-]?key|authorization|cookie)[^=&?\s]*"
_SENSITIVE_HEADER = re.compile(_SENSITIVE_NAME, re.IGNORECASE)
_SENSITIVE_PARAMETER = re.compile(rf"(?P<name>(?:^|[?&]){_SENSITIVE_NAME}=)(?P<value>[^&]+)", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"\s*(?P<scheme>[A-Za-z][A-Za-z0-9_-]*)\s+(?P<credentials>\S.*)", re.DOTALL)
_QUOTES = "\"' "


class SessionRedactor:
    """Replace the session's token by `$TOKEN`, and foreign credentials by `$OTHER_TOKEN`."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._foreign: deque[str] = deque(maxlen=REMEMBERED)
        self._redactor = Redactor({token: TOKEN})
        self._cached_header = lru_cache(maxsize=256)(self._header)

    @property
    def foreign(self) -> int:
        """The number of credentials of others that are remembered."""
        return len(self._foreign)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers without credentials. Foreign ones are replaced in later texts too."""
        return {self._redactor.cached_text(name): self._cached_header(name, value) for name, value in headers.items()}

    def header_value(self, value: bytes) -> str:
        """Return the value of a response's header without tokens."""
        return self._redactor.cached_text(value.decode("latin-1"))

    def text(self, text: str) -> str:
        """Return a text without tokens."""
        return self._redactor.text(text)

    def url(self, url: str) -> str:
        """Return a URL without tokens, and without the values of parameters that are named like secrets."""
        clean = self._redactor.text(url)
        return _SENSITIVE_PARAMETER.sub(self._parameter, clean) if "?" in clean else clean

    def content(self, content: bytes) -> bytes:
        """Return a body without tokens."""
        return self._redactor.content(content)

    def _header(self, name: str, value: str) -> str:
        if not _SENSITIVE_HEADER.fullmatch(name):
            return self._redactor.text(value)
        match = _AUTHORIZATION.fullmatch(value)
        scheme, credentials = (match["scheme"], match["credentials"]) if match else ("", value)
        bare = credentials.removeprefix("token=").strip(_QUOTES)
        if bare == self._token:
            return value.replace(self._token, TOKEN)
        self._remember(bare)
        return f"{scheme} {OTHER_TOKEN}".strip()

    def _parameter(self, match: re.Match[str]) -> str:
        return match[0] if TOKEN in match["value"] else f"{match['name']}{OTHER_TOKEN}"

    def _remember(self, token: str) -> None:
        if len(token) >= SHORTEST_TOKEN and token not in self._foreign:
            self._foreign.append(token)
            self._redactor = Redactor({**dict.fromkeys(self._foreign, OTHER_TOKEN), self._token: TOKEN})
            self._cached_header.cache_clear()

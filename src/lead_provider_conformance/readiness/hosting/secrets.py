"""Tokens and addresses of pages: unguessable, and stored as hashes only."""

from __future__ import annotations

import hashlib
import re
import secrets

TOKEN_PREFIX = "lpr-"  # noqa: S105 - the public part of every token
_BYTES = 32
_AUTHORIZATION = re.compile(r"\s*[A-Za-z]+\s+(?:token=)?[\"']?(?P<token>[^\"'\s]+)[\"']?\s*")
SHORTEST_FOREIGN = 16
"""The length from which a bearer value that is not a session's looks like a live token."""


def new_token() -> str:
    """Return a new token of a session. Its prefix distinguishes it from DfE's tokens."""
    return TOKEN_PREFIX + secrets.token_urlsafe(_BYTES)


def new_page() -> str:
    """Return the secret part of the address of a session's page."""
    return secrets.token_urlsafe(_BYTES)


def hashed(secret: str) -> str:
    """Return the stored form of a secret. It needs no salt and no slow function: secrets have 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def token_in(authorization: str) -> str | None:
    """Return the token of an Authorization header in any scheme, or None if it has none."""
    match = _AUTHORIZATION.fullmatch(authorization)
    return match["token"] if match else None


def looks_live(token: str) -> bool:
    """Return whether a token that no session has may be one of the live service."""
    return len(token) >= SHORTEST_FOREIGN and not token.startswith(TOKEN_PREFIX)

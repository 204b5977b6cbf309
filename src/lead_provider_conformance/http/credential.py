"""The credential of a caller: a token of the target, a text that resembles one, or none."""

from __future__ import annotations

from dataclasses import dataclass, field

from lead_provider_conformance.config.target import SHORTEST_TOKEN


@dataclass(frozen=True, slots=True)
class Credential:
    """The `name` and Authorization header of a caller; a `header` of None sends no Authorization header.

    `like_token` is the part of the header that resembles a token of the target, and is kept out of the journal.
    """

    name: str
    header: str | None = field(repr=False)
    like_token: str | None = field(default=None, repr=False)

    @classmethod
    def bearer(cls, name: str, token: str) -> Credential:
        """Return the credential of a lead provider's token."""
        return cls(name, f"Bearer {token}")

    @classmethod
    def like(cls, name: str, token: str) -> Credential:
        """Return the credential of a text that resembles a token of the target."""
        return cls(name, f"Bearer {token}", token)

    @classmethod
    def beginning_of(cls, token: str) -> Credential | None:
        """Return the credential of the beginning of a token; None if it were too short to be redacted."""
        beginning = token[: max(SHORTEST_TOKEN, len(token) * 2 // 3)]
        return cls.like("the token without its end", beginning) if beginning != token else None


ALTERED = "$ALTERED_TOKEN"
"""The label of a text that resembles a token of the target."""
NO_CREDENTIAL = Credential("none", None)

"""Who is calling: tokens, and what each kind of token may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lead_provider_sandbox.domain.records import Provider

_AUTHORIZATION = re.compile(r'(?:Bearer|Token)\s+(?:token=)?"?(?P<token>[^"\s]+)"?\s*')
"""Both schemes, written exactly so (behaviours AUTH-BEARER-OK, AUTH-TOKEN-SCHEME, AUTH-SCHEME-CASE)."""

PROVIDER_TOKENS = (
    ("Ambition Sandbox", "ambition-sandbox-token-1"),
    ("Teach Well Sandbox", "teach-well-sandbox-token-2"),
)
"""The two lead providers with both programmes, and their tokens. They open nothing but a sandbox."""

NPQ_ONLY_TOKEN = ("Northern NPQ Sandbox", "northern-npq-sandbox-token-3")
"""A lead provider that delivers NPQs only, and its token."""

OTHER_SERVICE_TOKEN = "engage-and-learn-sandbox-token-4"  # noqa: S105 - public by design
"""The token of another service, which is no lead provider: it is known, and forbidden everywhere."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a token belongs to: a lead provider, or, without one, another service."""

    provider: Provider | None


Tokens = Mapping[str, Caller]


def token_in(authorization: str | None) -> str | None:
    """The token that an Authorization header carries, if it is of a form that the service reads."""
    match = _AUTHORIZATION.fullmatch(authorization or "")
    return match["token"] if match else None

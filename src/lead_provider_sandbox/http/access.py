"""Tokens and the lead providers that they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lead_provider_sandbox.domain.models import Provider

_AUTHORIZATION = re.compile(r'(?:Bearer|Token)\s+(?:token=)?"?(?P<token>[^"\s]+)"?\s*')
"""Both schemes; upper and lower case matter (behaviours AUTH-BEARER-OK, AUTH-TOKEN-SCHEME, AUTH-SCHEME-CASE)."""

PROVIDER_TOKENS = (
    ("Ambition Sandbox", "ambition-sandbox-token-1"),
    ("Teach Well Sandbox", "teach-well-sandbox-token-2"),
)
"""The two lead providers with both programmes, and their public tokens."""

NPQ_ONLY_TOKEN = ("Northern NPQ Sandbox", "northern-npq-sandbox-token-3")
"""A lead provider that delivers NPQs only, and its token."""

OTHER_SERVICE_TOKEN = "engage-and-learn-sandbox-token-4"  # noqa: S105 - public by design
"""The token of a service that is not a lead provider: known, and forbidden everywhere."""


Tokens = Mapping[str, Provider | None]
"""The lead provider of each token; None for a token of another service."""


def parse_token(authorization: str | None) -> str | None:
    """Return the token of an Authorization header; None if its form is not accepted."""
    match = _AUTHORIZATION.fullmatch(authorization or "")
    return match["token"] if match else None

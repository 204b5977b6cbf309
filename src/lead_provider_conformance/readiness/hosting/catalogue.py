"""The obligations and the contracts that all sessions share, read once in a process."""

from __future__ import annotations

from functools import cache

import orjson

from lead_provider_conformance.config import profile as profiles
from lead_provider_conformance.config.profile import Profile
from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.model import Scope
from lead_provider_conformance.readiness.obligations import Obligations

_obligations = cache(Obligations.load)
contract_of = cache(Contract.of)


@cache
def obligations_of(edition: str, scope: Scope) -> Obligations:
    """Return the obligations of an edition and a programme."""
    return _obligations().of(edition, scope.programme)


def check_profile(text: str) -> Profile:
    """Return the profile of a new session, from its JSON. Raise UsageError for the first mistake."""
    return profiles.parse(orjson.loads(text), _obligations().attestable)


def read_profile(text: str) -> Profile:
    """Return the profile of a stored session, which was checked when it was made."""
    return profiles.from_content(orjson.loads(text))

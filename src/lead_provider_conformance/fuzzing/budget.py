"""How a version's budget of requests is shared out: between programmes, and between single requests and journeys."""

from __future__ import annotations

from lead_provider_conformance.config.options import PROFILE_REQUESTS
from lead_provider_conformance.fuzzing.stateful.journey import MAX_JOURNEYS
from lead_provider_conformance.model import Scope
from lead_provider_conformance.run.run import Run

# A step of a journey takes about five requests: itself, and looking at what came of it. A journey has 14 steps.
REQUESTS_A_JOURNEY = 70


def share(run: Run, scope: Scope) -> int:
    """How many requests of its version's budget a scope gets: each programme of a run the same."""
    programmes = [each for each in run.scopes if each.version == scope.version]
    return max(1, run.requests // len(programmes))


def journeys_within(requests: int) -> int:
    """How many journeys a share holds: two fifths of it go to them, if that is enough for any."""
    return min(MAX_JOURNEYS, requests * 2 // 5 // REQUESTS_A_JOURNEY)


def cases_within(requests: int) -> int:
    """How many single requests a share holds."""
    return max(1, requests - journeys_within(requests) * REQUESTS_A_JOURNEY)


def effort(requests: int) -> str:
    """The profile that makes enough cases for so many requests."""
    return next((profile for profile, budget in PROFILE_REQUESTS.items() if requests <= budget), "full")

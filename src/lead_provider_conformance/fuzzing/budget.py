"""How the request budget of a version is divided between programmes, and between single requests and journeys."""

from __future__ import annotations

from lead_provider_conformance.config.options import PROFILE_REQUESTS
from lead_provider_conformance.fuzzing.stateful.journey import MAX_JOURNEYS
from lead_provider_conformance.model import Scope
from lead_provider_conformance.run.run import Run

# A step of a journey takes about five requests: the call itself, and reading back its effects. A journey has 14 steps.
REQUESTS_PER_JOURNEY = 70


def scope_budget(run: Run, scope: Scope) -> int:
    """Return the number of requests for one scope; the programmes of a version share equally."""
    programmes = [each for each in run.scopes if each.version == scope.version]
    return max(1, run.requests // len(programmes))


def journey_budget(requests: int) -> int:
    """Return the number of journeys that two fifths of a scope's requests pay for."""
    return min(MAX_JOURNEYS, requests * 2 // 5 // REQUESTS_PER_JOURNEY)


def case_budget(requests: int) -> int:
    """Return the number of single requests of a scope."""
    return max(1, requests - journey_budget(requests) * REQUESTS_PER_JOURNEY)


def profile_for(requests: int) -> str:
    """Return the smallest profile that compiles enough cases for that many requests."""
    return next((profile for profile, budget in PROFILE_REQUESTS.items() if requests <= budget), "full")

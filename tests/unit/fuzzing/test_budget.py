"""The request budget: shared by programmes, cases and journeys."""

from types import SimpleNamespace

import pytest

from lead_provider_conformance.fuzzing.case_selection import (
    MAX_JOURNEYS,
    REQUESTS_PER_JOURNEY,
    case_budget,
    journey_budget,
    profile_for,
    scope_budget,
)
from lead_provider_conformance.model import Scope

BOTH = tuple(Scope("v3", programme) for programme in ("ecf", "npq"))


@pytest.mark.parametrize(
    ("edition", "scopes", "requests"),
    [
        ("2024-12", BOTH, 300),
        ("2025-04", (*BOTH[:1], Scope("v1", "ecf")), 600),
        ("2026-08", BOTH[:1], 180),
    ],
)
def test_programmes_of_a_version_share_its_budget(edition, scopes, requests):
    run = SimpleNamespace(requests=600, scopes=scopes, edition=edition)

    assert scope_budget(run, scopes[0]) == requests


@pytest.mark.parametrize("requests", [1, 200, 600, 3_000, 50_000])
def test_cases_and_journeys_spend_the_whole_budget(requests):
    spent = case_budget(requests) + journey_budget(requests) * REQUESTS_PER_JOURNEY
    assert spent == requests
    assert journey_budget(requests) <= MAX_JOURNEYS


@pytest.mark.parametrize(("requests", "profile"), [(1, "quick"), (200, "quick"), (201, "standard"), (9_999, "full")])
def test_more_requests_need_a_larger_profile(requests, profile):
    assert profile_for(requests) == profile

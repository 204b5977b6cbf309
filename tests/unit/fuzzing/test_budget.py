"""How a budget is shared out."""

from types import SimpleNamespace

import pytest

from lead_provider_conformance.fuzzing.budget import (
    MAX_JOURNEYS,
    REQUESTS_A_JOURNEY,
    cases_within,
    effort,
    journeys_within,
    share,
)
from lead_provider_conformance.model import Scope

BOTH = tuple(Scope("v3", programme) for programme in ("ecf", "npq"))


def test_programmes_of_a_version_share_its_budget():
    assert share(SimpleNamespace(requests=600, scopes=BOTH), BOTH[0]) == 300
    assert share(SimpleNamespace(requests=600, scopes=(*BOTH[:1], Scope("v1", "ecf"))), BOTH[0]) == 600


@pytest.mark.parametrize("requests", [1, 200, 600, 3_000, 50_000])
def test_nothing_is_spent_twice(requests):
    spent = cases_within(requests) + journeys_within(requests) * REQUESTS_A_JOURNEY
    assert spent == requests
    assert journeys_within(requests) <= MAX_JOURNEYS


@pytest.mark.parametrize(("requests", "profile"), [(1, "quick"), (200, "quick"), (201, "standard"), (9_999, "full")])
def test_more_requests_are_worth_more_effort(requests, profile):
    assert effort(requests) == profile

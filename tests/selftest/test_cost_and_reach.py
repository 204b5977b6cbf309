"""What a verdict costs, and how much of it a server gets that offers nothing but the API, freshly seeded."""

from __future__ import annotations

from collections import Counter

import pytest

from lead_provider_conformance.pytest_plugin.plan import MOST_REQUESTS
from lead_provider_conformance.resources import suites_root

from .processes import Ended, run, target_file

LEAST_SHARE = 0.85
HAND_WRITTEN = (suites_root() / "rules", suites_root() / "scenarios")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A run of all that is written by hand, without provisioning."""
    folder = tmp_path_factory.mktemp("run")
    sandbox = {
        "name": "sandbox",
        "start": {
            "command": ["{python}", "-m", "lead_provider_sandbox", "--quiet", "--port", "{port}"],
            "ready": "/healthcheck",
        },
        "tokens": ["ambition-sandbox-token-1", "teach-well-sandbox-token-2"],
        "other_kind_token": "engage-and-learn-sandbox-token-4",
        "safety": "sandbox",
    }
    target = target_file(folder / "target.yaml", sandbox)
    return run(folder / "report", "--target", target, "-n", "2", *HAND_WRITTEN)


def test_a_version_costs_no_more_requests_than_a_token_has_in_five_minutes(ended: Ended) -> None:
    requests = Counter(each["version"] for each in ended.exchanges)

    assert requests.keys() == {"v1", "v2", "v3"}
    assert {version: count for version, count in requests.items() if count > MOST_REQUESTS} == {}


def test_what_the_suite_finds_and_makes_by_itself_is_enough_for_most_of_what_counts(ended: Ended) -> None:
    shares = {}
    for scope in ended.verdict["scopes"]:
        musts = [each for each in scope["requirements"] if each["level"] == "MUST" and by_hand(each)]
        ran = [each for each in musts if each["outcome"] != "could-not-run"]
        shares[f"{scope['version']} {scope['programme']}"] = len(ran) / len(musts)

    assert len(shares) == 6
    assert {scope: share for scope, share in shares.items() if share < LEAST_SHARE} == {}
    assert not ended.with_outcome("failed"), ended.stdout


def by_hand(requirement: dict[str, str]) -> bool:
    return not requirement["id"].startswith("generated/")

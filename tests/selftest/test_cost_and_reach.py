"""The number of requests of a run, and its coverage of a new server without provisioning."""

from __future__ import annotations

from collections import Counter

import pytest

from lead_provider_conformance.pytest_plugin.plan import MOST_REQUESTS
from lead_provider_conformance.resources import suites_root

from .processes import RunResult, run, write_target

MIN_SHARE = 0.85
RATE_LIMIT = 1_000
"""The requests that the deployed service allows one token in five minutes."""
HAND_WRITTEN = (suites_root() / "rules", suites_root() / "scenarios")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run of the hand-written tests, without provisioning."""
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
    target = write_target(folder / "target.yaml", sandbox)
    return run(folder / "report", "--target", target, "-n", "2", *HAND_WRITTEN)


def test_run_of_version_stays_within_rate_limit_of_five_minutes(ended: RunResult) -> None:
    requests = Counter(each["version"] for each in ended.exchanges)
    with_token = Counter(
        each["version"]
        for each in ended.exchanges
        if each["request"]["headers"].get("Authorization") == "Bearer $TOKEN"
    )

    assert requests.keys() == with_token.keys() == {"v1", "v2", "v3"}
    assert {version: count for version, count in requests.items() if count > MOST_REQUESTS} == {}
    assert {version: count for version, count in with_token.items() if count > RATE_LIMIT} == {}


def test_most_musts_are_tested_without_a_manifest_or_provisioning(ended: RunResult) -> None:
    shares = {}
    for scope in ended.verdict["scopes"]:
        musts = [each for each in scope["requirements"] if each["level"] == "MUST" and is_hand_written(each)]
        tested = [each for each in musts if each["outcome"] != "could-not-run"]
        shares[f"{scope['version']} {scope['programme']}"] = len(tested) / len(musts)

    assert len(shares) == 6
    assert {scope: share for scope, share in shares.items() if share < MIN_SHARE} == {}
    assert not ended.with_outcome("failed"), ended.stdout


def is_hand_written(requirement: dict[str, str]) -> bool:
    return not requirement["id"].startswith("generated/")

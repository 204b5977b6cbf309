"""The generated tests, whole: what they catch, how short they tell it, and what they remember."""

from __future__ import annotations

from pathlib import Path

import pytest

from .processes import Ended, run, sandbox

GENERATED = Path(__file__).parents[2] / "suites" / "generated"
JOURNEYS = ("-k", "test_journey")
LISTS = ("-k", "GET and participants/ecf]")

# A fault of each kind that no single request shows, and the requirement that has to catch it.
ONLY_JOURNEYS_SEE = {
    "declaration-not-idempotent": "generated/lifecycle",
    "void-changes-nothing": "generated/written-is-read-back",
    "refused-withdrawal-still-withdraws": "generated/refusal-changes-nothing",
    "updated-at-stands-still": "generated/changes-are-listed",
    "other-providers-participant-readable": "generated/unseen-by-others",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where these runs keep their corpora."""
    return str(tmp_path_factory.mktemp("cache"))


def generated(folder: Path, cache: str, *options: str, fault: str | None = None) -> Ended:
    """Run generated tests against a sandbox, broken or not."""
    with sandbox(*(("--fault", fault) if fault else ())) as served:
        return run(folder, GENERATED, *served.options, *options, LEAD_PROVIDER_CONFORMANCE_CACHE=cache)


@pytest.mark.parametrize(("fault", "requirement"), ONLY_JOURNEYS_SEE.items())
def test_journeys_catch_what_no_single_request_shows(tmp_path: Path, cache: str, fault: str, requirement: str) -> None:
    ended = generated(tmp_path, cache, *JOURNEYS, fault=fault)

    assert requirement in ended.with_outcome("failed")
    assert not ended.with_outcome("suite-error")

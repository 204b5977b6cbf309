"""The generated tests, whole: what they catch, how short they tell it, and what they remember."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from .processes import Ended, run, sandbox

GENERATED = Path(__file__).parents[2] / "suites" / "generated"
JOURNEYS = ("-k", "test_journey")
LISTS = ("-k", "GET and participants/ecf]")

# A fault of each kind that no single request shows, and the requirement that has to catch it.
ONLY_JOURNEYS_SEE = {
    "declaration-not-idempotent": "generated/lifecycle",
    "action-repeated": "generated/lifecycle-as-deployed",
    "void-changes-nothing": "generated/written-is-read-back",
    "refused-withdrawal-still-withdraws": "generated/refusal-changes-nothing",
    "updated-at-stands-still": "generated/changes-are-listed",
    "other-providers-participant-readable": "generated/unseen-by-others",
}

# And of each kind that single requests show: they do not get in each other's way, so that one run shows them all.
SINGLE_REQUESTS_SHOW = {
    "declaration-readable-without-token": "generated/authentication",
    "per-page-ignored": "generated/lists-what-was-asked",
    "one-reason-to-defer-refused": "generated/accepts-valid",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where these runs keep their corpora."""
    return str(tmp_path_factory.mktemp("cache"))


def generated(folder: Path, cache: str, *options: str, fault: str | None = None, faults: Iterable[str] = ()) -> Ended:
    """Run generated tests against a sandbox, broken or not."""
    broken = [each for name in (*faults, fault) if name for each in ("--fault", name)]
    with sandbox(*broken) as served:
        return run(folder, GENERATED, *served.options, *options, LEAD_PROVIDER_CONFORMANCE_CACHE=cache)


@pytest.mark.parametrize(("fault", "requirement"), ONLY_JOURNEYS_SEE.items())
def test_journeys_catch_what_no_single_request_shows(tmp_path: Path, cache: str, fault: str, requirement: str) -> None:
    ended = generated(tmp_path, cache, *JOURNEYS, fault=fault)

    assert requirement in ended.with_outcome("failed")
    assert not ended.with_outcome("suite-error")


def test_single_requests_catch_what_each_of_them_shows(tmp_path: Path, cache: str) -> None:
    ended = generated(tmp_path, cache, "-k", "test_generated", faults=SINGLE_REQUESTS_SHOW)

    assert ended.with_outcome("failed") >= set(SINGLE_REQUESTS_SHOW.values())
    assert not ended.with_outcome("suite-error")


def test_a_journey_that_fails_is_told_as_a_short_script(tmp_path: Path, cache: str) -> None:
    ended = generated(tmp_path, cache, *JOURNEYS, fault="declaration-not-idempotent")

    finding = ended.findings("generated/lifecycle")[0]
    assert finding["reason"].split("(")[-1].count(";") == 1  # declare, and declare the same
    posts = [each for each in ended.exchanges if each["id"] in finding["exchanges"] and each["request"]["body"]]
    assert len(posts) == 2
    assert posts[0]["request"]["body"] == posts[1]["request"]["body"]
    scripts = list((tmp_path / "reproductions").glob("*lifecycle.sh"))
    assert scripts
    for script in scripts:
        assert subprocess.run(["/bin/sh", "-n", str(script)], check=False).returncode == 0


def test_a_failing_request_is_made_as_short_as_it_gets(tmp_path: Path, cache: str) -> None:
    lists = ("-k", "GET and (participant-declarations] or partnerships/ecf])")
    ended = generated(tmp_path, cache, *lists, fault="bad-page-crashes")

    findings = ended.findings("generated/no-server-error")
    assert {finding["cause"] for finding in findings} == {"500 query:page[page]", "500 query:page[per_page]"}
    urls = {each["id"]: each["request"]["url"] for each in ended.exchanges if each["response"]["status"] == 500}
    for finding in findings:
        (shown,) = finding["exchanges"]
        assert urls[shown].count("=") == 1


def test_a_fresh_case_that_fails_is_kept_until_it_passes(tmp_path: Path, cache: str) -> None:
    def kept() -> list[Path]:
        return list(Path(cache).glob("failing/*/*.json"))

    few = (*LISTS, "--requests", "40")
    generated(tmp_path / "found", cache, *few, "--fresh", "3", fault="bad-page-crashes")
    assert kept()

    again = generated(tmp_path / "again", cache, *few, fault="bad-page-crashes")
    assert again.with_outcome("failed")
    assert kept()

    generated(tmp_path / "mended", cache, *few)
    assert not kept()

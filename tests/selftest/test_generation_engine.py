"""The generated tests catch faults, shrink failures, and save failing cases."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from .processes import RunResult, run, sandbox

GENERATED = Path(__file__).parents[2] / "suites" / "generated"
JOURNEYS = ("-k", "test_journey")
LISTS = ("-k", "GET and participants/ecf]")

# Faults that no single request shows, one of each kind, with the requirement that must catch each.
JOURNEY_FAULTS = {
    "declaration-not-idempotent": "generated/lifecycle",
    "action-repeated": "generated/lifecycle-as-deployed",
    "void-changes-nothing": "generated/written-is-read-back",
    "refused-withdrawal-still-withdraws": "generated/refusal-changes-nothing",
    "updated-at-stands-still": "generated/changes-are-listed",
    "other-providers-participant-readable": "generated/unseen-by-others",
}

# Faults that a single request shows. They do not interfere, so one run catches them all.
SINGLE_REQUEST_FAULTS = {
    "declaration-readable-without-token": "generated/authentication",
    "per-page-ignored": "generated/lists-what-was-asked",
    "one-reason-to-defer-refused": "generated/accepts-valid",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The cache folder of these runs, with their corpora and failing cases."""
    return str(tmp_path_factory.mktemp("cache"))


def generated(
    folder: Path, cache: str, *options: str, fault: str | None = None, faults: Iterable[str] = ()
) -> RunResult:
    """Run generated tests against a sandbox, with faults or without."""
    options_of_sandbox = [each for name in (*faults, fault) if name for each in ("--fault", name)]
    with sandbox(*options_of_sandbox) as served:
        return run(folder, GENERATED, *served.options, *options, LEAD_PROVIDER_CONFORMANCE_CACHE=cache)


@pytest.mark.parametrize(("fault", "requirement"), JOURNEY_FAULTS.items())
def test_journeys_catch_faults_that_no_single_request_shows(
    tmp_path: Path, cache: str, fault: str, requirement: str
) -> None:
    ended = generated(tmp_path, cache, *JOURNEYS, fault=fault)

    assert requirement in ended.with_outcome("failed")
    assert not ended.with_outcome("suite-error")


def test_single_requests_catch_their_faults_in_one_run(tmp_path: Path, cache: str) -> None:
    ended = generated(tmp_path, cache, "-k", "test_generated", faults=SINGLE_REQUEST_FAULTS)

    assert ended.with_outcome("failed") >= set(SINGLE_REQUEST_FAULTS.values())
    assert not ended.with_outcome("suite-error")


def test_failing_journey_is_shrunk_and_written_as_shell_script(tmp_path: Path, cache: str) -> None:
    ended = generated(tmp_path, cache, *JOURNEYS, fault="declaration-not-idempotent")

    finding = ended.findings("generated/lifecycle")[0]
    assert finding["reason"].split("(")[-1].count(";") == 1  # declare, and repeat the declaration
    posts = [each for each in ended.exchanges if each["id"] in finding["exchanges"] and each["request"]["body"]]
    assert len(posts) == 2
    assert posts[0]["request"]["body"] == posts[1]["request"]["body"]
    scripts = list((tmp_path / "reproductions").glob("*lifecycle.sh"))
    assert scripts
    for script in scripts:
        assert subprocess.run(["/bin/sh", "-n", str(script)], check=False).returncode == 0


def test_failing_request_is_shrunk_to_one_parameter(tmp_path: Path, cache: str) -> None:
    lists = ("-k", "GET and (participant-declarations] or partnerships/ecf])")
    ended = generated(tmp_path, cache, *lists, fault="bad-page-crashes")

    findings = ended.findings("generated/no-server-error")
    assert {finding["group"] for finding in findings} == {"500 query:page[page]", "500 query:page[per_page]"}
    urls = {each["id"]: each["request"]["url"] for each in ended.exchanges if each["response"]["status"] == 500}
    for finding in findings:
        (shown,) = finding["exchanges"]
        assert urls[shown].count("=") == 1


def test_failing_fresh_case_is_saved_and_replayed_until_it_passes(tmp_path: Path, cache: str) -> None:
    def saved() -> list[Path]:
        return list(Path(cache).glob("failing/*/*.json"))

    few = (*LISTS, "--requests", "40")
    generated(tmp_path / "fresh", cache, *few, "--fresh", "3", fault="bad-page-crashes")
    assert saved()

    replay = generated(tmp_path / "replay", cache, *few, fault="bad-page-crashes")
    assert replay.with_outcome("failed")
    assert saved()

    generated(tmp_path / "fixed", cache, *few)
    assert not saved()

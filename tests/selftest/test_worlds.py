"""No false alarms: a conforming server with other data or manners than the sandbox's fails no requirement.

Every day, each world is tested in one edition and one programme, at the profile quick. With LEAD_PROVIDER_EVERY_WORLD=1
the tests cover all scopes of both editions, at the profile standard.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lead_provider_sandbox.http.access import OTHER_SERVICE_TOKEN, PROVIDER_TOKENS

from .processes import RunResult, run, serving, write_target
from .worlds.catalogue import WORLDS, World

EVERY_WORLD = "LEAD_PROVIDER_EVERY_WORLD"
EDITIONS = ("2024-12", "2025-04")
PROGRAMMES = ("ecf", "npq")
# Few requests, because each takes long.
OF_SLOW_SERVER = ("--api-version", "v3", "--requirement", "paging", "--requirement", "declarations")


def runs_of(day: int) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the runs of a day: world, edition and further options."""
    if os.environ.get(EVERY_WORLD):
        return [(name, edition, ()) for name in WORLDS for edition in EDITIONS]
    runs = []
    for number, name in enumerate(WORLDS, start=day):
        edition, programme = EDITIONS[number % 2], PROGRAMMES[number // 2 % 2]
        selected = OF_SLOW_SERVER if name == "slow" else ()
        runs.append((name, edition, ("--programme", programme, "--profile", "quick", *selected)))
    return runs


RUNS = runs_of(datetime.now(UTC).toordinal())


@pytest.mark.parametrize(("name", "edition", "options"), RUNS, ids=[" ".join(each[:2]) for each in RUNS])
def test_conforming_server_fails_no_requirement(
    name: str, edition: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    world = WORLDS[name]
    with serving("tests.selftest.worlds.server", name, edition, str(tmp_path)) as served:
        target = write_target(
            tmp_path / "target.yaml",
            {
                "name": name,
                "base_url": served.address,
                "tokens": [token for _, token in PROVIDER_TOKENS],
                "other_kind_token": OTHER_SERVICE_TOKEN,
                "edition": edition,
                "versions": ["v1", "v2", "v3"],
                "programmes": ["ecf", "npq"],
                "safety": "sandbox",
            },
        )
        ended = run(tmp_path / "report", "--target", target, "-n", world.workers, *options)

    assert list(problems(world, ended)) == [], ended.output
    assert ended.status in (0, 6), ended.output
    assert ended.verdict["conformance"] in ("conformant", "incomplete")
    assert ended.with_outcome("passed")


def problems(world: World, ended: RunResult) -> Iterator[str]:
    """Yield the failures, and the reasons that do not name missing data."""
    for line in ended.results:
        outcome, reason = line.get("outcome"), line.get("reason") or ""
        is_unexplained = outcome == "could-not-run" and not re.search(world.lacks, reason)
        if is_unexplained or outcome in ("failed", "suite-error"):
            yield f"{outcome}: {line['requirement']}: {reason}"


def test_four_days_cover_both_editions_and_programmes_of_every_world() -> None:
    covered = {(name, edition, options[:2]) for day in range(4) for name, edition, options in runs_of(day)}

    assert len(covered) == len(WORLDS) * len(EDITIONS) * len(PROGRAMMES)

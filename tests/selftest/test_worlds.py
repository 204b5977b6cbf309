"""No false alarms: a conforming server with other data or manners than the sandbox's fails no requirement.

Every day, each world is tested in one edition and one programme, at the profile quick. With LEAD_PROVIDER_EVERY_WORLD=1
the tests cover all its scopes in all its editions, at the profile standard. The deployed services are tested with the
waivers of their target files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lead_provider_sandbox.http.access import OTHER_SERVICE_TOKEN, PROVIDER_TOKENS

from .processes import ROOT, RunResult, run, serving, write_target
from .worlds.catalogue import SUCCESSORS, WORLDS, World

EVERY_WORLD = "LEAD_PROVIDER_EVERY_WORLD"
# Few requests, because each takes long.
OF_SLOW_SERVER = ("--api-version", "v3", "--requirement", "paging", "--requirement", "declarations")
# The services of 2026-08 know tokens of lead providers only.
NOT_OF_DATA = r"needs a token that the server knows, but not as|^The test needs two days|^No test of it was selected"
"""The reasons of a target without a second kind of token or a clock to set, and of a part of the suite."""
# The world, the edition, the programme and further options of a run.
Run = tuple[str, str, str, tuple[str, ...]]


def runs_of(day: int) -> list[Run]:
    """Return the runs of a day. With EVERY_WORLD, one service for both programmes is tested once."""
    if os.environ.get(EVERY_WORLD):
        return [
            (name, edition, programme, ())
            for name, world in WORLDS.items()
            for edition, programme in scopes_of(world)
            if edition in SUCCESSORS or programme == world.programmes[0]
        ]
    runs: list[Run] = []
    for number, (name, world) in enumerate(WORLDS.items(), start=day):
        scopes = scopes_of(world)
        edition, programme = scopes[number % len(scopes)]
        selected = OF_SLOW_SERVER if name == "slow" else ()
        runs.append((name, edition, programme, ("--programme", programme, "--profile", "quick", *selected)))
    return runs


def scopes_of(world: World) -> list[tuple[str, str]]:
    """Return the editions and programmes of a world."""
    return [(edition, programme) for programme in world.programmes for edition in world.editions]


def target_of(name: str, edition: str, programme: str, address: str) -> dict[str, Any]:
    """Return the content of a target file for a world."""
    content: dict[str, Any] = {
        "name": name,
        "base_url": address,
        "tokens": [token for _, token in PROVIDER_TOKENS],
        "edition": edition,
        "safety": "sandbox",
        "concurrency": int(WORLDS[name].workers) + 1,
    }
    if edition not in SUCCESSORS:
        both = {"versions": ["v1", "v2", "v3"], "programmes": ["ecf", "npq"]}
        return {**content, **both, "other_kind_token": OTHER_SERVICE_TOKEN}
    content |= {"versions": ["v3"], "programmes": [programme]}
    if (deployed := WORLDS[name].waivers_of) is not None:
        known = yaml.safe_load((ROOT / "targets" / f"{deployed}.yaml").read_text("utf-8"))
        # The test does not end with the waivers.
        content |= {"waivers": [{**each, "expires": "2099-12-31"} for each in known["waivers"]]}
        content |= {"server_date": known["server_date"]}
    return content


RUNS = runs_of(datetime.now(UTC).toordinal())


@pytest.mark.parametrize(("name", "edition", "programme", "options"), RUNS, ids=[" ".join(each[:3]) for each in RUNS])
def test_conforming_server_fails_no_requirement(
    name: str, edition: str, programme: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    world = WORLDS[name]
    service = (programme,) if edition in SUCCESSORS else ()
    with serving("tests.selftest.worlds.server", name, edition, str(tmp_path), *service) as served:
        target = write_target(tmp_path / "target.yaml", target_of(name, edition, programme, served.address))
        ended = run(tmp_path / "report", "--target", target, "-n", world.workers, "--shard", world.shard, *options)

    assert list(problems(world, ended)) == [], ended.output
    assert ended.status in (0, 6), ended.output
    assert ended.verdict["conformance"] in ("conformant", "incomplete")
    assert ended.with_outcome("passed")


def problems(world: World, ended: RunResult) -> Iterator[str]:
    """Yield the failures that are not waived, and the reasons that do not name missing data."""
    for scope in ended.verdict["scopes"]:
        for requirement in scope["requirements"]:
            for each in requirement["findings"]:
                outcome, reason = each["outcome"], each["reason"] or ""
                is_unexplained = outcome == "could-not-run" and not re.search(f"{world.lacks}|{NOT_OF_DATA}", reason)
                is_failed = outcome == "failed" and not each["waived"] and requirement["level"] not in world.ignores
                if is_unexplained or is_failed or outcome == "suite-error":
                    yield f"{outcome}: {requirement['id']}: {reason}"


def test_six_days_cover_all_editions_and_programmes_of_every_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EVERY_WORLD, raising=False)
    covered = {each[:3] for day in range(6) for each in runs_of(day)}

    assert covered == {(name, *scope) for name, world in WORLDS.items() for scope in scopes_of(world)}

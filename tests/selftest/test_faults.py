"""Proof that the suite bites: every fault is caught, for its own cause, and no fault means no failure."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from lead_provider_conformance.requirements import Registry
from lead_provider_conformance.words import Scope

from .processes import Ended, run, target_file

TABLE: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"))
EXPECTED = {fault: expected for fault, expected in TABLE.items() if "argued" not in expected}
AT_ONCE = 2
# Tests that meet every resource of a scope: enough to catch what breaks the contract.
SHOWING_EVERY_RESOURCE = {
    "declarations/started",
    "deferral/persists",
    "lists/shown-as-listed",
    "npq-applications/accepted",
}
REGISTRY = Registry.load()
PORTS = ["--port", "{port}", "--provisioning-port", "{provisioning_port}"]
SANDBOX = ["{python}", "-m", "lead_provider_sandbox", "--quiet", *PORTS]


def target(path: Path, scopes: set[Scope], *arguments: str) -> Path:
    """A target file of a sandbox that is started with the run, broken as `arguments` say."""
    return target_file(
        path,
        {
            "name": "sandbox",
            "start": {"command": [*SANDBOX, *arguments], "ready": "/healthcheck"},
            "provisioning": {"url": "http://127.0.0.1:{provisioning_port}", "states": ["ect.not-registered"]},
            "tokens": ["ambition-sandbox-token-1", "teach-well-sandbox-token-2"],
            "versions": sorted({scope.version for scope in scopes}),
            "programmes": sorted({scope.programme for scope in scopes}),
            "safety": "sandbox",
        },
    )


def requirements(fault: str) -> dict[str, str]:
    """The requirements that have to catch a fault, each with the pattern of its reason."""
    return {each: because for each, because in EXPECTED[fault].items() if each != "in"}


def scopes(fault: str) -> set[Scope]:
    """Where a fault has to be caught: where the table says, or in the newest version that each requirement is for."""
    if "in" in EXPECTED[fault]:
        return {Scope(*EXPECTED[fault]["in"].split("-"))}
    found = (REGISTRY[each] for each in requirements(fault))
    return {Scope(max(each.versions), min(each.programmes)) for each in found}


def selected(fault: str) -> list[str]:
    """The options that run only the tests of the requirements that have to catch a fault.

    The contract is held against every exchange: journeys that show every resource are enough to catch what breaks it.
    """
    wanted = {each for each in requirements(fault) if not each.startswith("contract/")}
    if len(wanted) < len(requirements(fault)):
        wanted |= SHOWING_EVERY_RESOURCE
    return [option for each in sorted(wanted) for option in ("--requirement", each)]


@pytest.fixture(scope="module")
def caught(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future]]:
    """The runs against each fault that a test of this session is about, a few at once."""
    asked = {
        item.callspec.params["fault"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    }
    folder = tmp_path_factory.mktemp("faults")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            fault: pool.submit(
                run,
                folder / fault,
                "--target",
                target(folder / f"{fault}.yaml", scopes(fault), "--fault", fault),
                "--profile",
                "quick",
                *selected(fault),
            )
            for fault in EXPECTED
            if fault in asked
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("fault", EXPECTED)
def test_the_fault_is_caught_for_its_own_cause(fault: str, caught: Mapping[str, Future[Ended]]) -> None:
    ended = caught[fault].result()

    assert not ended.with_outcome("suite-error"), ended.stdout
    assert ended.status in (1, 6), ended.stdout + ended.stderr  # 6 if only what SHOULD be is broken
    assert set(requirements(fault)) <= ended.with_outcome("failed"), ended.stdout
    for requirement, because in requirements(fault).items():
        reasons = [finding["reason"] for finding in ended.findings(requirement)]
        assert any(re.search(because, reason) for reason in reasons), reasons


def test_every_fault_is_in_the_table() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "lead_provider_sandbox", "--list-faults"], capture_output=True, check=True
    )

    assert TABLE.keys() == set(re.findall(r"(?m)^[a-z][a-z0-9-]+$", listed.stdout.decode()))


def test_the_table_names_requirements_that_there_are() -> None:
    known = {requirement.id for requirement in REGISTRY}

    assert {each for fault in EXPECTED for each in requirements(fault)} <= known


def test_a_sandbox_without_faults_is_conformant(tmp_path: Path) -> None:
    sandbox = target(tmp_path / "sandbox.yaml", {Scope("v3", "ecf")})
    ended = run(tmp_path / "report", "--target", sandbox, "--profile", "quick")

    assert ended.status == 0, ended.stdout + ended.stderr
    assert set(ended.outcomes.values()) <= {"passed", "not-applicable"}
    assert {scope["conformance"] for scope in ended.verdict["scopes"]} == {"conformant"}

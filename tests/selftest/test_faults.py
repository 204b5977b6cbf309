"""Proof that the suite bites: faults are caught, each for its own cause.

There are too many for every run: each day has its own sample of those that the matrix holds, and those that it does not
hold yet are always among them. `make proof` runs all, and so does this with LEAD_PROVIDER_EVERY_FAULT=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tools.proof import matrix
from tools.proof.expectations import expectation

from lead_provider_sandbox.faults.catalogue import catalogue

from .processes import environment

ROOT = Path(__file__).parents[2]
EVERY_FAULT = "LEAD_PROVIDER_EVERY_FAULT"
SAMPLES = 20


def chosen(day: int) -> list[str]:
    """The faults of a day: one of so many samples of the matrix, and all that are not in it."""
    expected = {name: expectation(fault) for name, fault in catalogue().items()}
    looked_for = [name for name, each in expected.items() if each is None or each.looked_for]
    if os.environ.get(EVERY_FAULT):
        return looked_for
    known = matrix.read()
    return [name for name in looked_for if name not in known or zlib.crc32(name.encode()) % SAMPLES == day % SAMPLES]


FAULTS = chosen(datetime.now(UTC).toordinal())


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What became of each fault that a test of this session is about."""
    results = tmp_path_factory.mktemp("faults") / "results.ndjson"
    asked = [
        item.callspec.params["fault"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "tools.proof", *asked, "--results", str(results)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert results.is_file(), ended.stdout + ended.stderr
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {line["fault"]: line["problems"] for line in lines}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_caught_for_its_own_cause(fault: str, found: Mapping[str, Any]) -> None:
    assert found[fault] == []


def test_the_samples_are_all_the_faults_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EVERY_FAULT, "1")
    every = set(chosen(0))
    monkeypatch.delenv(EVERY_FAULT)

    assert set().union(*(chosen(day) for day in range(SAMPLES))) == every

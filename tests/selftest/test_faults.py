"""A daily sample of the faults is caught, each for its expected reason.

The sample changes every day. It always includes faults that are not in the matrix yet. With
LEAD_PROVIDER_EVERY_FAULT=1 the tests cover every fault, as `make proof` does.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tools.proof import matrix
from tools.proof.expectations import expectation_for

from lead_provider_sandbox.faults.catalogue import catalogue

from .processes import problems_found

EVERY_FAULT = "LEAD_PROVIDER_EVERY_FAULT"
SAMPLES = 20


def sample_of(day: int) -> list[str]:
    """Return the day's sample of the faults in the matrix, and all faults that are not in it."""
    expected = {name: expectation_for(fault) for name, fault in catalogue().items()}
    required = [name for name, each in expected.items() if each is None or each.must_be_caught]
    if os.environ.get(EVERY_FAULT):
        return required
    known = matrix.read_matrix()
    return [name for name in required if name not in known or zlib.crc32(name.encode()) % SAMPLES == day % SAMPLES]


FAULTS = sample_of(datetime.now(UTC).toordinal())


@pytest.fixture(scope="module")
def problems(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The problems of each fault that this session tests."""
    results = tmp_path_factory.mktemp("faults") / "results.ndjson"
    faults = [
        item.callspec.params["fault"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    return problems_found("proof", faults, results, key="fault")


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught_for_its_expected_reason(fault: str, problems: Mapping[str, Any]) -> None:
    assert problems[fault] == []


def test_daily_samples_together_cover_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EVERY_FAULT, "1")
    every = set(sample_of(0))
    monkeypatch.delenv(EVERY_FAULT)

    assert set().union(*(sample_of(day) for day in range(SAMPLES))) == every

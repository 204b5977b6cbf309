"""No requirement fails because a list is empty or a field is null, in a daily sample of the variants.

The sample changes every day. `python -m tools.missing_data` tests every variant.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tools.missing_data.variants import variants

from .processes import environment

ROOT = Path(__file__).parents[2]
SAMPLES = 12


def sample_of(day: int) -> list[str]:
    """Return the day's sample of the variants."""
    return list(variants())[day % SAMPLES :: SAMPLES]


SAMPLE = sample_of(datetime.now(UTC).toordinal())


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The problems of each variant of the sample."""
    results = tmp_path_factory.mktemp("variants") / "results.ndjson"
    ended = subprocess.run(
        [sys.executable, "-m", "tools.missing_data", *SAMPLE, "--results", str(results)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert results.is_file(), ended.stdout + ended.stderr
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {line["variant"]: line["problems"] for line in lines}


@pytest.mark.parametrize("variant", SAMPLE)
def test_missing_data_fails_no_requirement(variant: str, problems: Mapping[str, Any]) -> None:
    assert problems[variant] == []


def test_daily_samples_together_cover_every_variant() -> None:
    assert {name for day in range(SAMPLES) for name in sample_of(day)} == variants().keys()

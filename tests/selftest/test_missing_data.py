"""No requirement fails because a list is empty or a field is null, in a daily sample of the variants.

The sample changes every day. `python -m tools.missing_data` tests every variant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tools.missing_data.variants import variants

from .processes import problems_found

SAMPLES = 12


def sample_of(day: int) -> list[str]:
    """Return the day's sample of the variants."""
    return list(variants())[day % SAMPLES :: SAMPLES]


SAMPLE = sample_of(datetime.now(UTC).toordinal())


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The problems of each variant of the sample."""
    results = tmp_path_factory.mktemp("variants") / "results.ndjson"
    return problems_found("missing_data", SAMPLE, results, key="variant")


@pytest.mark.parametrize("variant", SAMPLE)
def test_missing_data_fails_no_requirement(variant: str, problems: Mapping[str, Any]) -> None:
    assert problems[variant] == []


def test_daily_samples_together_cover_every_variant() -> None:
    assert {name for day in range(SAMPLES) for name in sample_of(day)} == variants().keys()

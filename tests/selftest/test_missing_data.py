"""No requirement fails because a list is empty or a field is null, in a daily sample of the variants.

The sample changes every day. `python -m tools.missing_data` tests every variant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tools.missing_data.variants import variants
from tools.proof.services import ORIGINAL, Service

from .processes import problems_found

SAMPLES = 12
SERVICES = (ORIGINAL, Service("2026-08", "ecf"), Service("2026-08", "npq"))


def sample_of(day: int) -> tuple[Service, list[str]]:
    """Return the service of the day, and a sample of its variants."""
    service = SERVICES[day % len(SERVICES)]
    return service, list(variants(service))[day // len(SERVICES) % SAMPLES :: SAMPLES]


SERVICE, SAMPLE = sample_of(datetime.now(UTC).toordinal())


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The problems of each variant of the sample."""
    results = tmp_path_factory.mktemp("variants") / "results.ndjson"
    programme = ["--programme", SERVICE.programme] if SERVICE.programme else []
    return problems_found("missing_data", [*SAMPLE, "--edition", SERVICE.edition, *programme], results, key="variant")


@pytest.mark.parametrize("variant", SAMPLE)
def test_missing_data_fails_no_requirement(variant: str, problems: Mapping[str, Any]) -> None:
    assert problems[variant] == []


def test_daily_samples_together_cover_every_variant() -> None:
    days = [sample_of(day) for day in range(SAMPLES * len(SERVICES))]

    for service in SERVICES:
        assert {name for of_day, names in days if of_day == service for name in names} == variants(service).keys()


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_each_service_has_variants_of_both_kinds(service: Service) -> None:
    assert {name.split()[0] for name in variants(service)} == {"empty", "null"}

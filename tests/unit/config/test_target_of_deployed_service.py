"""Every waiver in the target file of the deployed service has an observed exchange as evidence."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.requirements import Registry

Observed = Mapping[str, Any]


def load() -> Target:
    tokens = {"LEAD_PROVIDER_TOKEN": "token-of-the-first", "OTHER_LEAD_PROVIDER_TOKEN": "token-of-the-second"}
    return target_file.load(target_file.find("dfe-service-2024-12"), tokens)


@cache
def observed(version: str) -> tuple[Observed, ...]:
    path = Path(__file__).parents[2] / "data" / "contract" / f"observed-2024-12-{version}.ndjson.gz"
    return tuple(map(json.loads, gzip.decompress(path.read_bytes()).splitlines()))


def refused_as_a_second_one(exchange: Observed) -> bool:
    return exchange["status"] == 422 and [each["title"] for each in exchange["response"]["errors"]] == ["base"]


def withdrawn(exchange: Observed) -> bool:
    return exchange["status"] == 200 and '"training_status": "withdrawn"' in json.dumps(exchange["response"])


def with_members_of_version_1(exchange: Observed) -> bool:
    return {"eligible_for_payment", "voided"} <= exchange["response"]["data"]["attributes"].keys()


def server_error(exchange: Observed) -> bool:
    return bool(exchange["status"] == 500)


# The deviation that the exchanges named in a waiver's reason have to show, by requirement.
SHOWN: Mapping[str, Callable[[Observed], bool]] = {
    "declarations/idempotent": refused_as_a_second_one,
    "npq-declarations/idempotent": refused_as_a_second_one,
    "withdrawal/needs-started-declaration": withdrawn,
    "declarations/readable": with_members_of_version_1,
    "npq-declarations/readable": with_members_of_version_1,
    "contract/undocumented-member": with_members_of_version_1,
    "partnerships/cohort-known": server_error,
    "contract/documented-status": server_error,
    "generated/no-server-error": server_error,
}
WAIVERS = load().waivers


def shown_by(waiver: Waiver) -> list[tuple[str, Observed]]:
    """Return the exchanges that a waiver's reason names by title, each with its version."""
    titles = re.findall(r'"([^"]+)"', " ".join(waiver.reason.split()))
    versions = waiver.versions or Registry.load()[waiver.requirement].versions
    return [(version, each) for version in versions for each in observed(version) if each["title"] in titles]


@pytest.mark.parametrize("waiver", WAIVERS, ids=lambda waiver: waiver.requirement)
def test_waived_deviation_was_observed_in_each_of_its_versions(waiver: Waiver) -> None:
    shown = shown_by(waiver)

    assert {version for version, _ in shown} == set(waiver.versions or Registry.load()[waiver.requirement].versions)
    assert all(SHOWN[waiver.requirement](exchange) for _, exchange in shown)


@pytest.mark.parametrize("waiver", [each for each in WAIVERS if each.operations], ids=lambda waiver: waiver.requirement)
def test_waived_operations_are_those_of_the_observed_exchanges(waiver: Waiver) -> None:
    operations = [
        Contract.load(version).find(exchange["method"], exchange["path"].partition("?")[0])
        for version, exchange in shown_by(waiver)
    ]

    assert {operation.id for operation in operations if operation} == set(waiver.operations)


def test_refused_withdrawal_for_npq_has_no_waiver() -> None:
    for version in ("v1", "v2", "v3"):
        (refusal,) = [
            each for each in observed(version) if each["title"] == "withdraw NPQ before a started declaration"
        ]
        assert refusal["status"] == 422
    assert "npq-withdrawal/needs-started-declaration" not in {each.requirement for each in WAIVERS}

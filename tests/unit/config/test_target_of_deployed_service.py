"""Every waiver in the target file of the deployed service has an observed exchange as evidence."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.config import target_file
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Cause

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


def unsorted(exchange: Observed) -> bool:
    times = [each["attributes"]["updated_at"] for each in exchange["response"]["data"]]
    return times != sorted(times)


def without_body(exchange: Observed) -> bool:
    return not exchange["response"] and exchange["content_type"].startswith("text/html")


def with_sql(exchange: Observed) -> bool:
    return exchange["status"] == 400 and "SELECT DISTINCT" in json.dumps(exchange["response"])


# The deviation that the exchanges named in a waiver's reason have to show, by requirement or by kind of the cause.
SHOWN: Mapping[str, Callable[[Observed], bool]] = {
    "declarations/idempotent": refused_as_a_second_one,
    "npq-declarations/idempotent": refused_as_a_second_one,
    "withdrawal/needs-started-declaration": withdrawn,
    "declarations/readable": with_members_of_version_1,
    "npq-declarations/readable": with_members_of_version_1,
    "undocumented-member": with_members_of_version_1,
    "500": server_error,
    "not sorted by updated_at": unsorted,
    "error-body": without_body,
    "headers/media-type": without_body,
    "errors/not-found-form": without_body,
    "no-internals": with_sql,
}
WAIVERS = load().waivers
OBSERVED = [each for each in WAIVERS if each.reason.startswith("Observed service, December 2024")]


def versions_of(waiver: Waiver) -> Sequence[str]:
    known = {each.id: each.versions for each in Registry.load()}
    return waiver.versions or known.get(str(waiver.requirement), tuple(versions()))


def shown_by(waiver: Waiver) -> list[tuple[str, Observed]]:
    """Return the exchanges that a waiver's reason names by title, each with its version."""
    titles = re.findall(r'"([^"]+)"', " ".join(waiver.reason.split()))
    return [(version, each) for version in versions_of(waiver) for each in observed(version) if each["title"] in titles]


@pytest.mark.parametrize("waiver", OBSERVED, ids=str)
def test_waived_deviation_was_observed_in_each_of_its_versions(waiver: Waiver) -> None:
    shown = shown_by(waiver)

    assert {version for version, _ in shown} == set(versions_of(waiver))
    kind = waiver.requirement or (waiver.cause and waiver.cause.kind)
    assert all(SHOWN[str(kind)](exchange) for _, exchange in shown)


@pytest.mark.parametrize("waiver", [each for each in OBSERVED if each.operations], ids=str)
def test_waived_operations_are_those_of_the_observed_exchanges(waiver: Waiver) -> None:
    operations = [
        Contract.load(version).find(exchange["method"], exchange["path"].partition("?")[0])
        for version, exchange in shown_by(waiver)
    ]

    assert {operation.id for operation in operations if operation} == set(waiver.operations)


@pytest.mark.parametrize("waiver", WAIVERS, ids=str)
def test_waiver_has_evidence_and_names_known_operations_and_requirements(waiver: Waiver) -> None:
    operations = {each.id for version in versions() for each in Contract.load(version).operations}
    cause = waiver.cause or Cause()

    assert waiver in OBSERVED or waiver.reason.startswith("Run of the suite against the service: ")
    assert {*waiver.operations, *filter(None, [cause.operation])} <= operations
    assert "/" not in cause.kind or Registry.load()[cause.kind]


def test_failure_of_another_cause_is_not_waived() -> None:
    new = [
        ("contract/response-schema", Cause("list_npq_applications", "/data/*/attributes/cohort", "type")),
        ("generated/no-server-error", Cause("list_ecf_participants", "query:sort", "500")),
        ("contract/response-schema", Cause("list_ecf_participants", "/data/*/attributes/full_name", "null")),
        ("sorting/updated-at", Cause("list_ecf_participants", "query:sort", "not sorted by updated_at")),
        ("filtering/combined", Cause("list_ecf_participants", "", "filtering/combined")),
    ]

    assert [each for each in new if any(waiver.accepts(*each) for waiver in WAIVERS)] == []


def test_refused_withdrawal_for_npq_has_no_waiver() -> None:
    for version in ("v1", "v2", "v3"):
        (refusal,) = [
            each for each in observed(version) if each["title"] == "withdraw NPQ before a started declaration"
        ]
        assert refusal["status"] == 422
    assert "npq-withdrawal/needs-started-declaration" not in {each.requirement for each in WAIVERS}

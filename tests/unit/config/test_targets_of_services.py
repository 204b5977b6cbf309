"""The target files of the two services of edition 2026-08: every waiver has evidence, and none is too wide."""

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
from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Cause, Safety, Scope

Observed = Mapping[str, Any]

EDITION = "2026-08"
PROGRAMMES = {"ect-service": "ecf", "npq-service": "npq"}
TOKENS = {"LEAD_PROVIDER_TOKEN": "token-of-the-first", "OTHER_LEAD_PROVIDER_TOKEN": "token-of-the-second"}
OBSERVED, CODE = "Observed service, August 2026, ", "Code of the service, August 2026: "


@cache
def target_of(name: str) -> Target:
    return target_file.load(target_file.find(name), TOKENS)


@cache
def contract_of(name: str) -> Contract:
    return Contract.of(EDITION, Scope("v3", PROGRAMMES[name]))


@cache
def exchanges_of(name: str) -> tuple[Observed, ...]:
    service = name.removesuffix("-service")
    path = Path(__file__).parents[2] / "data" / "contract" / f"observed-{EDITION}-{service}.ndjson.gz"
    return tuple(map(json.loads, gzip.decompress(path.read_bytes()).splitlines()))


def refused_time_with_offset(exchange: Observed) -> bool:
    sent = bool(re.search(r"updated_since(%5D|\])=[^&]+(%2B|\+)01", exchange["path"]))
    return exchange["status"] == 400 and sent and "ISO 8601" in json.dumps(exchange["response"])


def server_error(exchange: Observed) -> bool:
    return bool(exchange["status"] == 500)


def empty(exchange: Observed) -> bool:
    return exchange["status"] == 400 and not exchange["response"]


def bare_error(exchange: Observed) -> bool:
    return exchange["status"] == 422 and [*exchange["response"]] == ["error"]


def compared_as_text(exchange: Observed) -> bool:
    return exchange["status"] == 400 and "comparison of String with" in json.dumps(exchange["response"])


# The deviation that the exchanges named in a waiver's reason have to show, by requirement or by kind of the cause.
SHOWN: Mapping[str, Callable[[Observed], bool]] = {
    "filtering/offset": refused_time_with_offset,
    "400": refused_time_with_offset,
    "500": server_error,
    "error-body": empty,
    "missing errors": bare_error,
    "undocumented-member": bare_error,
    "declarations/date-format": compared_as_text,
}

WAIVERS = [(name, waiver) for name in PROGRAMMES for waiver in target_of(name).waivers]
OBSERVED_WAIVERS = [(name, waiver) for name, waiver in WAIVERS if waiver.reason.startswith(OBSERVED)]
each_waiver = pytest.mark.parametrize(("name", "waiver"), WAIVERS, ids=str)
each_observed_waiver = pytest.mark.parametrize(("name", "waiver"), OBSERVED_WAIVERS, ids=str)
each_target = pytest.mark.parametrize("name", PROGRAMMES)


def shown_by(name: str, waiver: Waiver) -> list[Observed]:
    """Return the exchanges that a waiver's reason names by title."""
    titles = re.findall(r'"([^"]+)"', " ".join(waiver.reason.split()))
    found = [each for each in exchanges_of(name) if each["title"] in titles]
    assert {each["title"] for each in found} == set(titles)
    return found


@each_target
def test_target_is_a_service_of_the_edition_that_may_be_written_to(name: str) -> None:
    target = target_of(name)

    assert (target.edition, target.versions, target.programmes) == (EDITION, ("v3",), (PROGRAMMES[name],))
    assert (target.safety, target.server_date) == (Safety.SANDBOX, "X-With-Server-Date")
    assert target.tokens == tuple(TOKENS.values())
    assert target.start is not None


@each_target
def test_rates_are_those_of_the_deployed_service(name: str) -> None:
    rate = target_of(name).rate

    assert rate.token is not None
    assert rate.address is not None
    assert (rate.token.requests, rate.token.per_seconds) == (1000, 300)
    assert (rate.address.requests, rate.address.per_seconds) == (1500, 300)


@each_waiver
def test_waiver_has_owner_evidence_and_an_end(name: str, waiver: Waiver) -> None:
    service = name.removesuffix("-service").upper()
    assert waiver.owner == f"{service} service team"
    assert waiver.reason.startswith((OBSERVED, CODE))
    assert waiver.expires.isoformat() == "2027-08-31"


@each_observed_waiver
def test_named_exchanges_show_the_deviation(name: str, waiver: Waiver) -> None:
    kind = waiver.requirement or (waiver.cause and waiver.cause.kind)
    shown = shown_by(name, waiver)

    assert shown
    assert all(SHOWN[str(kind)](each) for each in shown)


@each_observed_waiver
def test_waived_operations_are_those_of_the_named_exchanges(name: str, waiver: Waiver) -> None:
    waived = {*waiver.operations, *filter(None, [waiver.cause and waiver.cause.operation])}
    found = [contract_of(name).find(each["method"], each["path"].partition("?")[0]) for each in shown_by(name, waiver)]

    assert waived in (set(), {each.id for each in found if each})


@each_waiver
def test_waiver_names_operations_and_a_requirement_of_the_edition(name: str, waiver: Waiver) -> None:
    cause = waiver.cause or Cause()
    registry = load_edition(EDITION).of(Registry.load())
    requirements = {each.id for each in registry if PROGRAMMES[name] in each.programmes}
    named = {each for each in (waiver.requirement, cause.kind) if each and "/" in each}

    assert {*waiver.operations, *filter(None, [cause.operation])} <= {each.id for each in contract_of(name).operations}
    assert named <= requirements


@each_waiver
def test_waiver_is_about_one_requirement_or_a_kind_at_a_place_or_operation(name: str, waiver: Waiver) -> None:
    cause = waiver.cause or Cause()

    is_one_requirement = waiver.requirement or "/" in cause.kind
    assert is_one_requirement or (cause.kind and (cause.place or cause.operation or waiver.operations)), name


@pytest.mark.parametrize(
    ("requirement", "cause"),
    [
        ("contract/response-schema", Cause("list_participant_declarations", "/data/*/attributes/state", "null")),
        ("contract/response-schema", Cause("create_participant_declaration", "", "missing errors")),
        ("contract/undocumented-member", Cause("list_statements", "/data/*/attributes/colour", "undocumented-member")),
        ("contract/error-body", Cause("list_statements", "", "error-body")),
        ("contract/documented-status", Cause("list_statements", "query:sort", "500")),
        ("generated/no-server-error", Cause("list_statements", "query:page[page]", "500")),
        ("generated/no-server-error", Cause("create_participant_declaration", "/data", "500")),
        ("generated/accepts-valid", Cause("list_statements", "query:filter[cohort]", "400")),
        ("filtering/combined", Cause("list_statements", "", "filtering/combined")),
        ("sorting/updated-at", Cause("list_delivery_partners", "", "not sorted by updated_at")),
    ],
    ids=str,
)
@each_target
def test_failure_of_another_cause_is_not_waived(name: str, requirement: str, cause: Cause) -> None:
    assert [str(each) for each in target_of(name).waivers if each.accepts(requirement, cause)] == []

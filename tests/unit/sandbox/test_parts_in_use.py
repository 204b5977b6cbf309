"""The parts that each service uses."""

from __future__ import annotations

import pytest

from lead_provider_sandbox.faults.catalogue import catalogue
from lead_provider_sandbox.faults.parts_in_use import parts_in_use
from lead_provider_sandbox.http.services import SERVICES
from lead_provider_sandbox.parts import PARTS


def services_with(part: str) -> set[str]:
    return {service for service, parts in parts_in_use().items() if part in parts}


@pytest.mark.parametrize(
    ("part", "services"),
    [
        ("acceptance.not-decided", {"original"}),  # a rule
        ("statement", {"original"}),  # a serializer
        ("npq-service.statement", {"npq"}),
        ("ect-partnership-change.effect", {"ect"}),
        ("unfunded-mentor", {"original", "ect"}),
        ("outcome.record", {"original", "npq"}),
        ("paging.per-page", {"original", "ect", "npq"}),
        ("gateway.route", {"original", "ect", "npq"}),
        ("registration.moment", {"original", "ect", "npq"}),  # of the provisioning calls
    ],
)
def test_part_is_used_by_the_services_that_call_it(part: str, services: set[str]) -> None:
    assert services_with(part) == services


def test_parts_named_after_a_successor_are_used_by_it_alone() -> None:
    for prefix, service in (("ect-", "ect"), ("npq-service.", "npq")):
        named = [part for part in PARTS if part.startswith(prefix)]

        assert named
        assert all(services_with(part) == {service} for part in named)


def test_every_fault_changes_a_service() -> None:
    assert [name for name, fault in catalogue().items() if not any(fault.is_in(each) for each in SERVICES)] == []

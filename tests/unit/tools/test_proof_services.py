"""The service in which a fault is tested."""

from __future__ import annotations

import pytest
from tools.proof.expectations import expectation_for
from tools.proof.services import ORIGINAL, Service, parse_place, service_for

from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import Fault, catalogue
from lead_provider_sandbox.http.services import ECT

ECT_SERVICE = Service("2026-08", "ecf")


def fault(part: str, *operations: str) -> Fault:
    chosen = {"hook": "crash", **({"in": list(operations)} if operations else {})}
    return Fault("a-fault", "It is broken.", "a kind", {part: chosen}, None, {})


def test_place_is_a_scope_or_a_service_with_one_scope() -> None:
    assert parse_place("v1-ecf") == (None, Scope("v1", "ecf"))
    assert parse_place("2026-08-npq") == ("2026-08", Scope("v3", "npq"))


def test_service_of_first_editions_has_every_scope_the_newest_version_first() -> None:
    assert [str(each) for each in ORIGINAL.scopes] == ["v3-ecf", "v3-npq", "v2-ecf", "v2-npq", "v1-ecf", "v1-npq"]


def test_service_of_one_programme_has_one_scope() -> None:
    assert [str(each) for each in ECT_SERVICE.scopes] == ["v3-ecf"]
    assert str(ECT_SERVICE) == "2026-08-ecf"


def test_service_has_the_requirements_of_its_edition() -> None:
    in_original, in_successor = ORIGINAL.requirements(), ECT_SERVICE.requirements()

    assert in_original["withdrawal/needs-started-declaration"].applies_to(Scope("v3", "ecf"))
    assert not any(each.applies_to(Scope("v1", "ecf")) for each in in_successor)


def test_fault_of_part_of_several_services_is_tested_in_the_original() -> None:
    assert service_for(catalogue()["void-changes-nothing"], None, None) == ORIGINAL


def test_fault_in_operation_of_one_successor_is_tested_there() -> None:
    own = next(each.id for each in ECT.operations if each.id.endswith("/api/v3/unfunded-mentors"))

    assert service_for(fault("paging.per-page", own), None, None) == ECT_SERVICE


def test_expectation_names_the_edition_and_the_programme() -> None:
    any_fault = catalogue()["void-changes-nothing"]

    assert service_for(any_fault, "2026-08", Scope("v3", "npq")) == Service("2026-08", "npq")
    assert service_for(any_fault, "2025-04", Scope("v3", "ecf")) == Service("2025-04")


@pytest.mark.parametrize("name", ["any-evidence-of-2025", "evidence-ignored"])
def test_expectations_of_first_editions_name_no_programme(name: str) -> None:
    expected = expectation_for(catalogue()[name])

    assert expected
    assert expected.service.programme is None

"""Documented statuses are reported only for the contract that the run used."""

import dataclasses

import pytest
from tests.unit.journals import V3_ECF, V3_NPQ, Run

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.reports.metrics import documented_statuses
from lead_provider_conformance.results.journal import Journals


def record(contract_hash: str, *, version: str = "v3", scopes: tuple = (V3_ECF,)) -> Journals:
    made = Run(scopes=scopes).record()
    contract = {"edition": "2024-12", "hashes": {version: contract_hash}}
    return dataclasses.replace(made, run={**made.run, "contract": contract})


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.load("v3")


def test_same_contract_returns_its_statuses(contract: Contract) -> None:
    statuses = documented_statuses(record(contract.hash))["v3"]

    assert statuses["create_participant_declaration"] == contract.operation("create_participant_declaration").statuses


def test_other_contract_hash_returns_nothing() -> None:
    assert documented_statuses(record("0" * 64)) == {}


def test_unknown_version_returns_nothing() -> None:
    assert documented_statuses(record("0" * 64, version="v9")) == {}


def test_only_operations_of_tested_programmes_are_returned(contract: Contract) -> None:
    ecf = documented_statuses(record(contract.hash))["v3"]
    both = documented_statuses(record(contract.hash, scopes=(V3_ECF, V3_NPQ)))["v3"]

    assert set(ecf) == {each.id for each in contract.operations if "ecf" in each.programmes}
    assert set(both) == {each.id for each in contract.operations}

"""What a test's exchanges broke of the contract is told once for each place."""

from pathlib import Path
from types import SimpleNamespace

from lead_provider_conformance import journal
from lead_provider_conformance.contract import Contract, Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.requirements import Registry
from lead_provider_conformance.testrecord import TestRecord
from lead_provider_conformance.words import Outcome, Scope

V3_ECF = Scope("v3", "ecf")


def reasons(folder: Path, *violations: Violation) -> list[str]:
    """The reasons of the failures of a test with one exchange that broke the contract so."""
    operation = Contract.load("v3").find("GET", "/api/v3/participants/ecf")
    run = SimpleNamespace(journal=journal.Journal(folder), registry=Registry.load())
    record = TestRecord(run, V3_ECF, "test", [])
    record.client = SimpleNamespace(exchanges=[Exchange("main-00001", operation, 200, violations)])
    record.conclude(None, seconds=0.1, at="2026-11-22T10:00:00.000Z")
    lines = [line for line in journal._lines(folder / journal.RESULTS) if line["kind"] == "finding"]
    return [line["reason"] for line in lines if line["outcome"] == Outcome.FAILED]


def test_the_same_fault_of_many_records_is_one_finding(tmp_path: Path) -> None:
    faults = [Violation("response-schema", f"/data/{n}/attributes", "'full_name' is missing") for n in range(9)]

    assert reasons(tmp_path, *faults) == ["list_ecf_participants: /data/0/attributes: 'full_name' is missing"]


def test_the_count_of_violations_that_are_not_told_is_no_finding(tmp_path: Path) -> None:
    told = [Violation("undocumented-member", f"/data/{n}/x", "not documented") for n in range(MAX_VIOLATIONS)]
    tail = Violation("response-schema", "", "and 116 more")

    assert reasons(tmp_path, *told, tail) == ["list_ecf_participants: /data/0/x: not documented"]


def test_a_fault_of_the_whole_answer_is_a_finding(tmp_path: Path) -> None:
    whole = Violation("response-schema", "", "'data' is missing")

    assert reasons(tmp_path, whole) == ["list_ecf_participants: the answer: 'data' is missing"]

"""What a test's exchanges broke of the contract is told once for each place, and counts if it has to."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from lead_provider_conformance.contract import Contract, Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.model import CouldNotRun, Level, Outcome, Scope
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.waivers import Waiver
from lead_provider_conformance.run.test_context import Conclusion, TestRecord

V3_ECF = Scope("v3", "ecf")


def concluded(
    folder: Path,
    *violations: Violation,
    requirements: Sequence[str] = (),
    error: BaseException | None = None,
    waivers: Sequence[Waiver] = (),
    fail_on: Level = Level.MUST,
    also_for: Sequence[Scope] = (),
) -> Conclusion:
    """How a test of these requirements ends, with one exchange that broke the contract so."""
    operation = Contract.load("v3").find("GET", "/api/v3/participants/ecf")
    target = SimpleNamespace(waivers=waivers)
    registry = Registry.load()
    run = SimpleNamespace(journal=journal.Journal(folder), registry=registry, target=target)
    record = TestRecord(run, V3_ECF, "test", [registry[each] for each in requirements], also_for)
    record.client = SimpleNamespace(exchanges=[Exchange("main-00001", operation, 200, violations)])
    return record.conclude(error, seconds=0.1, at="2026-11-22T10:00:00.000Z", fail_on=fail_on)


def reasons(folder: Path, *violations: Violation) -> list[str]:
    """The reasons of the failures of a test with one exchange that broke the contract so."""
    concluded(folder, *violations)
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

    assert reasons(tmp_path, whole) == ["list_ecf_participants: the response: 'data' is missing"]


MUST, SHOULD = "void/persists", "void/once"
WAIVER = Waiver(MUST, owner="Team A", reason="Agreed in May", expires=date(2999, 1, 1))


@pytest.mark.parametrize(
    ("requirement", "options", "advised"),
    [
        (MUST, {}, False),
        (SHOULD, {}, True),
        (SHOULD, {"fail_on": Level.SHOULD}, False),
        (MUST, {"waivers": [WAIVER]}, True),
        (SHOULD, {"waivers": [WAIVER], "fail_on": Level.SHOULD}, False),
    ],
)
def test_a_failure_that_counts_against_nobody_is_advised(tmp_path, requirement, options, advised) -> None:
    assert Registry.load()[MUST].level is Level.MUST
    assert Registry.load()[SHOULD].level is Level.SHOULD

    conclusion = concluded(tmp_path, requirements=[requirement], error=AssertionError("no"), **options)

    assert conclusion == Conclusion((f"{requirement}: no",), advised=advised)


@pytest.mark.parametrize("error", [ValueError("of our own"), CouldNotRun("Nobody there.", "Invite somebody."), None])
def test_what_is_no_failure_of_the_server_is_not_advised(tmp_path, error) -> None:
    assert not concluded(tmp_path, requirements=[SHOULD], error=error).advised


def test_what_a_test_finds_out_counts_in_every_scope_that_it_is_for(tmp_path: Path) -> None:
    v3_npq = Scope("v3", "npq")
    broken = Violation("response-schema", "/data/0/id", "'1' is not a 'uuid'")

    conclusion = concluded(tmp_path, broken, requirements=["paging/page"], also_for=[v3_npq])

    assert conclusion.problems == ("contract/response-schema: list_ecf_participants: /data/0/id: '1' is not a 'uuid'",)
    lines = [line for line in journal._lines(tmp_path / journal.RESULTS) if line["kind"] == "finding"]
    of_programme = {
        programme: [(line["requirement"], line["outcome"]) for line in lines if line["programme"] == programme]
        for programme in ("ecf", "npq")
    }
    assert of_programme["ecf"] == of_programme["npq"]
    assert ("paging/page", Outcome.PASSED) in of_programme["npq"]
    assert ("contract/response-schema", Outcome.FAILED) in of_programme["npq"]

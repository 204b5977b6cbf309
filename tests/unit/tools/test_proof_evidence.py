"""The measure of evidence finds reproductions that do not show the fault."""

from __future__ import annotations

import pytest
from tests.unit.journals import Run
from tools.proof.evidence import evidence_in, misleading, sampled
from tools.proof.fault_marks import HEADER

from lead_provider_conformance.model import Outcome

MARKED = {HEADER: "a.part"}


def sentences(run: Run) -> list[str]:
    record = run.record()
    return list(misleading(record.findings[0], record.exchanges))


def test_reproduction_without_the_effect_of_the_fault_is_misleading() -> None:
    run = Run().requires("a/b")
    run.exchanged("GET", "/x", headers=MARKED)
    shown = run.exchanged("GET", "/y")
    run.found(Outcome.FAILED, "a/b", "no", exchanges=["main-00001", shown])

    assert len(sentences(run)) == 1
    assert "a/b shows main-00002 GET" in sentences(run)[0]


@pytest.mark.parametrize(("method", "is_misleading"), [("POST", False), ("GET", True)])
def test_read_after_a_faulty_write_shows_its_effect(method: str, is_misleading: bool) -> None:
    run = Run().requires("a/b")
    first = run.exchanged(method, "/x", headers=MARKED)
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[first, run.exchanged("GET", "/x")])

    assert bool(sentences(run)) is is_misleading


def test_effect_in_the_reproduction_itself_is_right() -> None:
    run = Run().requires("a/b")
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[run.exchanged("GET", "/x", headers=MARKED)])

    assert sentences(run) == []


def test_evidence_counts_requirements_and_causes() -> None:
    run = Run().requires("a/b").requires("c/d")
    for requirement in ("a/b", "c/d"):
        shown = run.exchanged("POST", "/x", 500, operation="create_x", headers=MARKED)
        run.found(Outcome.FAILED, requirement, "no", exchanges=[shown])
    evidence = evidence_in(run.record())

    assert (evidence.requirements, evidence.causes) == (2, ("`create_x` failed with 500",))


def test_sample_does_not_depend_on_the_order_of_names() -> None:
    names = [f"fault-{number}" for number in range(50)]

    assert sampled(names, 5) == sampled(names[::-1], 5)
    assert len(set(sampled(names, 5))) == 5

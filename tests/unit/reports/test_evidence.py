"""Evidence is told once, within limits, and the same fault at many places is one fault."""

from tests.unit.journals import Run

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.body import Line
from lead_provider_conformance.reports.digest import Failure, failures
from lead_provider_conformance.reports.evidence import REASONS_TOLD, STEPS_TOLD, VIOLATIONS_TOLD, Teller


def failure(run: Run) -> Failure:
    (found,) = failures(run.verdict(), Outcome.FAILED)
    return found


def teller(run: Run, **options: int) -> Teller:
    return Teller(run.record().exchanges, **options)


def test_findings_that_differ_only_in_a_position_are_one_reason() -> None:
    run = Run().requires("a/b")
    for number in range(30):
        reason = f"list: /data/{number}/attributes/cohort: 2023 is not of type 'string'."
        run.found(Outcome.FAILED, "a/b", reason, test=f"test_{number}")
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert proof.tests == 30
    assert proof.reason == "list: /data/0/attributes/cohort: 2023 is not of type 'string'."


def test_findings_of_one_cause_are_one_reason_and_the_shortest_request_shows_it() -> None:
    run = Run().requires("a/b")
    for operation in ("a-long-name", "short", "another-name"):
        exchange = run.exchanged("GET", f"/{operation}")
        run.found(Outcome.FAILED, "a/b", f"{operation} fell", test=operation, exchanges=[exchange], cause="500 page")
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert (proof.tests, proof.reason) == (3, "short fell")


def test_only_so_many_reasons_are_told_and_the_rest_counted() -> None:
    run = Run().requires("a/b")
    for word in ("one", "two", "three", "four", "five", "six"):
        run.found(Outcome.FAILED, "a/b", word)
    evidence = teller(run).evidence(failure(run))

    assert [proof.reason for proof in evidence.proofs] == ["one", "two", "three", "four"][:REASONS_TOLD]
    assert evidence.more_reasons == 2


def test_the_last_steps_before_a_failure_are_told_and_the_earlier_ones_counted() -> None:
    run = Run().requires("a/b")
    ids = [run.exchanged("GET", f"/{number}") for number in range(20)]
    run.found(Outcome.FAILED, "a/b", "no", exchanges=ids)
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert proof.decisive
    assert proof.decisive.path == "/19"
    assert [step.path for step in proof.before] == [f"/{number}" for number in range(19 - STEPS_TOLD, 19)]
    assert proof.left_out == 19 - STEPS_TOLD


def test_when_there_is_no_room_exchanges_are_told_in_one_line() -> None:
    run = Run().requires("a/b")
    ids = [run.exchanged("GET", f"/{number}", body="x" * 300) for number in range(3)]
    run.found(Outcome.FAILED, "a/b", "no", exchanges=ids)
    (proof,) = teller(run, room=100).evidence(failure(run)).proofs

    assert proof.decisive
    assert not proof.decisive.brief
    assert [step.brief for step in proof.before] == [True, True]


def test_a_failure_without_an_exchange_is_told_by_its_reason() -> None:
    run = Run().requires("a/b").found(Outcome.FAILED, "a/b", "no", exchanges=["lost-00001"])
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert (proof.reason, proof.decisive, proof.before) == ("no", None, ())


def test_a_path_is_told_as_it_was_sent() -> None:
    run = Run().requires("a/b")
    sent = run.exchanged("GET", "/api//v3/../x?page[page]=1#[\t")
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert proof.decisive
    assert proof.decisive.path == "/api//v3/../x?page[page]=1#[\t"


def test_marks_that_no_line_carries_are_kept_apart() -> None:
    run = Run().requires("a/b")
    violations = [
        {"requirement": "a/b", "where": "", "message": "The status 418 is not documented."},
        {"requirement": "a/b", "where": "/x", "message": "1 is not of type 'string'."},
    ]
    sent = run.exchanged("GET", "/", 418, {"x": 1}, violations=violations)
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert proof.decisive
    assert [mark.message for mark in proof.decisive.marks] == ["The status 418 is not documented."]


def test_the_same_fault_of_many_items_is_marked_once_and_counted() -> None:
    run = Run().requires("a/b")
    violations = [
        {"requirement": "a/b", "where": f"/data/{number}/cohort", "message": f"{number} is not of type 'string'."}
        for number in range(3, 15)
    ]
    body = {"data": [{"cohort": number} for number in range(15)]}
    sent = run.exchanged("GET", "/", 200, body, violations=violations)
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert proof.decisive
    assert proof.decisive.response
    notes = [line.notes for line in proof.decisive.response.lines if isinstance(line, Line) and line.notes]
    assert notes == [("3 is not of type 'string'. (and in 11 more places)",)]
    assert (proof.decisive.marks, proof.decisive.more_violations) == ((), 0)


def test_only_so_many_violations_are_told_and_those_of_the_requirement_first() -> None:
    run = Run().requires("a/b")
    others = [{"requirement": "c/d", "where": "", "message": f"other {number}"} for number in range(30)]
    sent = run.exchanged("GET", "/", violations=[*others, {"requirement": "a/b", "where": "", "message": "mine"}])
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (proof,) = teller(run).evidence(failure(run)).proofs

    assert proof.decisive
    assert proof.decisive.marks[0].note == "mine"
    assert proof.decisive.marks[1].note == "other 0 (c/d)"
    assert len(proof.decisive.marks) == VIOLATIONS_TOLD
    assert proof.decisive.more_violations == 31 - VIOLATIONS_TOLD

"""Evidence shows each exchange once, within limits, and merges the same fault at many places."""

from tests.unit.journals import Run

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.body import Line
from lead_provider_conformance.reports.evidence import (
    MAX_EARLIER_STEPS,
    MAX_REASONS,
    MAX_VIOLATIONS,
    Evidence,
    EvidenceBuilder,
)
from lead_provider_conformance.reports.summary import Failure, failures


def failure(run: Run) -> Failure:
    (found,) = failures(run.verdict(), Outcome.FAILED)
    return found


def evidence(run: Run, **options: int) -> Evidence:
    return EvidenceBuilder(run.record().exchanges, **options).build(failure(run))


def test_findings_that_differ_in_position_are_one_reason() -> None:
    run = Run().requires("a/b")
    for number in range(30):
        text = f"list: /data/{number}/attributes/cohort: 2023 is not of type 'string'."
        run.found(Outcome.FAILED, "a/b", text, test=f"test_{number}")
    (reason,) = evidence(run).reasons

    assert reason.tests == 30
    assert reason.text == "list: /data/0/attributes/cohort: 2023 is not of type 'string'."


def test_findings_with_one_cause_are_one_reason_with_the_shortest_request() -> None:
    run = Run().requires("a/b")
    for operation in ("a-long-name", "short", "another-name"):
        exchange = run.exchanged("GET", f"/{operation}")
        run.found(Outcome.FAILED, "a/b", f"{operation} fell", test=operation, exchanges=[exchange], group="500 page")
    (reason,) = evidence(run).reasons

    assert (reason.tests, reason.text) == (3, "short fell")


def test_surplus_reasons_are_counted() -> None:
    run = Run().requires("a/b")
    for word in ("one", "two", "three", "four", "five", "six"):
        run.found(Outcome.FAILED, "a/b", word)
    found = evidence(run)

    assert [reason.text for reason in found.reasons] == ["one", "two", "three", "four"][:MAX_REASONS]
    assert found.more_reasons == 2


def test_last_steps_before_a_failure_are_shown_and_earlier_ones_counted() -> None:
    run = Run().requires("a/b")
    ids = [run.exchanged("GET", f"/{number}") for number in range(20)]
    run.found(Outcome.FAILED, "a/b", "no", exchanges=ids)
    (reason,) = evidence(run).reasons

    assert reason.decisive
    assert reason.decisive.path == "/19"
    assert [step.path for step in reason.before] == [f"/{number}" for number in range(19 - MAX_EARLIER_STEPS, 19)]
    assert reason.omitted == 19 - MAX_EARLIER_STEPS


def test_exchanges_are_brief_when_there_is_no_room() -> None:
    run = Run().requires("a/b")
    ids = [run.exchanged("GET", f"/{number}", body="x" * 300) for number in range(3)]
    run.found(Outcome.FAILED, "a/b", "no", exchanges=ids)
    (reason,) = evidence(run, room=100).reasons

    assert reason.decisive
    assert not reason.decisive.brief
    assert [step.brief for step in reason.before] == [True, True]


def test_failure_without_exchange_has_its_reason() -> None:
    run = Run().requires("a/b").found(Outcome.FAILED, "a/b", "no", exchanges=["lost-00001"])
    (reason,) = evidence(run).reasons

    assert (reason.text, reason.decisive, reason.before) == ("no", None, ())


def test_path_is_shown_as_sent() -> None:
    run = Run().requires("a/b")
    sent = run.exchanged("GET", "/api//v3/../x?page[page]=1#[\t")
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (reason,) = evidence(run).reasons

    assert reason.decisive
    assert reason.decisive.path == "/api//v3/../x?page[page]=1#[\t"


def test_violations_outside_the_body_are_listed_separately() -> None:
    run = Run().requires("a/b")
    violations = [
        {"requirement": "a/b", "where": "", "message": "The status 418 is not documented."},
        {"requirement": "a/b", "where": "/x", "message": "1 is not of type 'string'."},
    ]
    sent = run.exchanged("GET", "/", 418, {"x": 1}, violations=violations)
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (reason,) = evidence(run).reasons

    assert reason.decisive
    assert [violation.message for violation in reason.decisive.violations] == ["The status 418 is not documented."]


def test_same_violation_of_many_items_is_marked_once_and_counted() -> None:
    run = Run().requires("a/b")
    violations = [
        {"requirement": "a/b", "where": f"/data/{number}/cohort", "message": f"{number} is not of type 'string'."}
        for number in range(3, 15)
    ]
    body = {"data": [{"cohort": number} for number in range(15)]}
    sent = run.exchanged("GET", "/", 200, body, violations=violations)
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (reason,) = evidence(run).reasons

    assert reason.decisive
    assert reason.decisive.response
    notes = [line.notes for line in reason.decisive.response.lines if isinstance(line, Line) and line.notes]
    assert notes == [("3 is not of type 'string'. (and in 11 more places)",)]
    assert (reason.decisive.violations, reason.decisive.more_violations) == ((), 0)


def test_surplus_violations_are_counted_and_those_of_the_requirement_come_first() -> None:
    run = Run().requires("a/b")
    others = [{"requirement": "c/d", "where": "", "message": f"other {number}"} for number in range(30)]
    sent = run.exchanged("GET", "/", violations=[*others, {"requirement": "a/b", "where": "", "message": "mine"}])
    run.found(Outcome.FAILED, "a/b", "no", exchanges=[sent])
    (reason,) = evidence(run).reasons

    assert reason.decisive
    assert reason.decisive.violations[0].note == "mine"
    assert reason.decisive.violations[1].note == "other 0 (c/d)"
    assert len(reason.decisive.violations) == MAX_VIOLATIONS
    assert reason.decisive.more_violations == 31 - MAX_VIOLATIONS

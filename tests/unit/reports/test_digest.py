"""What a verdict comes down to."""

import pytest
from tests.unit.journals import V3_ECF, V3_NPQ, Run
from tests.unit.samples import conformant, troubled

from lead_provider_conformance.model import Conformance, Outcome
from lead_provider_conformance.reports import digest
from lead_provider_conformance.results.journal import decisive_exchange
from lead_provider_conformance.results.verdict import Verdict


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((Outcome.PASSED, Outcome.PASSED), Conformance.CONFORMANT),
        ((Outcome.PASSED, Outcome.COULD_NOT_RUN), Conformance.INCOMPLETE),
        ((Outcome.COULD_NOT_RUN, Outcome.FAILED), Conformance.NOT_CONFORMANT),
    ],
)
def test_the_answer_is_as_good_as_the_worst_scope(outcomes: tuple[Outcome, Outcome], expected: Conformance) -> None:
    run = Run(scopes=(V3_ECF, V3_NPQ)).requires("a/b")
    for scope, outcome in zip(run.scopes, outcomes, strict=True):
        run.found(outcome, "a/b", scope=scope)

    assert digest.response(run.verdict()) is expected


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (conformant(), "Yes. The server keeps every requirement that it must keep."),
        (troubled(), "No. The server breaks 4 requirements that it must keep."),
        (Run(scopes=()), "We cannot say. The run was to test no requirement that the server must keep."),
        (
            Run().requires("a/b").waives("a/b").found(Outcome.FAILED, "a/b"),
            "Yes. The server keeps every requirement that it must keep, apart from 1 that its owner has waived.",
        ),
        (
            Run().requires("a/b").found(Outcome.COULD_NOT_RUN, "a/b"),
            "We cannot say. Nothing that the server must do has failed, but not everything could be tested.",
        ),
        (
            Run().requires("a/b").found(Outcome.SUITE_ERROR, "a/b"),
            "We cannot say. The suite itself failed, so some requirements were not decided.",
        ),
        (
            Run(ending="interrupted").requires("a/b").found(Outcome.PASSED, "a/b"),
            "We cannot say. Everything that was tested is kept, but the run did not come to its end.",
        ),
    ],
)
def test_the_answer_is_explained(run: Run, sentence: str) -> None:
    assert digest.explanation(run.verdict()) == sentence


def test_the_answer_says_if_only_a_part_was_to_be_tested() -> None:
    run = conformant()
    record = run.record()
    record.run["target"]["operations"] = ["show_ecf_participant", "list_ecf_participants"]

    told = digest.explanation(Verdict.of(record))

    assert told.endswith("Only what its target file says it implements was tested: 2 operations.")


def test_a_run_of_nothing_is_incomplete() -> None:
    assert digest.response(Run(scopes=()).verdict()) is Conformance.INCOMPLETE


def test_a_requirement_that_fails_in_two_scopes_is_one_failure_and_must_come_first() -> None:
    run = Run(scopes=(V3_ECF, V3_NPQ)).requires("a/may", level="MAY").requires("a/must")
    for scope in run.scopes:
        run.found(Outcome.FAILED, "a/may", "no", scope=scope)
        run.found(Outcome.PASSED, "a/must", scope=scope)
        run.found(Outcome.FAILED, "a/must", f"no {scope}", scope=scope)

    must, may = digest.failures(run.verdict(), Outcome.FAILED)

    assert (must.requirement.id, may.requirement.id) == ("a/must", "a/may")
    assert must.scopes == (V3_ECF, V3_NPQ)
    assert [finding.reason for finding in must.findings] == ["no v3-ecf", "no v3-npq"]


def test_waived_failures_keep_what_they_found() -> None:
    (waived,) = digest.failures(troubled().verdict(), Outcome.WAIVED)

    assert waived.requirement.id == "paging/links"
    assert waived.reason == "There is no header Link."
    assert waived.waiver
    assert waived.waiver.owner == "Team A"


def test_what_could_not_run_is_grouped_by_reason_and_remedy() -> None:
    participants, tokens = digest.obstacles(troubled().verdict())

    assert participants.reason.startswith("The server has no participant left")
    assert {requirement.id: scopes for requirement, scopes in participants.requirements} == {
        "declarations/in-window": (V3_ECF, V3_NPQ),
        "declarations/void-once": (V3_ECF, V3_NPQ),
    }
    assert [requirement.id for requirement, _ in tokens.requirements] == ["security/tenancy"]
    assert tokens.remedy == "Add a second token under tokens: in the target file."


def test_obstacles_to_a_must_come_before_those_that_do_not_count() -> None:
    run = Run().requires("a/may", level="MAY").requires("a/may-too", level="MAY").requires("a/must")
    run.found(Outcome.COULD_NOT_RUN, "a/may", "one").found(Outcome.COULD_NOT_RUN, "a/may-too", "one")
    run.found(Outcome.COULD_NOT_RUN, "a/must", "two")

    assert [(each.reason, each.counts) for each in digest.obstacles(run.verdict())] == [("two", True), ("one", False)]


def test_the_decisive_exchange_is_the_one_that_breaks_the_requirement_else_the_last() -> None:
    run = Run().requires("a/b").requires("a/c")
    first = run.exchanged("GET", "/1")
    broken = run.exchanged("GET", "/2", violations=[{"requirement": "a/b", "where": "", "message": "no"}])
    last = run.exchanged("GET", "/3")
    run.found(Outcome.FAILED, "a/b", exchanges=[first, broken, last])
    run.found(Outcome.FAILED, "a/c", exchanges=[first, broken, last, "lost-00001"])
    b, c = run.record().findings

    assert decisive_exchange(b, run.record().exchanges)["id"] == broken
    assert decisive_exchange(c, run.record().exchanges)["id"] == last
    assert decisive_exchange(c, {}) is None


def test_counts_leave_out_what_did_not_occur() -> None:
    assert digest.counts(conformant().verdict().scopes[0]) == ((Outcome.PASSED, 14),)


def test_numbers_agree_with_their_nouns() -> None:
    assert [digest.number(each, "requirement") for each in (0, 1, 1204)] == [
        "0 requirements",
        "1 requirement",
        "1,204 requirements",
    ]

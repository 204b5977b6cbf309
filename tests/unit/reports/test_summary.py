"""Summaries of a verdict: overall conformance, explanation, failures and obstacles."""

from pathlib import Path

import pytest
from tests.unit.journals import V3_ECF, V3_NPQ, Run
from tests.unit.samples import conformant, troubled

from lead_provider_conformance.model import Conformance, Outcome
from lead_provider_conformance.reports import summary
from lead_provider_conformance.reports.explanation import explanation
from lead_provider_conformance.reports.html import server_html
from lead_provider_conformance.reports.terminal import terminal_summary
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
def test_overall_conformance_is_that_of_the_worst_scope(
    outcomes: tuple[Outcome, Outcome], expected: Conformance
) -> None:
    run = Run(scopes=(V3_ECF, V3_NPQ)).requires("a/b")
    for scope, outcome in zip(run.scopes, outcomes, strict=True):
        run.found(outcome, "a/b", scope=scope)

    assert run.verdict().conformance is expected


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (conformant(), "Yes. The server meets every mandatory requirement."),
        (troubled(), "No. The server fails 4 mandatory requirements."),
        (Run(scopes=()), "Not known. The run selected no mandatory requirement."),
        (
            Run().requires("a/b").waives("a/b").found(Outcome.FAILED, "a/b"),
            "Yes. The server meets every mandatory requirement, apart from 1 that is waived.",
        ),
        (
            Run().requires("a/b").found(Outcome.COULD_NOT_RUN, "a/b"),
            "Not known. No mandatory requirement failed, but 1 mandatory requirement could not be tested.",
        ),
        (
            Run().requires("a/b").found(Outcome.SUITE_ERROR, "a/b"),
            "Not known. The suite itself failed, so some requirements were not decided.",
        ),
        (
            Run(ending="interrupted").requires("a/b").found(Outcome.PASSED, "a/b"),
            "Not known. Every requirement tested so far passed, but the run did not finish.",
        ),
        (
            Run(scopes=(V3_ECF, V3_NPQ))
            .requires("a/b")
            .found(Outcome.PASSED, "a/b")
            .found(Outcome.NOT_APPLICABLE, "a/b", scope=V3_NPQ),
            "Not known. No mandatory requirement of v3 NPQ applies to the server. Run without v3 NPQ.",
        ),
    ],
)
def test_explanation_answers_whether_the_server_is_ready(run: Run, sentence: str) -> None:
    assert explanation(run.verdict()) == sentence


def test_explanation_of_a_ready_server_has_the_level_of_its_differences() -> None:
    run = Run().requires("a/b").found(Outcome.PASSED, "a/b")
    for requirement_id, level in (("c/d", "SHOULD"), ("e/f", "MAY")):
        run.requires(requirement_id, level=level).found(Outcome.FAILED, requirement_id)
    run.requires("g/h", level="SHOULD").found(Outcome.COULD_NOT_RUN, "g/h")

    assert explanation(run.verdict()) == (
        "Yes. The server meets every mandatory requirement. 2 optional requirements (SHOULD or MAY) are not met and "
        "1 optional requirement (SHOULD or MAY) is not tested; this does not count."
    )


def test_untested_option_is_counted_apart() -> None:
    run = Run().requires("a/b").requires("c/d", level="MAY")
    for requirement_id in ("a/b", "c/d"):
        run.found(Outcome.COULD_NOT_RUN, requirement_id)
    verdict = run.verdict()

    counts = {each.name: (each.label, each.count) for each in summary.outcome_counts(verdict.scopes[0])}
    assert counts == {"could-not-run": ("not tested", 1), "optional": ("not tested (optional)", 1)}
    assert summary.untested_count(summary.obstacles(verdict)) == "2 requirements, 1 mandatory"


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            "It changes data, and the target may only be read.",
            "1 requirement was decided by reading only: requests that change data were left out.",
        ),
        (
            "The target may have one request in flight only.",
            "1 requirement was not tested in every situation.",
        ),
    ],
)
def test_explanation_mentions_parts_that_were_left_out(reason: str, sentence: str) -> None:
    run = conformant()
    (requirement, *_) = run.record().plan["requirements"]
    run.found(Outcome.COULD_NOT_RUN, requirement["id"], reason=reason, left_out=True)

    assert sentence in explanation(run.verdict())


def test_explanation_mentions_a_partial_implementation() -> None:
    run = conformant()
    record = run.record()
    record.run["target"]["operations"] = ["show_ecf_participant", "list_ecf_participants"]

    text = explanation(Verdict.of(record))

    assert text.endswith("Only 2 operations were tested: the target file lists no others.")


def test_explanation_counts_the_differences_about_payment() -> None:
    run = Run().requires("a/old").found(Outcome.PASSED, "a/old")
    for number, level in enumerate(("SHOULD", "SHOULD", "MAY", "MUST")):
        run.requires(f"pay/{number}", level=level, concerns="payment")
        run.found(Outcome.PASSED if level == "MUST" else Outcome.FAILED, f"pay/{number}", "no")
    run.requires("a/other", level="SHOULD").found(Outcome.FAILED, "a/other", "no")

    verdict = Verdict.of(run.record())

    sentence = "this does not count. 3 differences about payment."
    assert explanation(verdict).endswith(sentence)
    assert sentence in terminal_summary(verdict, Path("x"), colour=False, width=1_000)
    assert sentence in server_html(verdict)


def test_run_without_scopes_is_incomplete() -> None:
    assert Run(scopes=()).verdict().conformance is Conformance.INCOMPLETE


def test_failures_merge_scopes_and_list_must_first() -> None:
    run = Run(scopes=(V3_ECF, V3_NPQ)).requires("a/may", level="MAY").requires("a/must")
    for scope in run.scopes:
        run.found(Outcome.FAILED, "a/may", "no", scope=scope)
        run.found(Outcome.PASSED, "a/must", scope=scope)
        run.found(Outcome.FAILED, "a/must", f"no {scope}", scope=scope)

    must, may = summary.failures(run.verdict(), Outcome.FAILED)

    assert (must.requirement.id, may.requirement.id) == ("a/must", "a/may")
    assert must.scopes == (V3_ECF, V3_NPQ)
    assert [finding.reason for finding in must.findings] == ["no v3-ecf", "no v3-npq"]


def test_waived_failure_has_its_findings_and_waiver() -> None:
    (waived,) = summary.failures(troubled().verdict(), Outcome.WAIVED)

    assert waived.requirement.id == "paging/links"
    assert waived.reason == "There is no header Link."
    assert waived.waiver
    assert waived.waiver.owner == "Team A"


def test_obstacles_are_grouped_by_reason_and_remedy() -> None:
    participants, tokens = summary.obstacles(troubled().verdict())

    assert participants.reason.startswith("The server has no participant left")
    assert {requirement.id: scopes for requirement, scopes in participants.requirements} == {
        "declarations/in-window": (V3_ECF, V3_NPQ),
        "declarations/void-once": (V3_ECF, V3_NPQ),
    }
    assert [requirement.id for requirement, _ in tokens.requirements] == ["security/tenancy"]
    assert tokens.remedy == "Add a second token under tokens: in the target file."


def test_obstacles_to_a_must_come_first() -> None:
    run = Run().requires("a/may", level="MAY").requires("a/may-too", level="MAY").requires("a/must")
    run.found(Outcome.COULD_NOT_RUN, "a/may", "one").found(Outcome.COULD_NOT_RUN, "a/may-too", "one")
    run.found(Outcome.COULD_NOT_RUN, "a/must", "two")

    assert [(each.reason, each.blocks_verdict) for each in summary.obstacles(run.verdict())] == [
        ("two", True),
        ("one", False),
    ]


def test_decisive_exchange_is_the_first_violation_or_the_last_exchange() -> None:
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


def test_outcome_counts_omit_zeros() -> None:
    assert summary.outcome_counts(conformant().verdict().scopes[0]) == (summary.OutcomeCount("passed", "passed", 14),)


def test_failed_should_is_a_difference() -> None:
    run = Run().requires("a/b", level="SHOULD").found(Outcome.FAILED, "a/b", "no")
    run.requires("c/d").found(Outcome.FAILED, "c/d", "no").requires("e/f", level="MAY").found(Outcome.FAILED, "e/f")
    verdict = run.verdict()
    failed, differences = summary.by_level(summary.failures(verdict, Outcome.FAILED))

    assert [(each.label, each.count) for each in summary.outcome_counts(verdict.scopes[0])] == [
        ("failed", 1),
        ("differences", 2),
    ]
    assert [each.requirement.id for each in failed] == ["c/d"]
    assert [each.requirement.id for each in differences] == ["a/b", "e/f"]


def test_quantity_agrees_with_its_noun() -> None:
    assert [summary.quantity(each, "requirement") for each in (0, 1, 1204)] == [
        "0 requirements",
        "1 requirement",
        "1,204 requirements",
    ]

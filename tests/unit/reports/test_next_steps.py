"""The next steps after a run: who has to do what."""

from __future__ import annotations

from tests.unit.journals import Run
from tests.unit.samples import conformant, incomplete, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.next_steps import NextStep, next_steps

DEVELOPERS, RUNNER = "The server’s developers", "The person who runs the suite"


def steps(run: Run) -> tuple[NextStep, ...]:
    return next_steps(run.verdict())


def test_ready_server_needs_nothing() -> None:
    assert steps(conformant()) == ()


def test_troubled_run_has_a_step_for_each_person() -> None:
    found = [(each.who, each.what, each.section) for each in steps(troubled())]

    assert found == [
        (DEVELOPERS, "Fix 4 mandatory requirements.", "failures"),
        (RUNNER, "Let the suite test 3 more mandatory requirements:", "could-not-run"),
        (RUNNER, "Remove 1 waiver from the target file.", "waivers"),
        ("Team A", "Resolve 1 accepted requirement until 1 January 2099.", "waivers"),
        (DEVELOPERS, "Optional: look at 1 difference, which does not count.", "differences"),
    ]


def test_untested_requirements_have_their_remedies() -> None:
    (step,) = steps(incomplete())

    assert step.who == RUNNER
    assert step.details == (
        "List ids under states: ect.no-declarations in the target file, or add a provisioning hook.",
    )


def test_causes_are_named_before_more_than_three() -> None:
    run = Run()
    for number in range(5):
        statement = f"A server meets rule {number}."
        run.requires(f"a/b-{number}", statement).found(Outcome.FAILED, f"a/b-{number}", f"Reason {'x' * number}.")

    (step,) = steps(run)

    assert step.details == (*(f"A server meets rule {number}." for number in range(3)), "and 2 more causes")


def test_requirements_of_one_cause_are_counted() -> None:
    run = Run()
    for requirement_id in ("a/b", "c/d"):
        shown = run.requires(requirement_id).exchanged("GET", "/x", 500, operation="list_x")
        run.found(Outcome.FAILED, requirement_id, "no", exchanges=[shown])

    (step,) = steps(run)

    assert step.what == "Fix 1 cause, which fails 2 mandatory requirements."
    assert step.details == ("`list_x` failed with 500",)


def test_requirement_that_depends_on_a_failure_is_no_step_of_its_own() -> None:
    run = Run().requires("a/b").requires("c/d")
    run.found(Outcome.FAILED, "a/b", "no").found(Outcome.COULD_NOT_RUN, "c/d", "Skipped.", "Fix a/b first.")

    (step,) = steps(run)

    assert step.what == "Fix 1 mandatory requirement. 1 more requirement can be tested after that."


def test_run_that_did_not_end_has_to_be_repeated() -> None:
    run = Run(ending="interrupted").requires("a/b").found(Outcome.PASSED, "a/b")

    assert [each.what for each in steps(run)] == ["Repeat the run, and let it end."]


def test_suite_errors_are_for_the_maintainers() -> None:
    (step,) = steps(Run().requires("a/b").found(Outcome.SUITE_ERROR, "a/b", "x"))

    assert (step.who, step.section) == ("The suite’s maintainers", "suite-errors")

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
        ("Team A", "Fix 1 accepted failure by 1 January 2099.", "waivers"),
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


def test_accepted_gap_is_for_its_owner() -> None:
    run = Run().requires("a/b").requires("c/d").accepts_gap("c/d")
    run.found(Outcome.PASSED, "a/b").found(Outcome.COULD_NOT_RUN, "c/d", "No record.")

    assert steps(run) == (NextStep("Team A", "Have 1 accepted gap tested by 1 January 2099.", "waivers"),)


def test_missing_operations_of_a_partial_server_are_to_be_implemented() -> None:
    run = Run().requires("a/b").found(Outcome.PASSED, "a/b")
    run.implements(["list_a"], of=["list_a", *(f"show_{number}" for number in range(4))])

    (step,) = steps(run)

    assert (step.who, step.section) == (DEVELOPERS, "coverage")
    assert step.what == "Implement 4 more operations, and add each to the target file."
    assert step.details == ("`show_0`", "`show_1`", "`show_2`", "and 1 more operation")


def test_situations_that_were_not_tested_can_be_seen() -> None:
    run = Run().requires("a/b").found(Outcome.PASSED, "a/b")
    run.found(Outcome.COULD_NOT_RUN, "a/b", "The server takes one request at a time.", left_out=True)

    (step,) = steps(run)

    assert step.what == "Optional: see which situations of 1 requirement were not tested."
    assert step.section == "requirements?outcome=in-part"


def test_missing_operations_are_counted_and_not_listed() -> None:
    run = Run().requires("a/b").requires("c/d")
    for requirement, operation in (("a/b", "list_a"), ("c/d", "list_c")):
        missing = run.exchanged("GET", "/x", 404, operation=operation)
        run.found(Outcome.FAILED, requirement, "no", exchanges=[missing])

    (step,) = steps(run)

    assert step.details == ("2 operations are not implemented (404 to every request)",)

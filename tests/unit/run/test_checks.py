"""The checks of a test, and its end, decide the requirements that it verifies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.http import (
    IncompleteResponse,
    NoResponse,
    Response,
    TargetLostError,
    UnintendedRequestError,
)
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.http.transport import READ_ONLY
from lead_provider_conformance.model import (
    Cause,
    CouldNotRun,
    KnownCause,
    NotApplicable,
    Outcome,
    OutOfTimeError,
    ReadOnlyTarget,
    Scope,
)
from lead_provider_conformance.run.checks import Checks, ChecksFailed

ONE, TWO, THREE = "area/one", "area/two", "area/three"


def outcomes(test: Callable[[Checks], None], *requirements: str, **settings: Any) -> dict[str, list[str]]:
    """Return the outcomes of each requirement of a test; `left out` of parts that were not tested on purpose."""
    checks = Checks(
        test="test",
        scope=Scope("v3", "ecf"),
        requirements=requirements,
        exchanges=lambda: (),
        suites=Path(__file__).parent,
        **settings,
    )
    error: BaseException | None = None
    try:
        test(checks)
        checks.raise_failures()
    except (Exception, pytest.skip.Exception) as raised:  # noqa: BLE001 - a test may end with any error
        error = raised
    outcomes: dict[str, list[str]] = {}
    for finding in checks.findings_at_end(error):
        outcomes.setdefault(finding.requirement, []).append("left out" if finding.left_out else str(finding.outcome))
        if finding.outcome is not Outcome.PASSED:
            assert finding.reason
        if finding.outcome is Outcome.COULD_NOT_RUN:
            assert finding.remedy
    return outcomes


def ends_with(error: BaseException | None) -> Callable[[Checks], None]:
    def test(_: Checks) -> None:
        if error:
            raise error

    return test


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "passed"),
        (AssertionError("x"), "failed"),
        (NoResponse("x"), "failed"),
        (IncompleteResponse("x"), "failed"),
        (CouldNotRun("why", "what to do"), "could-not-run"),
        (NotApplicable("why"), "not-applicable"),
        (TargetLostError("x"), "could-not-run"),
        (OutOfTimeError("x"), "could-not-run"),
        (pytest.skip.Exception("x"), "could-not-run"),
        (UnintendedRequestError("x"), "suite-error"),
        (KeyError("x"), "suite-error"),
    ],
)
def test_end_decides_requirement_without_check(error: BaseException | None, outcome: str) -> None:
    assert outcomes(ends_with(error), ONE) == {ONE: [outcome]}


def test_failure_without_checks_fails_first_requirement_and_blocks_the_rest() -> None:
    assert outcomes(ends_with(AssertionError("x")), ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_failed_check_does_not_end_the_test() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            pass

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["passed"]}


def test_incomplete_response_after_failure_blocks_the_rest() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            raise IncompleteResponse("no data")
        with check(THREE):
            pass

    assert outcomes(test, ONE, TWO, THREE) == {ONE: ["failed"], TWO: ["could-not-run"], THREE: ["could-not-run"]}


def test_check_that_needs_a_failed_one_is_blocked_and_the_test_goes_on() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            check.needs(ONE)
            raise AssertionError("never reached")
        with check(THREE):
            pass

    assert outcomes(test, ONE, TWO, THREE) == {ONE: ["failed"], TWO: ["could-not-run"], THREE: ["passed"]}


def test_check_that_needs_an_untested_one_could_not_run() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise CouldNotRun("no record", "Add one.")
        with check(TWO):
            check.needs(ONE)
            raise AssertionError("not reached")

    assert outcomes(test, ONE, TWO) == {ONE: ["could-not-run"], TWO: ["could-not-run"]}


def test_needs_outside_a_check_blocks_the_rest() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        check.needs(ONE)

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_incomplete_response_without_failure_is_a_failure() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise IncompleteResponse("no data")

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_unchecked_requirement_is_a_suite_error() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            pass

    assert outcomes(test, ONE, TWO) == {ONE: ["passed"], TWO: ["suite-error"]}


def test_error_in_check_is_a_suite_error() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise TypeError("x")

    assert outcomes(test, ONE, TWO) == {ONE: ["suite-error"], TWO: ["suite-error"]}


@pytest.mark.parametrize(
    ("error", "last"), [(KeyError("x"), "suite-error"), (AssertionError("x"), "failed"), (NoResponse("x"), "failed")]
)
def test_error_after_last_check_is_a_finding(error: Exception, last: str) -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            pass
        raise error

    assert outcomes(test, ONE) == {ONE: ["passed", last]}


def test_failure_message_shows_escapes() -> None:
    checks = Checks(
        test="test", scope=Scope("v3", "ecf"), requirements=[ONE], exchanges=lambda: (), suites=Path(__file__).parent
    )
    with checks(ONE):
        raise AssertionError("it said \x1b[31mred")

    with pytest.raises(ChecksFailed, match=r"^area/one: it said ⟨U\+001B⟩\[31mred \(run/test_checks\.py:\d+\)$"):
        checks.raise_failures()


def test_of_two_requirements_the_one_that_applies_is_decided() -> None:
    def test(check: Checks) -> None:
        with check(TWO, ONE):
            assert (check.applies(ONE), check.applies(TWO)) == (True, False)

    assert outcomes(test, ONE) == {ONE: ["passed"]}


def test_check_is_blocked_by_either_of_two_needed_requirements() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            check.needs(THREE, ONE)

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_check_of_other_requirement_is_refused() -> None:
    checks = Checks(test="test", scope=Scope("v3", "ecf"), requirements=[ONE], exchanges=lambda: (), suites=Path())

    with pytest.raises(ValueError, match="area/two is checked here, but @verifies names none"), checks(TWO):
        pass


@pytest.mark.parametrize(
    "error", [None, AssertionError("x"), CouldNotRun("no data", "add some"), NotApplicable("gone")]
)
def test_check_of_another_edition_decides_nothing(error: BaseException | None) -> None:
    checks = Checks(
        test="test",
        scope=Scope("v3", "ecf"),
        requirements=[ONE],
        exchanges=lambda: (),
        suites=Path(),
        out_of_scope=[TWO],
    )
    with checks(TWO):
        if error:
            raise error
    with checks(ONE):
        checks.needs(TWO)

    checks.raise_failures()
    assert [(each.requirement, each.outcome) for each in checks.findings_at_end(None)] == [(ONE, Outcome.PASSED)]


def test_check_that_is_not_applicable_does_not_end_the_test() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise NotApplicable("no such operation")
        with check(TWO):
            pass

    assert outcomes(test, ONE, TWO, THREE) == {ONE: ["not-applicable"], TWO: ["passed"], THREE: ["suite-error"]}


def test_failure_with_a_known_cause_ends_with_the_exchange_that_shows_it() -> None:
    sent = [Exchange(f"e{number}", None, 200) for number in range(3)]
    checks = Checks(
        test="test", scope=Scope("v3", "ecf"), requirements=[ONE], exchanges=lambda: sent, suites=Path(__file__).parent
    )
    with checks(ONE):
        raise KnownCause("not in order", Cause("list_x", "query:sort", "order"), "e1")
    (finding,) = checks.findings_at_end(None)

    assert (finding.exchanges, finding.cause) == (("e0", "e1"), Cause("list_x", "query:sort", "order"))
    assert finding.reason == "not in order"


def test_check_of_a_field_of_another_type_could_not_run() -> None:
    cause = Cause("list_x", "/data/*/attributes/cohort", "type")
    checks = Checks(
        test="test", scope=Scope("v3", "ecf"), requirements=[ONE], exchanges=lambda: (), suites=Path(__file__).parent
    )
    with checks(ONE):
        raise IncompleteResponse("The record shows `cohort` as 7.", cause)

    (finding,) = checks.findings_at_end(None)
    assert (finding.outcome, finding.cause) == (Outcome.COULD_NOT_RUN, cause)
    assert (finding.reason, finding.remedy) == (
        "The record shows `cohort` as 7.",
        "Fix contract/response-schema first.",
    )


def test_check_of_an_unreadable_response_fails() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise IncompleteResponse("There is no data.")

    assert outcomes(test, ONE) == {ONE: ["failed"]}


def test_failure_ends_with_the_exchange_of_the_asserted_response() -> None:
    sent = [Exchange(f"e{number}", None, 200) for number in range(3)]
    checks = Checks(
        test="test", scope=Scope("v3", "ecf"), requirements=[ONE], exchanges=lambda: sent, suites=Path(__file__).parent
    )
    refusal = Response("e1", "PUT", "/api/v3/x/withdraw", 200, {}, b"{}")
    shown = Response("e2", "GET", "/api/v3/x", 200, {}, b"{}")
    with checks(ONE):
        assert refusal.status == 422
    (finding,) = checks.findings_at_end(None)

    assert shown.status == 200
    assert finding.exchanges == ("e0", "e1")


def test_missing_record_of_one_check_leaves_the_others() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise CouldNotRun("No record is left.", "Add one.")
        with check(TWO):
            pass

    assert outcomes(test, ONE, TWO) == {ONE: ["could-not-run"], TWO: ["passed"]}


def test_reads_alone_decide_if_the_writes_are_left_out() -> None:
    def test(check: Checks) -> None:
        with check.unless_read_only():
            raise ReadOnlyTarget(*READ_ONLY)

    assert outcomes(test, ONE) == {ONE: ["left out", "passed"]}


def test_failed_read_fails_although_the_writes_are_left_out() -> None:
    def test(check: Checks) -> None:
        with check.unless_read_only(ONE):
            raise ReadOnlyTarget(*READ_ONLY)
        with check(ONE):
            raise AssertionError("not refused")

    assert outcomes(test, ONE) == {ONE: ["left out", "failed"]}


@pytest.mark.parametrize(("is_part", "outcome"), [(True, "left out"), (False, "could-not-run")])
def test_write_of_one_of_several_operations_is_left_out(is_part: bool, outcome: str) -> None:
    assert outcomes(ends_with(ReadOnlyTarget(*READ_ONLY)), ONE, is_part=is_part) == {ONE: [outcome]}


def test_missing_record_of_one_more_situation_is_left_out() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            pass
        raise CouldNotRun("No record is left.", "Add one.")

    found = outcomes(test, ONE, TWO, is_one_more_situation=True)

    assert found == {ONE: ["passed"], TWO: ["left out"]}


def test_requirement_of_a_missing_operation_is_not_applicable_for_lack_of_a_record() -> None:
    missing = {ONE: "The target does not implement void_x."}

    found = outcomes(ends_with(CouldNotRun("No record is left.", "Add one.")), ONE, TWO, missing=missing)

    assert found == {ONE: ["not-applicable"], TWO: ["could-not-run"]}


def test_failure_before_a_missing_operation_is_a_failure() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("no")

    assert outcomes(test, ONE, missing={ONE: "The target does not implement void_x."}) == {ONE: ["failed"]}

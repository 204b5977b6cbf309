"""How a test's checks, and its end, decide the requirements that it verifies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lead_provider_conformance.http import (
    IncompleteResponse,
    NoResponse,
    TargetLostError,
    UnintendedRequestError,
)
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Outcome, OutOfTimeError, Scope
from lead_provider_conformance.run.checks import Checks, ChecksFailed

ONE, TWO, THREE = "area/one", "area/two", "area/three"


def outcomes(test: Callable[[Checks], None], *requirements: str) -> dict[str, list[str]]:
    """What a test decides about each of its requirements."""
    checks = Checks(
        test="test",
        scope=Scope("v3", "ecf"),
        requirements=requirements,
        exchanges=lambda: (),
        suites=Path(__file__).parent,
    )
    error: BaseException | None = None
    try:
        test(checks)
        checks.raise_failures()
    except (Exception, pytest.skip.Exception) as raised:  # noqa: BLE001 - whatever a test may end with
        error = raised
    found: dict[str, list[str]] = {}
    for finding in checks.findings_at_end(error):
        found.setdefault(finding.requirement, []).append(str(finding.outcome))
        if finding.outcome is not Outcome.PASSED:
            assert finding.reason
        if finding.outcome is Outcome.COULD_NOT_RUN:
            assert finding.remedy
    return found


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
def test_without_checks_the_end_decides(error: BaseException | None, outcome: str) -> None:
    assert outcomes(ends_with(error), ONE) == {ONE: [outcome]}


def test_without_checks_a_failure_fails_the_first_and_blocks_the_rest() -> None:
    assert outcomes(ends_with(AssertionError("x")), ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_a_check_that_fails_does_not_end_the_test() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            pass

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["passed"]}


def test_what_an_answer_lacks_because_of_an_earlier_failure_blocks_and_fails_nothing() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            raise IncompleteResponse("no data")
        with check(THREE):
            pass

    assert outcomes(test, ONE, TWO, THREE) == {ONE: ["failed"], TWO: ["could-not-run"], THREE: ["could-not-run"]}


def test_a_check_that_needs_what_failed_is_blocked_and_the_test_goes_on() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        with check(TWO):
            check.needs(ONE)
            raise AssertionError("never reached")
        with check(THREE):
            check.needs(TWO)

    assert outcomes(test, ONE, TWO, THREE) == {ONE: ["failed"], TWO: ["could-not-run"], THREE: ["passed"]}


def test_what_the_rest_of_a_test_needs_blocks_the_rest() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise AssertionError("x")
        check.needs(ONE)

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_what_an_answer_lacks_for_the_first_time_is_a_failure() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise IncompleteResponse("no data")

    assert outcomes(test, ONE, TWO) == {ONE: ["failed"], TWO: ["could-not-run"]}


def test_a_requirement_that_was_never_checked_is_the_suites_error() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            pass

    assert outcomes(test, ONE, TWO) == {ONE: ["passed"], TWO: ["suite-error"]}


def test_an_error_inside_a_check_is_the_suites() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise TypeError("x")

    assert outcomes(test, ONE, TWO) == {ONE: ["suite-error"], TWO: ["suite-error"]}


@pytest.mark.parametrize(
    ("error", "last"), [(KeyError("x"), "suite-error"), (AssertionError("x"), "failed"), (NoResponse("x"), "failed")]
)
def test_what_goes_wrong_after_the_last_check_is_not_lost(error: Exception, last: str) -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            pass
        raise error

    assert outcomes(test, ONE) == {ONE: ["passed", last]}


def test_a_failure_is_told_once_and_without_escapes() -> None:
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


def test_only_what_the_test_verifies_can_be_checked() -> None:
    checks = Checks(test="test", scope=Scope("v3", "ecf"), requirements=[ONE], exchanges=lambda: (), suites=Path())

    with pytest.raises(ValueError, match="area/two is checked here, but @verifies names none"), checks(TWO):
        pass


def test_a_check_that_the_target_lacks_an_operation_for_does_not_end_the_test() -> None:
    def test(check: Checks) -> None:
        with check(ONE):
            raise NotApplicable("it has no such operation")
        with check(TWO):
            pass

    assert outcomes(test, ONE, TWO, THREE) == {ONE: ["not-applicable"], TWO: ["passed"], THREE: ["suite-error"]}

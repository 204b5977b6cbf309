"""What one test decides about the requirements that it verifies, check by check, and how its end decides the rest."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from _pytest.outcomes import Skipped

from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.http.errors import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun, NotApplicable, Outcome, RunEndedError, Scope
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.run.assertions import in_plain_words
from lead_provider_conformance.text import one_line


class ChecksFailed(AssertionError):  # noqa: N818 - what the server did, not an error of ours
    """Some of a test's checks failed; the journal holds each."""


class Blocked(AssertionError):  # noqa: N818 - what the server did, not an error of ours
    """A check could only be made if another requirement, which failed in the same test, had held."""

    def __init__(self, requirement: str) -> None:
        super().__init__(f"blocked by {requirement}")
        self.requirement = requirement


@dataclass(frozen=True, slots=True)
class Found:
    """A failure that was found out elsewhere: why, and the ids of the exchanges that show it. Other tests that find one
    of the same `cause` have found the same failure.
    """

    reason: str
    exchanges: Sequence[str]
    cause: str | None = None


class Checks:
    """The `check` fixture: decides one requirement after the other within one test.

    ```python
    with check("void/state-becomes-voided"):
        assert voided.state == "voided"
    ```

    A check that fails, or needs an operation that the target does not implement, is noted and the test goes on. What a
    later step needs and an earlier answer lacks ends the test; the requirements that were not reached are then blocked
    by the first failure, and not failures themselves.
    """

    def __init__(
        self,
        *,
        test: str,
        scope: Scope,
        requirements: Sequence[str],
        exchanges: Callable[[], Sequence[Exchange]],
        suites: Path,
    ) -> None:
        self._test = test
        self._scope = scope
        self._requirements = tuple(requirements)
        self._exchanges = exchanges
        self._suites = suites
        self._findings: list[Finding] = []

    @contextlib.contextmanager
    def __call__(self, requirement: str) -> Iterator[None]:
        """Decide `requirement` by whether the block's assertions hold."""
        if requirement not in self._requirements:
            raise ValueError(f"{requirement} is checked here but is not among those that @verifies names")
        first_failure = self.first_failure
        try:
            yield
        except Blocked as error:
            self._blocked(requirement, error.requirement)
        except IncompleteResponse as error:
            if first_failure:
                raise
            self._decide(requirement, Outcome.FAILED, str(error), error)
        except AssertionError as error:
            self._decide(requirement, Outcome.FAILED, in_plain_words(error), error)
        except NotApplicable as error:
            self.not_applicable(requirement, error.reason)
        else:
            self._decide(requirement, Outcome.PASSED)

    def needs(self, requirement: str) -> None:
        """Say, inside a check, that it means something only if `requirement` held. If that failed, it is blocked."""
        if any(each.requirement == requirement and each.outcome is Outcome.FAILED for each in self._findings):
            raise Blocked(requirement)

    def decide(self, requirement: str, failures: Iterable[Found]) -> None:
        """Decide `requirement` by what was found out elsewhere. It has passed if there are no failures."""
        told = list(failures)
        for each in told:
            self._findings.append(
                Finding(
                    requirement,
                    self._scope,
                    Outcome.FAILED,
                    self._test,
                    reason=each.reason,
                    exchanges=tuple(each.exchanges),
                    cause=each.cause,
                )
            )
        if not told:
            self._findings.append(Finding(requirement, self._scope, Outcome.PASSED, self._test))

    def not_applicable(self, requirement: str, reason: str | None = None) -> None:
        """Decide that nothing in this test is about `requirement`, or that the target need not keep it, and why."""
        self._findings.append(Finding(requirement, self._scope, Outcome.NOT_APPLICABLE, self._test, reason=reason))

    def could_not_run(self, requirement: str, reason: str, remedy: str) -> None:
        """Decide that `requirement` could not be tested, why, and what the user can do about it."""
        self._could_not_run(requirement, reason, remedy)

    @property
    def first_failure(self) -> Finding | None:
        """The failure that later ones may be due to."""
        return next((finding for finding in self._findings if finding.outcome is Outcome.FAILED), None)

    def raise_failures(self) -> None:
        """Raise ChecksFailed, with all of them, if any check has failed."""
        failures = [finding for finding in self._findings if finding.outcome is Outcome.FAILED]
        if failures:
            told = (f"{each.requirement}: {one_line(each.reason or '')} ({each.checked_at})" for each in failures)
            raise ChecksFailed("\n".join(told))

    def _decide(
        self, requirement: str, outcome: Outcome, reason: str | None = None, error: BaseException | None = None
    ) -> None:
        self._findings.append(
            Finding(
                requirement,
                self._scope,
                outcome,
                self._test,
                reason=reason,
                checked_at=self._place(error),
                exchanges=tuple(each.id for each in self._exchanges()),
            )
        )

    def concluded(self, error: BaseException | None) -> tuple[Finding, ...]:
        """Every finding of the test, now that it has ended with `error` or without one.

        A requirement without a check takes the test's own end: a failed assertion fails the first of them and blocks
        the rest, `CouldNotRun` says why it could not run, `NotApplicable` why it need not, and any other error is the
        suite's.
        """
        decided = {finding.requirement for finding in self._findings}
        undecided = [each for each in self._requirements if each not in decided]
        for requirement in undecided:
            match error:
                case CouldNotRun():
                    self._could_not_run(requirement, error.reason, error.remedy)
                case NotApplicable():
                    self.not_applicable(requirement, error.reason)
                case RunEndedError():
                    self._could_not_run(requirement, str(error), error.remedy)
                case Skipped():
                    self._could_not_run(requirement, str(error), "See the test that says so.")
                case AssertionError() if failure := self.first_failure:
                    self._blocked(requirement, failure.requirement)
                case AssertionError():
                    self._decide(requirement, Outcome.FAILED, in_plain_words(error), error)
                case None if decided:
                    self._decide(requirement, Outcome.SUITE_ERROR, "The test ended without checking this.")
                case None:
                    self._decide(requirement, Outcome.PASSED)
                case _:
                    self._decide(requirement, Outcome.SUITE_ERROR, f"{type(error).__name__}: {error}", error)
        broken = error is not None and not isinstance(error, AssertionError | Skipped | RunEndedError)
        if broken and not undecided:
            # Every check was made and then the test itself broke: that must not be lost.
            self._decide(self._requirements[-1], Outcome.SUITE_ERROR, f"{type(error).__name__}: {error}", error)
        if isinstance(error, AssertionError) and not undecided and not self.first_failure:
            # Nor must what did not hold after the last check.
            self._decide(self._requirements[-1], Outcome.FAILED, in_plain_words(error), error)
        return tuple(self._findings)

    def _blocked(self, requirement: str, by: str) -> None:
        self._could_not_run(requirement, f"An earlier step of the same journey failed: {by}.", f"Mend {by} first.")

    def _could_not_run(self, requirement: str, reason: str, remedy: str) -> None:
        exchanges = tuple(each.id for each in self._exchanges())
        self._findings.append(
            Finding(
                requirement,
                self._scope,
                Outcome.COULD_NOT_RUN,
                self._test,
                reason=reason,
                remedy=remedy,
                exchanges=exchanges,
            )
        )

    def _place(self, error: BaseException | None) -> str | None:
        """The line of the suites that decided: where the error left them, or where the check stands."""
        if error is None:
            return None
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(self._suites):
                return f"{path.relative_to(self._suites.parent)}:{frame.lineno}"
        return None

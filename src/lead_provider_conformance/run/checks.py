"""The checks of one test: how each decides a requirement, and how the end of the test decides the rest."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _pytest.outcomes import Skipped

from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.http.transport import READ_ONLY
from lead_provider_conformance.model import (
    Cause,
    CouldNotRun,
    KnownCause,
    NotApplicable,
    Outcome,
    ReadOnlyTarget,
    RunEndedError,
    Scope,
)
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.run.asserted import asserted_exchange
from lead_provider_conformance.run.assertions import in_plain_words
from lead_provider_conformance.text import one_line


class ChecksFailed(AssertionError):  # noqa: N818 - a failure of the server, not an error of the suite
    """Some checks of a test failed; the journal holds each."""


class Blocked(AssertionError):  # noqa: N818 - a failure of the server, not an error of the suite
    """A check depends on another requirement, which failed in the same test."""

    def __init__(self, requirement: str) -> None:
        super().__init__(f"blocked by {requirement}")
        self.requirement = requirement


@dataclass(frozen=True, slots=True)
class ObservedFailure:
    """A failure that a test found outside a `with check(…)` block, with the ids of the exchanges that show it.

    Failures in the same `group` are the same failure, in whichever tests they were found. `cause` is the cause, if the
    exchanges do not show it.
    """

    reason: str
    exchanges: Sequence[str]
    group: str | None = None
    cause: Cause | None = None


@dataclass(kw_only=True, eq=False)
class Checks:
    """The `check` fixture: decides the requirements of one test one by one.

    ```python
    with check("void/state-becomes-voided"):
        assert voided.state == "voided"
    ```

    The test goes on after a check that failed, could not run or was not applicable. A response that lacks the data for
    a later step ends the test. The requirements after it are then blocked by the first failure, and do not fail
    themselves.
    """

    test: str
    scope: Scope
    requirements: Sequence[str]
    exchanges: Callable[[], Sequence[Exchange]]
    suites: Path
    out_of_scope: Collection[str] = ()
    """The requirements that the test verifies in other scopes or editions only."""
    is_part: bool = False
    """Whether the test is about one of several operations that decide its requirements together."""
    is_one_more_situation: bool = False
    """Whether other tests decide its requirements as well: what cannot be tested here is left out."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """The requirements that do not apply, because the target lacks an operation that decides them, with the reason."""
    _findings: list[Finding] = field(default_factory=list, init=False)

    @contextlib.contextmanager
    def __call__(self, *requirements: str) -> Iterator[None]:
        """Decide a requirement by the assertions of the block: of several, the one that applies to the scope.

        If the scope and edition have none of them, the block decides nothing.
        """
        applicable = [each for each in requirements if self.applies(each)]
        if not applicable and not set(requirements).isdisjoint(self.out_of_scope):
            with contextlib.suppress(AssertionError, IncompleteResponse, NotApplicable, CouldNotRun):
                yield
            return
        if len(applicable) != 1:
            raise ValueError(f"{' or '.join(requirements)} is checked here, but @verifies names none for this scope")
        (requirement,) = applicable
        first_failure = self.first_failure
        try:
            yield
        except Blocked as error:
            self._blocked(requirement, error.requirement)
        except IncompleteResponse as error:
            if first_failure:
                raise
            self._failed(requirement, error)
        except AssertionError as error:
            self._failed(requirement, error)
        except NotApplicable as error:
            self.not_applicable(requirement, error.reason)
        except CouldNotRun as error:
            self.could_not_run(requirement, error.reason, error.remedy)
        else:
            self._passed(requirement)

    @contextlib.contextmanager
    def unless_read_only(self, *requirements: str) -> Iterator[None]:
        """Leave out the block, which sends writes, if the target may only be read: reads decide `requirements` alone.

        Without `requirements` they are all of the test's.
        """
        try:
            yield
        except ReadOnlyTarget as error:
            for each in filter(self.applies, requirements or self.requirements):
                self.leave_out(each, error.reason, error.remedy)

    def leave_out(self, requirement: str, reason: str, remedy: str) -> None:
        """Report that the test leaves out a part of `requirement`, which the other parts decide."""
        self._add(requirement, Outcome.COULD_NOT_RUN, reason=reason, remedy=remedy, left_out=True)

    def applies(self, requirement: str) -> bool:
        """Return whether the test verifies `requirement` in its scope."""
        return requirement in self.requirements

    def needs(self, *requirements: str) -> None:
        """Raise Blocked, within a check or after it, if one of `requirements` failed in this test.

        Raise CouldNotRun if one could not be tested, for the same reason.
        """
        for each in self._findings:
            if each.requirement in requirements and each.outcome is Outcome.FAILED:
                raise Blocked(each.requirement)
            if each.requirement in requirements and each.outcome is Outcome.COULD_NOT_RUN:
                raise CouldNotRun(each.reason or "", each.remedy or "")

    def decide(self, requirement: str, failures: Iterable[ObservedFailure]) -> None:
        """Decide that `requirement` failed with each of `failures`, or passed if there are none."""
        observed = list(failures)
        for each in observed:
            self._add(
                requirement,
                Outcome.FAILED,
                reason=each.reason,
                exchanges=tuple(each.exchanges),
                group=each.group,
                cause=each.cause,
            )
        if not observed:
            self._add(requirement, Outcome.PASSED)

    def not_applicable(self, requirement: str, reason: str | None = None) -> None:
        """Decide that `requirement` does not apply to the target, or to the records of this test."""
        self._add(requirement, Outcome.NOT_APPLICABLE, reason=reason)

    def could_not_run(self, requirement: str, reason: str, remedy: str) -> None:
        """Decide that `requirement` could not be tested, with the user's next step."""
        fields = {"reason": reason, "remedy": remedy, "exchanges": self._exchange_ids()}
        left_out = self.is_one_more_situation or (self.is_part and (reason, remedy) == READ_ONLY)
        self._add(requirement, Outcome.COULD_NOT_RUN, **fields, left_out=left_out)

    @property
    def first_failure(self) -> Finding | None:
        """The failure that may have caused the later ones."""
        return next((finding for finding in self._findings if finding.outcome is Outcome.FAILED), None)

    def raise_failures(self) -> None:
        """Raise ChecksFailed, with every failure, if any check has failed."""
        failures = [finding for finding in self._findings if finding.outcome is Outcome.FAILED]
        if failures:
            lines = (f"{each.requirement}: {one_line(each.reason or '')} ({each.checked_at})" for each in failures)
            raise ChecksFailed("\n".join(lines))

    def findings_at_end(self, error: BaseException | None) -> tuple[Finding, ...]:
        """Return every finding of the test, which ended with `error`, or without one.

        The end of the test decides the requirements without a check of their own.
        """
        decided = {finding.requirement for finding in self._findings if not finding.left_out}
        undecided = [each for each in self.requirements if each not in decided]
        left_out = {finding.requirement for finding in self._findings if finding.left_out}
        for requirement in undecided:
            is_open = isinstance(error, CouldNotRun) or (error is None and self.is_part)
            if is_open and requirement in left_out:
                continue
            if error is None and decided:
                self._suite_error(requirement, "The test ended without checking this.")
            elif error is None:
                self._passed(requirement)
            else:
                self._decide_by_error(requirement, error)
        if error is not None and not undecided:
            self._add_error_after_last_check(error)
        return tuple(self._findings)

    def suite_error(self, error: BaseException) -> Finding:
        """Return the finding for an error that happened after the test."""
        self._suite_error(self.requirements[-1], f"{type(error).__name__}: {error}", error)
        return self._findings[-1]

    def _decide_by_error(self, requirement: str, error: BaseException) -> None:
        match error:
            case CouldNotRun():
                self.could_not_run(requirement, error.reason, error.remedy)
            case NotApplicable():
                self.not_applicable(requirement, error.reason)
            case RunEndedError():
                self.could_not_run(requirement, str(error), error.remedy)
            case Skipped():
                self.could_not_run(requirement, str(error), "See the test that was skipped.")
            case AssertionError() if failure := self.first_failure:
                self._blocked(requirement, failure.requirement)
            case AssertionError():
                self._failed(requirement, error)
            case _:
                self._suite_error(requirement, f"{type(error).__name__}: {error}", error)

    def _add_error_after_last_check(self, error: BaseException) -> None:
        last = self.requirements[-1]
        if isinstance(error, Skipped | RunEndedError):
            return
        if not isinstance(error, AssertionError):
            self._suite_error(last, f"{type(error).__name__}: {error}", error)
        elif not self.first_failure:
            self._failed(last, error)

    def _passed(self, requirement: str) -> None:
        self._add(requirement, Outcome.PASSED, exchanges=self._exchange_ids())

    def _failed(self, requirement: str, error: AssertionError) -> None:
        reason, cause, shown = in_plain_words(error), None, asserted_exchange(error)
        if isinstance(error, IncompleteResponse) and error.cause:
            self._unreadable(requirement, str(error), error.cause)
            return
        if isinstance(error, IncompleteResponse):
            reason = str(error)
        elif isinstance(error, KnownCause):
            cause = error.cause
        exchanges = self._exchange_ids()
        if shown in exchanges:  # requests after it do not show the failure
            exchanges = exchanges[: exchanges.index(shown) + 1]
        elif shown:  # of the preparation, which belongs to no test
            exchanges = (shown,)
        self._add(
            requirement,
            Outcome.FAILED,
            reason=reason,
            checked_at=self._place(error),
            exchanges=exchanges,
            cause=cause,
        )

    def _unreadable(self, requirement: str, reason: str, cause: Cause) -> None:
        """Decide that a field has a type that the test cannot use; the contract's own rule has reported it."""
        self._add(
            requirement,
            Outcome.COULD_NOT_RUN,
            reason=reason,
            remedy="Fix contract/response-schema first.",
            exchanges=self._exchange_ids(),
            cause=cause,
        )

    def _blocked(self, requirement: str, by: str) -> None:
        self._add(
            requirement,
            Outcome.COULD_NOT_RUN,
            reason=f"Skipped: depends on {by}, which failed.",
            remedy=f"Fix {by} first.",
            exchanges=self._exchange_ids(),
            cause=Cause(kind=by),
        )

    def _suite_error(self, requirement: str, reason: str, error: BaseException | None = None) -> None:
        self._add(
            requirement,
            Outcome.SUITE_ERROR,
            reason=reason,
            checked_at=self._place(error) if error else None,
            exchanges=self._exchange_ids(),
        )

    def _add(self, requirement: str, outcome: Outcome, **fields: Any) -> None:
        if outcome is Outcome.COULD_NOT_RUN and requirement in self.missing:  # no remedy but the operation would help
            outcome, fields = Outcome.NOT_APPLICABLE, {"reason": self.missing[requirement]}
        self._findings.append(Finding(requirement, self.scope, outcome, self.test, **fields))

    def _exchange_ids(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.exchanges())

    def _place(self, error: BaseException) -> str | None:
        """Return the file and line of the suites that raised `error`."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(self.suites):
                return f"{path.relative_to(self.suites.parent)}:{frame.lineno}"
        return None

"""Compare two servers: start them, check that both can be read, and write the journals."""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lead_provider_conformance.config.parity_file import Exclusion
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.contract.requirements import Requirement
from lead_provider_conformance.http import Redactor, TargetLostError
from lead_provider_conformance.http.pseudonyms import Pseudonymiser
from lead_provider_conformance.model import (
    Cause,
    Ending,
    Outcome,
    OutOfTimeError,
    Safety,
    Scope,
    TimeLimit,
    UsageError,
)
from lead_provider_conformance.parity.confirmation import Confirmation
from lead_provider_conformance.parity.differences import FIELDS, FILES, LATENCY, ORDER, RECORDS, VALUES, SideName
from lead_provider_conformance.parity.edition_changes import EditionChanges
from lead_provider_conformance.parity.exclusions import load_requirements, waivers_of
from lead_provider_conformance.parity.forms import Forms
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.journeys import take_journeys
from lead_provider_conformance.parity.ledger import Ledger
from lead_provider_conformance.parity.pairs import Pairs
from lead_provider_conformance.parity.recorder import Comparison, Recorder, latency
from lead_provider_conformance.parity.scope_comparison import Effort, ScopeComparison, Shared
from lead_provider_conformance.parity.side import Side
from lead_provider_conformance.results.journal import Finding
from lead_provider_conformance.run import launch
from lead_provider_conformance.run.detected_edition import detect_edition
from lead_provider_conformance.run.preflight import preflight

NEEDS_RECORDS = frozenset({RECORDS, ORDER, FIELDS, VALUES})
"""Requirements about records: without any they are not decided."""
OF_SAME_RECORDS = frozenset({RECORDS, ORDER, VALUES, FILES})
"""Requirements that servers with different records cannot meet."""
SAME = "same"
FEWEST_RESPONSES = 20
"""An operation with fewer responses is not judged by its latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityOptions:
    """The servers and the settings of a comparison. `edition` is for both, instead of that of each target."""

    left: Target
    right: Target
    folder: Path
    effort: Effort
    edition: str | None = None
    versions: Sequence[str] = ()
    programmes: Sequence[str] = ()
    exclude: Sequence[Exclusion] = ()
    file: str | None = None
    data: str = "same"
    slower_than: float | None = None
    time_limit: TimeLimit | None = None
    pseudonymise: bool = False


@dataclass(frozen=True, slots=True)
class ParityEnd:
    """How a comparison ended, and the editions of both servers: left, right."""

    ending: Ending
    editions: tuple[str, str]


def run_parity(options: ParityOptions, notify: Callable[[str], None]) -> ParityEnd:
    """Compare two servers, write the journals, and return how the comparison ended.

    `notify` shows a message to the user. Raise UsageError if a server cannot be compared.
    """
    with contextlib.ExitStack() as stack:
        targets, names = zip(*(_opened(side, options, stack, notify) for side in SideName), strict=True)
        left, right = targets
        scopes = _scopes(options, (left, right), (names[0], names[1]), notify)
        safety = _safety(options, (left, right), names, notify)
        left, right = (replace(each, safety=safety) for each in (left, right))
        comparison = Comparison(
            left=left,
            right=right,
            editions=(names[0], names[1]),
            scopes=scopes,
            requirements=_requirements(scopes, options),
            exclusions=waivers_of(options.exclude, names),
            file=options.file,
            seed=options.effort.seed,
            data=options.data,
            slower_than=options.slower_than,
            safety=safety,
        )
        recorder = Recorder(options.folder, comparison)
        recorder.open()
        workspace = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lead-provider-parity-")))
        redactor = (Pseudonymiser if options.pseudonymise else Redactor).of(left, right)
        sides = [
            Side(side, target, workspace, notify=notify, time_limit=options.time_limit, redactor=redactor)
            for side, target in zip(SideName, (left, right), strict=True)
        ]
        pairs = stack.enter_context(Pairs(*sides))
        return ParityEnd(_Run(options, comparison, recorder, pairs, workspace).compare(notify), comparison.editions)


def _opened(
    side: SideName, options: ParityOptions, stack: contextlib.ExitStack, notify: Callable[[str], None]
) -> tuple[Target, str]:
    """Return the target of a side, started if it has a command, and the edition of its contract."""
    target = options.left if side is SideName.LEFT else options.right
    reading = replace(target, safety=Safety.READ_ONLY)
    edition = options.edition or target.edition
    if target.start:
        edition = load_edition(edition or editions()[0]).name
        ports = stack.enter_context(launch.started(target.start.in_edition(edition), Redactor.of(target)))
        return target.at(ports.address), edition
    if edition is None and (detected := detect_edition(reading, notify)):
        notify(f"{side.capitalize()}: {detected.sentence}")
        edition = detected.name
    return target, load_edition(edition or editions()[0]).name


def _scopes(
    options: ParityOptions, targets: tuple[Target, Target], names: tuple[str, str], notify: Callable[[str], None]
) -> tuple[Scope, ...]:
    """Return the scopes that one of the servers offers, and both contracts have."""
    wanted = [_wanted(options, target, name) for target, name in zip(targets, names, strict=True)]
    common = [each for each in wanted[0] if each in wanted[1]]
    if not common:
        raise UsageError(
            f"The servers have no version and programme in common: the left has {_labels(wanted[0])}, the right "
            f"{_labels(wanted[1])}; choose with --api-version and --programme, or correct the target files."
        )
    offered: set[Scope] = set()
    for target, name in zip(targets, names, strict=True):
        contracts = {scope: Contract.of(name, scope) for scope in common}
        reading = replace(target, safety=Safety.READ_ONLY)
        offered.update(preflight(reading, contracts, required=frozenset(), notify=notify).scopes)
    return tuple(each for each in common if each in offered)


def _safety(
    options: ParityOptions, targets: tuple[Target, Target], editions: Sequence[str], notify: Callable[[str], None]
) -> Safety:
    """Return whether the comparison may write: only if both targets may, and journeys are comparable."""
    left, right = targets
    if not options.effort.journeys or any(each.safety is not Safety.SANDBOX for each in targets):
        return Safety.READ_ONLY
    why = (
        "both sides are the same server, which cannot be changed twice in the same way"
        if left.base_url == right.base_url
        else "their editions differ"
        if editions[0] != editions[1]
        else "their records differ"
        if options.data != SAME
        else ""
    )
    if why:
        notify(f"The servers are only read, without journeys: {why}.")
    return Safety.READ_ONLY if why else Safety.SANDBOX


def _wanted(options: ParityOptions, target: Target, edition: str) -> list[Scope]:
    versions = options.versions or target.versions
    return [
        each
        for each in load_edition(edition).scopes
        if (not versions or each.version in versions) and each.programme in (options.programmes or target.programmes)
    ]


def _labels(scopes: Sequence[Scope]) -> str:
    return ", ".join(each.label for each in scopes) or "none"


def _requirements(scopes: Sequence[Scope], options: ParityOptions) -> tuple[Requirement, ...]:
    """Return the requirements that this comparison decides: latency only with a ratio, values only of the same data."""
    return tuple(
        each
        for each in load_requirements()
        if any(each.applies_to(scope) for scope in scopes)
        and (each.id != LATENCY or options.slower_than)
        and (each.id not in OF_SAME_RECORDS or options.data == SAME)
    )


@dataclass(frozen=True, slots=True)
class _Run:
    options: ParityOptions
    comparison: Comparison
    recorder: Recorder
    pairs: Pairs
    workspace: Path

    def compare(self, notify: Callable[[str], None]) -> Ending:
        """Compare all scopes, write the findings, and return how it ended."""
        confirmation = Confirmation(self.pairs, Ledger(), self.recorder, Identities())
        shared: dict[str, Shared] = defaultdict(Shared)
        compared: list[ScopeComparison] = []
        ending = Ending.FINISHED
        try:
            for scope in self.comparison.scopes:
                left, right = (Contract.of(edition, scope) for edition in self.comparison.editions)
                own, changes = shared[scope.version], EditionChanges.of(scope, self.comparison.editions)
                here = replace(confirmation, forms=None if self.options.data == SAME else Forms())
                effort = self.options.effort
                compared.append(ScopeComparison(scope, (left, right), here, effort, own, changes))
                compared[-1].run()
            if self.comparison.safety is Safety.SANDBOX:
                take_journeys(compared, self.options.effort, self.workspace, notify)
        except TargetLostError as error:
            ending = Ending.TARGET_LOST
            notify(str(error))
        except OutOfTimeError as error:
            ending = Ending.OUT_OF_TIME
            notify(str(error))
        except KeyboardInterrupt:
            ending = Ending.INTERRUPTED
        for each in compared:
            each.write(self.recorder, self.pairs.left, self.pairs.right)
        self.recorder.findings(confirmation.ledger.findings())
        for each in compared:
            self.recorder.findings(self._slower(each))
            self.recorder.findings(self._others(each, confirmation.ledger, ending))
        self.recorder.end(ending)
        return ending

    def _slower(self, scope: ScopeComparison) -> Iterator[Finding]:
        """Yield a failed finding for each operation that is slower on the right by more than the ratio."""
        bar = self.options.slower_than
        if bar is None:
            return
        for operation in scope.compared:
            timed = (scope.scope.version, operation)
            left, right = (latency(side, timed) for side in (self.pairs.left, self.pairs.right))
            number = min(len(side.seconds[timed]) for side in (self.pairs.left, self.pairs.right))
            if number < FEWEST_RESPONSES or any(right[name] <= bar * left[name] for name in ("p50", "p95")):
                continue
            yield Finding(
                LATENCY,
                scope.scope,
                Outcome.FAILED,
                operation,
                f"{operation} is slower on the right: half of its responses took {_ms(left['p50'])} on the left and "
                f"{_ms(right['p50'])} on the right, and 95% at most {_ms(left['p95'])} and {_ms(right['p95'])}. "
                f"The allowed ratio is {bar:g}.",
                "Find out why the right server is slower, or raise `slower_than`.",
                cause=Cause(operation, "latency", "slower on the right"),
            )

    def _others(self, scope: ScopeComparison, ledger: Ledger, ending: Ending) -> Iterator[Finding]:
        """Yield a finding for each requirement without a difference: passed, or not decided."""
        if ending is not Ending.FINISHED:
            return
        with_difference = ledger.requirements_with(scope.scope)
        slow = {each.requirement for each in self._slower(scope)}
        for each in self.comparison.requirements:
            if each.id in with_difference | slow or not each.applies_to(scope.scope):
                continue
            if each.id in NEEDS_RECORDS and not scope.records:
                yield _no_records(each.id, scope.scope)
            elif each.id == FILES and not any("csv" in operation for operation in scope.compared):
                yield Finding(each.id, scope.scope, Outcome.NOT_APPLICABLE, "", "No operation returns a CSV file.")
            else:
                yield Finding(each.id, scope.scope, Outcome.PASSED, "all reads")


def _no_records(requirement: str, scope: Scope) -> Finding:
    return Finding(
        requirement,
        scope,
        Outcome.COULD_NOT_RUN,
        "all lists",
        "No list has a record that both servers show.",
        "Compare with the tokens of a provider that has records on both servers.",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"

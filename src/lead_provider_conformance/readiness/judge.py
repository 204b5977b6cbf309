"""Judge a session: apply the rules of the obligations to its trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lead_provider_conformance.model import Cause, Outcome
from lead_provider_conformance.readiness.error_text import describe
from lead_provider_conformance.readiness.obligations import Obligation, Observable
from lead_provider_conformance.readiness.rule import Result, Rule
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.results.journal import Finding

MOST_EXCHANGES = 50
"""The exchanges that a finding names at most: the last ones, which decide."""
REPORT_IT = "Report it to the maintainers of the suite, with the report folder."
PASSES = 20
"""The passed findings of one obligation that are kept at most."""


def judge(trace: Trace, obligations: Iterable[Obligation], rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Yield the findings on every obligation, in their order: at least one for each."""
    for obligation in obligations:
        for result in _decided(_results(trace, obligation, rules)):
            yield _finding(trace, obligation, result)


def _results(trace: Trace, obligation: Obligation, rules: Mapping[str, Rule]) -> list[Result]:
    """Return the results of the obligation's rule, or the one result that needs no rule."""
    if excluded := _exclusion(trace, obligation):
        return [Result(Outcome.NOT_APPLICABLE, excluded)]
    if attestation := _attestation(trace, obligation):
        return [attestation]
    match obligation.observable:
        case Observable.PROCESS:
            return [Result(Outcome.NOT_APPLICABLE, "It is agreed between people; no session shows it.")]
        case Observable.ATTESTATION:
            remedy = f"Add {obligation.id} to `attestations` in the profile, with the name and the day."
            return [
                Result(
                    Outcome.COULD_NOT_RUN, "No request can show it, and the provider has not stated it.", remedy=remedy
                )
            ]
    if obligation.id not in rules:
        return [Result(Outcome.SUITE_ERROR, "The suite has no rule for it.", remedy=REPORT_IT)]
    try:
        results = [each for each in rules[obligation.id](trace) if not _is_repeated(trace, each)]
    except Exception as error:  # noqa: BLE001 - a defect of one rule must not cost the results of the others
        return [Result(Outcome.SUITE_ERROR, f"Its rule failed: {describe(error)}.", remedy=REPORT_IT)]
    return results or [Result(Outcome.COULD_NOT_RUN, _skipped(trace), remedy=obligation.remedy)]


def _is_repeated(trace: Trace, result: Result) -> bool:
    """Return whether a result rests on an act that was begun again."""
    last = trace.by_id.get(result.exchanges[-1]) if trace.repeated and result.exchanges else None
    return last is not None and result.outcome in (Outcome.PASSED, Outcome.FAILED) and trace.is_repeated(last)


def _exclusion(trace: Trace, obligation: Obligation) -> str | None:
    """Return why the profile excludes an obligation, or None."""
    if obligation.id in trace.settings.get("people", ()):
        return "The profile leaves it to people."
    if missing := obligation.missing_operations(trace.uses):
        return f"The profile leaves out {', '.join(missing)}."
    return None


def _attestation(trace: Trace, obligation: Obligation) -> Result | None:
    """Return the result of the provider's statement, if it has made one about an obligation that it can attest."""
    if not obligation.is_attestable:
        return None
    for each in trace.attestations:
        if each.requirement == obligation.id:
            note = f": {each.note.rstrip('.')}" if each.note else ""
            return Result(Outcome.ATTESTED, f"{each.by} stated it on {each.on}{note}.")
    return None


def _skipped(trace: Trace) -> str:
    skipped = [each.name for each in trace.acts if each.skipped]
    reason = "The client did nothing that this requirement is about."
    return f"{reason} Acts left out: {', '.join(skipped)}." if skipped else reason


def _decided(results: list[Result]) -> Iterator[Result]:
    """Yield the results that decide: a case that was not met does not outweigh cases that were."""
    outcomes = {each.outcome for each in results}
    counts = {Outcome.PASSED, Outcome.FAILED, Outcome.SUITE_ERROR}
    passes = 0
    for each in results:
        if each.outcome is Outcome.PASSED:
            passes += 1
        if outcomes & counts and each.outcome not in counts:
            continue
        if each.outcome is not Outcome.PASSED or passes <= PASSES:
            yield each


def _finding(trace: Trace, obligation: Obligation, result: Result) -> Finding:
    exchanges = result.exchanges[-MOST_EXCHANGES:]
    last = trace.by_id.get(exchanges[-1]) if exchanges else None
    cause = result.cause
    if cause is None and result.blocked_by:
        cause = Cause(kind=result.blocked_by)
    return Finding(
        requirement=obligation.id,
        scope=trace.scope,
        outcome=result.outcome,
        test=last.act if last else "",
        reason=result.reason,
        remedy=result.remedy or (obligation.fix if result.outcome is Outcome.FAILED else obligation.remedy),
        exchanges=exchanges,
        group=result.group,
        cause=cause,
    )

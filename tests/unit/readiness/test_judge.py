"""The judge: exclusions, attestations, and the results that decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from tests.unit.readiness.traces import TraceBuilder

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.readiness.exchange import Exchange
from lead_provider_conformance.readiness.judge import PASSES, judge
from lead_provider_conformance.readiness.obligations import Obligation, Obligations
from lead_provider_conformance.readiness.rule import Result, Rule, failed, not_met, passed
from lead_provider_conformance.readiness.script import ActLine, Attestation
from lead_provider_conformance.readiness.trace import Trace
from lead_provider_conformance.results.journal import Finding

OBLIGATIONS = {each.id: each for each in Obligations.load().of("2026-08", "ecf")}
SHOWN, OTHER = "paging/all-pages", "paging/same-filters"


def obligation(observable: str) -> Obligation:
    """Return the first obligation that is observed in that way."""
    return next(each for each in OBLIGATIONS.values() if each.observable == observable)


def trace(**changes: object) -> Trace:
    built = TraceBuilder().act("first-sync").get("/api/v3/participants", records=[]).build()
    return replace(built, **changes)  # type: ignore[arg-type]


def findings(rule: Iterable[Result] | Rule, on: Trace | None = None, name: str = SHOWN) -> list[Finding]:
    """Return the findings on one obligation with a rule, or with the results of one."""
    rules: Mapping[str, Rule] = {name: rule if callable(rule) else lambda _: rule}
    return list(judge(on or trace(), [OBLIGATIONS[name]], rules))


def outcomes(found: Iterable[Finding]) -> list[Outcome]:
    return [each.outcome for each in found]


def test_obligation_about_operations_that_the_profile_leaves_out_is_not_applicable() -> None:
    [found] = judge(trace(uses=frozenset({"list_ecf_schools"})), [OBLIGATIONS["void/own-mistakes"]], {})

    assert found.outcome is Outcome.NOT_APPLICABLE
    assert "The profile leaves out" in (found.reason or "")


def test_obligation_that_people_take_care_of_is_not_applicable() -> None:
    [found] = findings([failed("broken")], trace(settings={"people": [SHOWN]}))

    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "The profile leaves it to people.")


def test_attestation_counts_for_an_obligation_that_traffic_cannot_show() -> None:
    statement = Attestation(obligation("attestation").id, "Ada Lovelace", "2026-09-01", "in a safe")

    [found] = judge(trace(attestations=(statement,)), [obligation("attestation")], {})

    assert found.outcome is Outcome.ATTESTED
    assert found.reason == "Ada Lovelace stated it on 2026-09-01: in a safe."


def test_obligation_without_its_attestation_could_not_run_and_says_what_to_add() -> None:
    [found] = judge(trace(), [obligation("attestation")], {})

    assert found.outcome is Outcome.COULD_NOT_RUN
    assert "`attestations`" in (found.remedy or "")


def test_obligation_between_people_is_not_applicable() -> None:
    assert outcomes(judge(trace(), [obligation("process")], {})) == [Outcome.NOT_APPLICABLE]


def test_rule_without_results_could_not_run_and_names_the_acts_left_out() -> None:
    skipped = ActLine("declare", 0.0, skipped="It was not selected with --only.")

    [found] = findings([], trace(acts=(skipped,)))

    assert found.outcome is Outcome.COULD_NOT_RUN
    assert "Acts left out: declare." in (found.reason or "")
    assert found.remedy == OBLIGATIONS[SHOWN].remedy


def test_obligation_without_rule_is_a_suite_error() -> None:
    assert outcomes(judge(trace(), [OBLIGATIONS[SHOWN]], {})) == [Outcome.SUITE_ERROR]


def test_rule_that_raises_is_a_suite_error_and_others_are_judged() -> None:
    def broken(_: Trace) -> Iterable[Result]:
        yield passed()
        raise KeyError("data")

    both = list(judge(trace(), [OBLIGATIONS[SHOWN], OBLIGATIONS[OTHER]], {SHOWN: broken, OTHER: lambda _: [passed()]}))

    assert outcomes(both) == [Outcome.SUITE_ERROR, Outcome.PASSED]
    assert (both[0].reason or "").startswith("Its rule failed: KeyError: 'data' at test_judge.py:")
    assert both[0].remedy


@pytest.mark.parametrize(
    ("results", "decided"),
    [
        ([not_met("x", "y"), passed()], [Outcome.PASSED]),
        ([not_met("x", "y"), failed("z"), passed()], [Outcome.FAILED, Outcome.PASSED]),
        ([not_met("x", "y"), not_met("z", "y")], [Outcome.COULD_NOT_RUN] * 2),
    ],
    ids=["passes-outweigh", "failures-stay", "nothing-met"],
)
def test_cases_that_were_not_met_count_only_if_no_other_was(results: list[Result], decided: list[Outcome]) -> None:
    assert outcomes(findings(results)) == decided


def test_passes_are_limited_and_failures_are_not() -> None:
    results = [passed()] * (PASSES + 5) + [failed(f"case {number}") for number in range(PASSES + 5)]

    counted = outcomes(findings(results))

    assert counted.count(Outcome.PASSED) == PASSES
    assert counted.count(Outcome.FAILED) == PASSES + 5


def test_finding_names_the_act_the_advice_and_the_cause() -> None:
    on = trace()
    exchange: Exchange = on.exchanges[0]

    [broken] = findings([failed("broken", exchange)], on)
    [blocked] = findings([not_met("x", "Do y.", blocked_by="paging/all-pages")], on)

    assert (broken.test, broken.exchanges, broken.remedy) == ("first-sync", (exchange.id,), OBLIGATIONS[SHOWN].fix)
    assert blocked.remedy == "Do y."
    assert blocked.cause is not None
    assert blocked.cause.kind == "paging/all-pages"

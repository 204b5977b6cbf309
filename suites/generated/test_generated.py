"""Requests made from the contract, valid and invalid, operation by operation."""

from dataclasses import replace

import pytest

from lead_provider_conformance.fuzzing.case_records import other_provider, records_for
from lead_provider_conformance.fuzzing.case_selection import CaseSelection
from lead_provider_conformance.fuzzing.failing_cases import FailingCases, shortest
from lead_provider_conformance.fuzzing.list_comparison import SHOWN, comparison_for
from lead_provider_conformance.fuzzing.replay import Replay
from lead_provider_conformance.fuzzing.rules import RULES, broken, causes, first_failure, overlaps, together
from lead_provider_conformance.oracles.list_oracle import AS_DEPLOYED, AS_PROMISED
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, uses_states, verifies
from lead_provider_conformance.run.checks import ObservedFailure
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.subjects import subject_of


@pytest.fixture
@uses_states(ANY_STATE)
def about(run, test_context, scope, api, states, calendar, operation):
    """The records that the operation's cases are about: claimed if they may be changed."""
    others = other_provider(test_context.discovery_client, run)
    return records_for(subject_of(scope.programme, operation), operation, api, states, calendar, others)


@pytest.fixture
def whole(run, contract, api, states, operation, about):
    """The whole list that the operation gives, or of which it shows one record; None if there is none."""
    return comparison_for(operation, contract, api, about, states, Inventory(api, run.workspace / "inventory"))


@pytest.fixture
def replay(api, calendar, scope, operation, about, whole):
    """What sends the operation's cases."""
    values = whole.values if whole and whole.listing.path == operation.path else {}
    return Replay(api, calendar, subject_of(scope.programme, operation), replace(about, more={**about.more, **values}))


@pytest.fixture
def plan(run, scope, operation):
    """The operation's cases, as many as the budget allows."""
    return CaseSelection.of(run, scope, operation)


@verifies(*(rule.requirement for rule in RULES), AS_DEPLOYED, SHOWN, "generated/refusal-changes-nothing")
def test_generated_requests(plan, replay, whole, check, run, test_context, scope, contract, operation):
    results = []
    for sent in replay.results(plan.sendable):
        results.append(sent)
        if whole:
            whole.look_at(sent)
    run.journal.write_result(plan.line(scope, test_context.test, (sent.case for sent in results)))

    beside = whole.failures(results) if whole else {}
    between = {AS_PROMISED: (*overlaps(results), *beside.get(AS_PROMISED, ()))}
    still_failing = []

    def reduced(rule, cause):
        short = shortest(cause.shortest, rule.kinds, contract, lambda case: first_failure(rule, replay.send(case)))
        if plan.is_kept(cause.shortest.sent.made):
            still_failing.append(short.sent.made)
        return replace(cause, shortest=short)

    def decide(requirement, found):
        check.decide(requirement, (ObservedFailure(str(cause), [cause.exchange], cause.key) for cause in found))

    for rule in RULES:
        failures = broken(rule, results)
        if failures is not None:
            found = together(reduced(rule, cause) for cause in causes(failures))
            decide(rule.requirement, (*found, *causes(between.get(rule.requirement, ()))))
        elif why := plan.why_not(rule.kinds, (sent.case for sent in results), replay.unready):
            check.could_not_run(rule.requirement, *why)
        else:
            check.not_applicable(rule.requirement)
    FailingCases.of(run, scope, operation.id).keep(still_failing)
    for requirement in (AS_DEPLOYED, SHOWN):
        if requirement in beside:
            decide(requirement, causes(beside[requirement]))
        else:
            check.not_applicable(requirement)

    if replay.refusals_changed is None:
        check.not_applicable("generated/refusal-changes-nothing")
    else:
        with check("generated/refusal-changes-nothing"):
            assert not replay.refusals_changed, "after refused requests the record is not as it was before them"

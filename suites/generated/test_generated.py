"""Requests made from the contract, valid and invalid, operation by operation."""

from dataclasses import replace

import pytest

from lead_provider_conformance.checks import Found
from lead_provider_conformance.generation.failing import FailingCases, shortest
from lead_provider_conformance.generation.findings import RULES, broken, causes, first_failure, overlaps, together
from lead_provider_conformance.generation.plan import Plan
from lead_provider_conformance.generation.records import other_provider, records_for
from lead_provider_conformance.generation.replay import Replay
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.states.subjects import row


@pytest.fixture
def replay(api, calendar, states, run, record, operation, scope):
    """What sends the operation's cases, about records that are claimed if they may be changed."""
    about = row(scope.programme, operation)
    others = other_provider(record.discovery_client, run)
    return Replay(api, calendar, about, records_for(about, operation, api, states, calendar, others))


@pytest.fixture
def plan(run, scope, operation):
    """The operation's cases, as many as the budget allows."""
    return Plan.of(run, scope, operation)


@verifies(*(rule.requirement for rule in RULES), "generated/refusal-changes-nothing")
def test_generated_requests(plan, replay, check, run, record, scope, contract, operation):
    results = list(replay.results(plan.sendable))
    run.journal.write_result(plan.line(scope, record.test, (sent.case for sent in results)))

    still_failing = []

    def reduced(rule, cause):
        short = shortest(cause.shortest, rule.kinds, contract, lambda case: first_failure(rule, replay.send(case)))
        if plan.is_kept(cause.shortest.sent.made):
            still_failing.append(short.sent.made)
        return replace(cause, shortest=short)

    for rule in RULES:
        failures = broken(rule, results)
        if failures is not None and rule.requirement == "generated/lists-what-was-asked":
            failures = (*failures, *overlaps(results))
        if failures is not None:
            found = together(reduced(rule, cause) for cause in causes(failures))
            check.decide(rule.requirement, (Found(str(cause), [cause.exchange], cause.key) for cause in found))
        elif why := plan.why_not(rule.kinds, (sent.case for sent in results), replay.unready):
            check.could_not_run(rule.requirement, *why)
        else:
            check.not_applicable(rule.requirement)
    FailingCases.of(run, scope, operation.id).keep(still_failing)

    if replay.refusals_changed is None:
        check.not_applicable("generated/refusal-changes-nothing")
    else:
        with check("generated/refusal-changes-nothing"):
            assert not replay.refusals_changed, "after refused requests the record is not as it was before them"

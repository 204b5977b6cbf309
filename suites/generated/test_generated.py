"""Valid and invalid requests generated from the contract, operation by operation.

The rules are in `fuzzing/rules.py`: one per requirement, such as that every valid request is accepted and every invalid
one refused. Results of list queries, and single records, are compared with the full list.
"""

from dataclasses import replace

import pytest

from lead_provider_conformance.fuzzing.case_records import other_provider, records_for
from lead_provider_conformance.fuzzing.case_selection import CaseSelection
from lead_provider_conformance.fuzzing.engine import REQUIREMENTS, Engine
from lead_provider_conformance.fuzzing.failing_cases import FailingCases
from lead_provider_conformance.fuzzing.list_comparison import comparison_for
from lead_provider_conformance.fuzzing.replay import Replay
from lead_provider_conformance.http.transport import READ_ONLY
from lead_provider_conformance.model import ReadOnlyTarget, Safety
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, each_operation, uses_states, verifies
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.subjects import subject_of


@pytest.fixture
@uses_states(ANY_STATE)
def engine(run, test_context, scope, contract, api, states, calendar, operation):
    """The cases of the operation within the budget, with the target's records and its list."""
    api.client.require(operation.id)
    if operation.writes and run.target.safety is Safety.READ_ONLY:
        raise ReadOnlyTarget(*READ_ONLY)
    selection = CaseSelection.of(run, scope, operation)
    subject, records = subject_and_records(run, test_context, scope, api, states, calendar, operation)
    inventory = Inventory(api, run.workspace / "inventory")
    comparison = comparison_for(operation, contract, api, records, states, inventory)
    if comparison and comparison.listing.path == operation.path:
        records = replace(records, values={**records.values, **comparison.values})
    return Engine(selection.other_cases, Replay(api, calendar, subject, records), comparison, contract)


@pytest.fixture
@uses_states(ANY_STATE)
def engine_of_mistakes(run, test_context, scope, contract, api, states, calendar, operation):
    """The plain mistakes of an operation that reads; their responses are not compared with a list."""
    api.client.require(operation.id)
    selection = CaseSelection.of(run, scope, operation)
    subject, records = subject_and_records(run, test_context, scope, api, states, calendar, operation)
    return Engine(selection.plain_mistakes, Replay(api, calendar, subject, records), None, contract)


def subject_and_records(run, test_context, scope, api, states, calendar, operation):
    """Return the subject of an operation, and its records."""
    subject = subject_of(run.edition, scope.programme, operation)
    others = other_provider(test_context.discovery_client, run)
    return subject, records_for(subject, operation, api, states, calendar, others)


def takes_query(operation):
    """Return whether an operation reads and has query parameters, which plain mistakes are about."""
    return not operation.writes and any(each["in"] == "query" for each in operation.parameters)


def decide(engine, results, check, run, test_context, scope):
    """Decide the requirements by the results, and record their coverage."""
    sent = [result.case for result in results]
    run.journal.write_result(engine.selection.coverage_line(scope, test_context.test, sent))
    for decision in engine.decisions(results):
        decision.record(check)
    test_context.judged |= engine.judged


@each_operation(takes_query)
@verifies(*REQUIREMENTS)
def test_plain_mistakes(engine_of_mistakes, check, run, test_context, scope):
    decide(engine_of_mistakes, engine_of_mistakes.send(), check, run, test_context, scope)


@verifies(*REQUIREMENTS, "generated/refusal-changes-nothing")
def test_generated_requests(engine, check, run, test_context, scope, operation):
    results = engine.send()

    if engine.replay.refusals_changed is None:
        check.not_applicable("generated/refusal-changes-nothing")
    else:
        with check("generated/refusal-changes-nothing"):
            assert not engine.replay.refusals_changed, "Refused requests have changed the record."

    decide(engine, results, check, run, test_context, scope)
    FailingCases.of(run, scope, operation.id).save(engine.failing_cases)

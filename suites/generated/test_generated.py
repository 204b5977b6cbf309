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
from lead_provider_conformance.pytest_plugin.markers import ANY_STATE, uses_states, verifies
from lead_provider_conformance.testdata.inventory import Inventory
from lead_provider_conformance.testdata.subjects import subject_of


@pytest.fixture
@uses_states(ANY_STATE)
def engine(run, test_context, scope, contract, api, states, calendar, operation):
    """The cases of the operation within the budget, with the target's records and its list."""
    api.client.require(operation.id)
    if operation.writes and run.target.safety is Safety.READ_ONLY:
        raise ReadOnlyTarget(*READ_ONLY)
    subject, inventory = (
        subject_of(run.edition, scope.programme, operation),
        Inventory(api, run.workspace / "inventory"),
    )
    others = other_provider(test_context.discovery_client, run)
    records = records_for(subject, operation, api, states, calendar, others)
    comparison = comparison_for(operation, contract, api, records, states, inventory)
    if comparison and comparison.listing.path == operation.path:
        records = replace(records, values={**records.values, **comparison.values})
    selection = CaseSelection.of(run, scope, operation)
    return Engine(selection, Replay(api, calendar, subject, records), comparison, contract)


@verifies(*REQUIREMENTS, "generated/refusal-changes-nothing")
def test_generated_requests(engine, check, run, test_context, scope, operation):
    results = engine.send()
    sent = [result.case for result in results]
    run.journal.write_result(engine.selection.coverage_line(scope, test_context.test, sent))

    if engine.replay.refusals_changed is None:
        check.not_applicable("generated/refusal-changes-nothing")
    else:
        with check("generated/refusal-changes-nothing"):
            assert not engine.replay.refusals_changed, "Refused requests have changed the record."

    for decision in engine.decisions(results):
        decision.record(check)
    test_context.judged |= engine.judged
    FailingCases.of(run, scope, operation.id).save(engine.failing_cases)

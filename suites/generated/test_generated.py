"""Requests made from the contract, valid and invalid, operation by operation."""

import pytest

from lead_provider_conformance.generation import generate, overlaid
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.states.dates import declaration_of
from lead_provider_conformance.states.subjects import SUBJECTS, Subject

EACH_WAY = {"quick": 5, "standard": 20, "full": 80}


@pytest.fixture
def document(contract, operation, api, states, calendar):
    """The contract with ids of records that the operation can be about, claimed if it may change them."""
    ect = states.claim("ect.no-declarations") if operation.writes else states.look("ect.started")
    path_ids = [ect.id]
    if SUBJECTS[operation.id] is Subject.DECLARATION:
        if operation.writes:
            path_ids = [api.declare(declaration_of(ect, "started", calendar)).resource["id"]]
        else:
            path_ids = [each.id for each in states.inventory.about(ect)]
    return overlaid(contract.document, path_ids=path_ids, participant_ids=[ect.id])


@verifies("generated/no-server-error", "generated/accepts-valid", "generated/rejects-invalid")
def test_generated_requests(api, operation, document, contract, run, check):
    def answers(*, valid):
        cases = generate(contract, document, operation, valid=valid, count=EACH_WAY[run.profile], seed=run.seed)
        for case in cases:
            answer = api.send(
                case.method,
                case.path,
                query=case.query,
                raw=case.content,
                content_type=case.content_type,
                deliberate=case.wrong or None,
            )
            yield case, answer

    to_valid, to_invalid = list(answers(valid=True)), list(answers(valid=False))

    with check("generated/no-server-error"):
        for case, answer in to_valid + to_invalid:
            assert answer.status < 500, case

    with check("generated/accepts-valid"):
        for case, answer in to_valid:
            # What the contract allows may still be refused for a rule of the business, with 422.
            assert answer.status in ((200, 422) if operation.writes else (200,)), case

    with check("generated/rejects-invalid"):
        for case, answer in to_invalid:
            assert 400 <= answer.status < 500, case

"""Recording a declaration that has passed the rules, and what follows from it."""

from __future__ import annotations

import uuid

from lead_provider_sandbox.domain.declaring import RULES, earlier_copy, evidence_to_keep
from lead_provider_sandbox.domain.outcomes import record_outcome
from lead_provider_sandbox.domain.proposals import Proposal
from lead_provider_sandbox.domain.records import Enrolment, Training
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.parts import judge, part
from lead_provider_sandbox.store import declarations, people


def declare(call: Call, proposal: Proposal) -> str:
    """Record a declaration and return its id, or the id of the live one that it copies exactly."""
    copied = earlier_copy(call, proposal)
    if copied is not None:
        return copied.id
    judge(call, proposal, RULES)
    if proposal.training is None or proposal.date is None or proposal.declaration_type is None:
        raise RuntimeError("a declaration without participant, date or type has passed the rules")
    return _record(call, proposal, proposal.training, proposal.date, proposal.declaration_type)


def _record(call: Call, proposal: Proposal, training: Training, date: str, declaration_type: str) -> str:
    declaration_id = str(uuid.uuid4())
    state = _first_state(call, proposal, training, declaration_type)
    declarations.add_declaration(
        call.connection,
        {
            "id": declaration_id,
            "person_id": training.person_id,
            "provider_id": call.provider.id,
            "programme": training.programme,
            "training_id": training.training_id,
            "cohort": training.cohort,
            "course_identifier": training.course_identifier,
            "declaration_type": declaration_type,
            "declaration_date": date,
            "state": state,
            "evidence_held": evidence_to_keep(call, proposal),
            "has_passed": proposal.has_passed,
            "uplift": training.uplift and declaration_type == "started",
            "ineligible_reason": "duplicate_declaration" if state == "ineligible" else None,
            "mentor_id": training.mentor_id,
            "delivery_partner_id": training.delivery_partner_id,
            "statement_id": proposal.statement.id if state == "eligible" and proposal.statement else None,
            "clawback_statement_id": None,
            "created_at": call.now,
            "updated_at": call.now,
        },
    )
    if proposal.has_passed is not None:
        recorded = declarations.declaration(call.connection, declaration_id)
        if recorded is not None:
            record_outcome(call, recorded, "passed" if proposal.has_passed else "failed", date[:10])
    if isinstance(training, Enrolment) and training.participant_type == "mentor" and declaration_type == "completed":
        people.change_training_record(
            call.connection,
            training,
            call.now,
            {"mentor_funding_end_date": date[:10], "mentor_ineligible_reason": "completed_declaration_received"},
        )
    return declaration_id


@part("declaration.first-state")
def _first_state(call: Call, proposal: Proposal, training: Training, declaration_type: str) -> str:
    """Behaviours DECL-POST-STATE-SUBMITTED, DECL-POST-STATE-ELIGIBLE and DECL-DUPLICATE-TRN."""
    if proposal.person is not None and declarations.live_under_same_trn(
        call.connection, proposal.person, training.course_identifier, declaration_type
    ):
        return "ineligible"
    return "eligible" if training.fundable else "submitted"

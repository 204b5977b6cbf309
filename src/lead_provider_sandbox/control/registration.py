"""Finish a participant's registration, as the register service does."""

from __future__ import annotations

import secrets

from sqlalchemy import select, update

from lead_provider_sandbox.domain.clock import Instant, just_after
from lead_provider_sandbox.domain.context import registration_time
from lead_provider_sandbox.domain.lifecycles import DECLARATION
from lead_provider_sandbox.sandbox import Sandbox
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.store import Store
from lead_provider_sandbox.store.tables import enrolments, people, training_records


class NoSuchParticipantError(Exception):
    """No ECF participant has the id."""


def finish_registration(
    sandbox: Sandbox, participant_id: str, *, trn: str | None, email: str | None, eligible: bool
) -> str:
    """Validate the participant's TRN, decide on funding and return the TRN. Raise `NoSuchParticipantError`.

    Submitted declarations of an eligible participant become eligible (behaviour DECL-SUBMITTED-BECOMES-ELIGIBLE).
    The change times move, so that `updated_since` includes the records.
    """
    store, gateway = sandbox.store, sandbox.gateway
    with store.writing() as connection:
        person = store.people.get(participant_id)
        records = select(training_records.c.id).where(training_records.c.person_id == participant_id)
        training_ids = connection.execute(records).scalars().all()
        if person is None or not training_ids:
            raise NoSuchParticipantError(f"there is no ECF participant {participant_id}")
        moment = registration_time(gateway, gateway.clock.now(), person.updated_at)
        trn = trn or person.trn or person.claimed_trn or str(9_000_000 + secrets.randbelow(1_000_000))
        eligibility = "eligible" if eligible else "ineligible"
        values = {"trn": trn, "claimed_trn": trn, "email": email or person.email, "updated_at": moment}
        update_row(connection, people, participant_id, values)
        connection.execute(
            update(training_records)
            .where(training_records.c.person_id == participant_id)
            .values(eligibility=eligibility, eligibility_reason=None)
        )
        if eligible:
            # The appropriate body has reported the induction, which the ECT service shows.
            connection.execute(
                update(training_records)
                .where(
                    training_records.c.person_id == participant_id,
                    training_records.c.participant_type == "ect",
                    training_records.c.induction_start_date.is_(None),
                )
                .values(induction_start_date=moment[:10])
            )
        changed = {"updated_at": moment, "email": email} if email else {"updated_at": moment}
        connection.execute(update(enrolments).where(enrolments.c.person_id == participant_id).values(**changed))
        if eligible:
            for training_id in training_ids:
                _make_eligible(store, training_id, moment)
    return trn


def _make_eligible(store: Store, training_id: str, moment: Instant) -> None:
    for each in store.declarations.of_training(training_id):
        next_state = DECLARATION.after(each.state, "found eligible")
        if next_state is None:
            continue
        statement = store.declarations.next_statement(each.provider_id, each.programme, each.cohort, moment[:10])
        changes = {"state": next_state, "statement_id": statement.id if statement else None}
        store.declarations.update(each.id, max(moment, just_after(each.updated_at)), changes)

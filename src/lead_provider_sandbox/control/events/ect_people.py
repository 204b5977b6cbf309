"""Events of participants of the ECT service: they appear, change, become eligible, complete, and get a mentor."""

from __future__ import annotations

import uuid

from sqlalchemy import insert

from lead_provider_sandbox.control.events.context import EventContext, EventError, Facts
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.control.registration import finish_registration
from lead_provider_sandbox.domain.ect.training import is_mentor
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.store.query import update_row
from lead_provider_sandbox.store.tables import enrolments, people, training_records

_OTHER_PATTERN = {"full_time": "part_time"}


def appeared(context: EventContext, *, participant_id: str) -> Facts:
    """Check that the token sees a participant, created before."""
    context.shown("participants", participant_id)
    return {"participant_id": participant_id}


def late_commit(context: EventContext, *, participant_id: str, updated_at: str) -> Facts:
    """Set the time of a participant back to an instant, as if a slow transaction had just become visible.

    Create the participant with `updated_at`, then apply the event: the record has never been shown with another time.
    """
    context.enrolments(participant_id)
    moment = context.instant(updated_at)
    with context.store.writing() as connection:
        update_row(connection, people, participant_id, {"updated_at": moment})
    return {"participant_id": participant_id, "updated_at": context.shown("participants", participant_id)["updated_at"]}


def changed(
    context: EventContext,
    *,
    kind: str,
    id: str,  # noqa: A002 - as in the journal
    field: str = "email",
    value: str | None = None,
) -> Facts:
    """Change a shown field of a participant: `email`, or the `working_pattern` of an ECT."""
    if kind != "participants" or field not in ("email", "working_pattern"):
        raise EventError("only `email` and `working_pattern` of participants can change")
    trainings, moment = context.enrolments(id), context.person_change_time(id)
    if field == "email":
        name, _, host = trainings[0].email.partition("@")
        value = value or f"{name}.new@{host}"
    else:
        value = value or _OTHER_PATTERN.get(trainings[0].working_pattern or "", "full_time")
    with context.store.writing() as connection:
        for each in trainings:
            if field == "email":
                context.store.people.update_enrolment(each, moment, {"email": value})
            elif not is_mentor(each):
                context.store.people.update_training_record(each, moment, {"working_pattern": value})
        if field == "email":
            update_row(connection, people, id, {"email": value})
    return {"kind": kind, "id": id, "field": field, "value": value}


def renamed(context: EventContext, *, participant_id: str, full_name: str) -> Facts:
    """Change the name of a participant."""
    context.enrolments(participant_id)
    moment = context.person_change_time(participant_id)
    with context.store.writing() as connection:
        update_row(connection, people, participant_id, {"full_name": full_name, "updated_at": moment})
    return {"participant_id": participant_id, "full_name": full_name}


def eligible(context: EventContext, *, participant_id: str) -> Facts:
    """Find a participant eligible for funding: their TRN is validated, and submitted declarations become eligible."""
    context.enrolments(participant_id)
    trn = finish_registration(context.sandbox, participant_id, trn=None, email=None, eligible=True)
    return {"participant_id": participant_id, "teacher_reference_number": trn}


def induction_ended(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Report the end of an ECT's induction on a day, by default today. The participant stays `active`."""
    training, moment = _as_ect(context, participant_id), context.person_change_time(participant_id)
    day = on or context.today
    with context.store.writing():
        ended = {"induction_end_date": day, "last_induction_end_date": day}
        context.store.people.update_training_record(training, moment, ended)
        context.store.people.update_enrolment(training, moment, {"end_date": day})
    return {"participant_id": participant_id, "on": day}


def mentor_as_well(context: EventContext, *, participant_id: str, on: str | None = None) -> Facts:
    """Register an ECT as a mentor, too, at the same school and in the same cohort, from a day on: by default today."""
    day = context.past_day(on)
    training, moment = _as_ect(context, participant_id), context.person_change_time(participant_id)
    if any(is_mentor(each) for each in context.enrolments(participant_id)):
        raise EventError(f"the participant {participant_id} is a mentor already")
    record_id = str(uuid.uuid4())
    with context.store.writing() as connection:
        record = stored_rows(connection, training_records, training_records.c.id == training.training_record_id)[0]
        row = stored_rows(connection, enrolments, enrolments.c.id == training.id)[0]
        mentor: dict[str, object] = dict.fromkeys(record)
        mentor |= {"id": record_id, "person_id": participant_id, "participant_type": "mentor", "created_at": moment}
        mentor |= {"eligibility": "eligible", "pupil_premium_uplift": False, "sparsity_uplift": False}
        connection.execute(insert(training_records), mentor)
        row |= {"id": str(uuid.uuid4()), "training_record_id": record_id, "schedule_identifier": _schedule(training)}
        connection.execute(insert(enrolments), row | begun(day, moment))
        context.store.people.touch(participant_id, moment)
    return {"participant_id": participant_id, "training_record_id": record_id, "on": day}


def mentor_replaced(context: EventContext, *, participant_id: str, mentor_id: str) -> Facts:
    """Give an ECT another mentor; `mentor_id` is the mentor's participant id."""
    training, moment = _as_ect(context, participant_id), context.person_change_time(participant_id)
    if context.store.people.get(mentor_id) is None:
        raise EventError(f"there is no person {mentor_id}")
    with context.store.writing():
        context.store.people.update_enrolment(training, moment, {"mentor_id": mentor_id})
    return {"participant_id": participant_id, "mentor_id": mentor_id}


def cohort_moved(context: EventContext, *, participant_id: str, to: int = 2024, **cohort: int) -> Facts:
    """Move a participant from a closed cohort to an open one, at the same school. Declarations keep their cohort.

    The fact `from` may name the cohort that the participant is in.
    """
    training, moment = context.enrolments(participant_id)[0], context.person_change_time(participant_id)
    if cohort not in ({}, {"from": training.cohort}):
        raise EventError(f"the participant {participant_id} is in cohort {training.cohort}")
    if not context.calendar.frozen(training.cohort, context.today):
        raise EventError(f"payments of cohort {training.cohort} are not frozen")
    partnership = context.store.partnerships.with_school(context.provider.id, training.school_urn, to)
    if partnership is None:
        raise EventError(f"the lead provider has no partnership with school {training.school_urn} in cohort {to}")
    schedule = "ecf-standard-september" if is_mentor(training) else "ecf-extended-september"
    with context.store.writing():
        context.keep_programme(training.school_urn, training.cohort)
        context.note_registration(training.school_urn, to, moment)
        context.store.people.update_training_record(training, moment, {"frozen_cohort_left": training.cohort})
        moved = {"cohort": to, "schedule_identifier": schedule, "partnership_id": partnership.id}
        moved["delivery_partner_id"] = partnership.delivery_partner_id
        context.store.people.update_enrolment(training, moment, moved)
    return {"participant_id": participant_id, "from": training.cohort, "to": to}


def begun(day: str, moment: str) -> dict[str, str | None]:
    """Return the values of an enrolment that begins on a day."""
    stopped = ("status_reason", "status_at", "end_date", "left_school_on", "mentor_id", "schedule_changed_at")
    began = {"training_status": "active", "induction_status": "active", "start_date": day, "period_start": day}
    return {**dict.fromkeys(stopped), **began, "created_at": moment, "updated_at": moment}


def _as_ect(context: EventContext, participant_id: str) -> Enrolment:
    for each in context.enrolments(participant_id):
        if not is_mentor(each):
            return each
    raise EventError(f"the participant {participant_id} is not an early career teacher")


def _schedule(training: Enrolment) -> str:
    """Return the standard schedule that begins in the same month."""
    return f"ecf-standard-{training.schedule_identifier.rpartition('-')[2]}"

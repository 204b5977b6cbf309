"""The operations on NPQ participants and their outcomes."""

from __future__ import annotations

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.outcomes import report_outcome, reported
from lead_provider_sandbox.domain.scheduling import change_requested
from lead_provider_sandbox.domain.scheduling import change_schedule as put_on_schedule
from lead_provider_sandbox.domain.training import perform, requested
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.csv_responses import csv_answer
from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS, training_status
from lead_provider_sandbox.http.ordering import order
from lead_provider_sandbox.http.query import WHOLE_LIST, Page, created_since, listed_values, page, updated_since
from lead_provider_sandbox.http.request_body import attributes
from lead_provider_sandbox.http.responses import Answer, not_found, resource
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import npq as representation
from lead_provider_sandbox.serializers.csv_files import ENROLMENT_COLUMNS, csv_of_rows
from lead_provider_sandbox.store import npq as store
from lead_provider_sandbox.store.people import MERGED_FROM
from lead_provider_sandbox.store.query import Wanted
from lead_provider_sandbox.store.tables import applications, outcomes, people

_PERSON_AFTER = people.c.updated_at > bindparam("since")
_PERSON_MADE_SINCE = people.c.created_at >= bindparam("made_since")
_OF_STATUS = applications.c.training_status == bindparam("status")
_MINE = applications.c.provider_id == bindparam("provider_id")
_ACCEPTED = applications.c.status == "accepted"
_AFTER = applications.c.updated_at > bindparam("since")
_BY_AGE = (applications.c.created_at, applications.c.id)
_OUTCOME_MINE = outcomes.c.provider_id == bindparam("provider_id")
_OUTCOME_OF = outcomes.c.person_id == bindparam("participant")
_OUTCOME_SINCE = outcomes.c.created_at >= bindparam("since")


@part("npq-participants.list")
def list_participants(call: Call) -> Answer:
    """Everybody with an application that the caller has accepted, one resource a person (behaviour PNPQ-LIST)."""
    wanted, by, slice_ = _wanted(call), tuple(order(call, PERSON_COLUMNS)), page(call)
    found = store.listed_participants(call.connection, wanted, by, slice_.limit, slice_.offset)
    return resource([representation.participant(call, *each) for each in found])


@part("npq-participants.show")
def show_participant(call: Call) -> Answer:
    """One participant, with the NPQs they take with the caller."""
    return _answer(call, call.ids["id"])


@part("npq-participants.defer")
def defer(call: Call) -> Answer:
    """The participant takes a break from training."""
    return _act(call, "defer")


@part("npq-participants.resume")
def resume(call: Call) -> Answer:
    """The participant takes up training again."""
    return _act(call, "resume")


@part("npq-participants.withdraw")
def withdraw(call: Call) -> Answer:
    """The participant leaves training with the caller."""
    return _act(call, "withdraw")


@part("npq-participants.change-schedule")
def change_schedule(call: Call) -> Answer:
    """The participant follows another schedule, perhaps in another cohort."""
    change = change_requested(call, "npq", attributes(call))
    put_on_schedule(call, change)
    return _answer(call, change.action.person.id if change.action.person else "")


@part("npq-enrolments.csv")
def list_enrolments_csv(call: Call) -> Answer:
    """Every accepted application as a file (behaviours NENR-CSV, NENR-CSV-EMPTY)."""
    wanted = Wanted(_MINE, _ACCEPTED, provider_id=call.provider.id)
    since = updated_since(call)
    if since is not None:
        wanted.also(_AFTER, since=since)
    found = store.listed_applications(call.connection, wanted, _BY_AGE, WHOLE_LIST.limit, WHOLE_LIST.offset)
    rows = [
        {
            "participant_id": each.person_id,
            "course_identifier": each.course_identifier,
            "schedule_identifier": each.schedule_identifier,
            "cohort": each.cohort,
            "npq_application_id": each.id,
            "eligible_for_funding": each.eligible_for_funding,
            "funded_place": each.funded_place,
            "training_status": each.training_status,
            "school_urn": each.school_urn,
        }
        for each, _ in found
    ]
    return csv_answer(csv_of_rows(ENROLMENT_COLUMNS, rows))


@part("npq-outcomes.list")
def list_outcomes(call: Call) -> Answer:
    """The outcomes of all the caller's participants (behaviour OUTC-LIST-ALL)."""
    return _outcomes(call, _my_outcomes(call), page(call))


@part("npq-outcomes.of-participant")
def list_outcomes_of_participant(call: Call) -> Answer:
    """The outcomes of one participant; none for an unknown one, and no pages.

    Behaviours OUTC-LIST-ONE-UNKNOWN, PAG-OUTCOMES-OF-ONE-NOT-PAGINATED.
    """
    wanted = _my_outcomes(call)
    wanted.also(_OUTCOME_OF, participant=call.ids["participant_id"])
    return _outcomes(call, wanted, WHOLE_LIST)


@part("npq-outcomes.create")
def create_outcome(call: Call) -> Answer:
    """Report whether a participant has passed."""
    return resource(representation.outcome(call, report_outcome(call, reported(call, attributes(call)))))


def _my_outcomes(call: Call) -> Wanted:
    return Wanted(_OUTCOME_MINE, provider_id=call.provider.id)


def _outcomes(call: Call, wanted: Wanted, slice_: Page) -> Answer:
    since = created_since(call)
    if since is not None:
        wanted.also(_OUTCOME_SINCE, since=since)
    found = store.listed_outcomes(call.connection, wanted, slice_.limit, slice_.offset)
    return resource([representation.outcome(call, each) for each in found])


def _act(call: Call, event: str) -> Answer:
    action = requested(call, event, "npq", attributes(call))
    perform(call, action)
    return _answer(call, action.person.id if action.person else "")


def _answer(call: Call, person_id: str) -> Answer:
    found = store.participant(call.connection, person_id, owner_of(call))
    if found is None:
        raise not_found()
    return resource(representation.participant(call, *found))


@part("npq-participants.owner")
def owner_of(call: Call) -> str:
    """Whose participants the caller may show: its own."""
    return call.provider.id


def _wanted(call: Call) -> Wanted:
    wanted = Wanted(provider_id=call.provider.id)
    since = updated_since(call)
    if since is not None:
        # Without the instant itself, unlike the ECF lists (behaviour FILT-UPDATED-SINCE-BOUNDARY).
        wanted.also(_PERSON_AFTER, since=since)
    made_since = created_since(call) if call.version == "v1" else None
    if made_since is not None:
        wanted.also(_PERSON_MADE_SINCE, made_since=made_since)
    if call.version == "v3":
        status = training_status(call)
        if status is not None:
            wanted.also(_OF_STATUS, status=status)
        former = call.query.filter("from_participant_id")
        if former is not None:
            wanted.also(MERGED_FROM, former_ids=[each.lower() for each in listed_values(former)])
    return wanted

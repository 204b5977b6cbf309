"""The operations on ECF participants."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.scheduling import change_requested
from lead_provider_sandbox.domain.scheduling import change_schedule as put_on_schedule
from lead_provider_sandbox.domain.training import perform, requested
from lead_provider_sandbox.http.call import Call
from lead_provider_sandbox.http.csv_responses import csv_answer
from lead_provider_sandbox.http.ordering import order
from lead_provider_sandbox.http.query import WHOLE_LIST, Page, cohorts, listed_values, page, updated_since
from lead_provider_sandbox.http.request_body import attributes
from lead_provider_sandbox.http.responses import Answer, bad_request, not_found, resource
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import ecf_participants as representation
from lead_provider_sandbox.serializers.csv_files import csv_of_resources
from lead_provider_sandbox.store import people as store
from lead_provider_sandbox.store.query import Wanted
from lead_provider_sandbox.store.tables import enrolments, people

PERSON_COLUMNS = {"created_at": people.c.created_at, "updated_at": people.c.updated_at, "id": people.c.id}
PERSON_WITH_ID = people.c.id == bindparam("id")
PERSON_SINCE = people.c.updated_at >= bindparam("since")

_OF_COHORTS = enrolments.c.cohort.in_(bindparam("years", expanding=True))
_OF_STATUS = enrolments.c.training_status == bindparam("status")


@part("ecf-participants.list")
def list_participants(call: Call) -> Answer:
    """Everybody who trains, or trained, with the caller: one resource a person, or an enrolment in versions 1 and 2."""
    if call.version != "v3":
        return resource(_enrolments(call, page(call)))
    wanted, by, slice_ = _wanted(call), tuple(order(call, PERSON_COLUMNS)), page(call)
    found = store.listed_people(call.connection, wanted, by, slice_.limit, slice_.offset)
    return resource([representation.v3(call, *each) for each in found])


@part("ecf-participants.csv")
def list_participants_csv(call: Call) -> Answer:
    """The whole list of versions 1 and 2 as a file (behaviours CSV-PARTICIPANTS-HEADERS, CSV-IGNORES-PAGINATION)."""
    return csv_answer(csv_of_resources(_enrolments(call, WHOLE_LIST)))


@part("ecf-participants.show")
def show_participant(call: Call) -> Answer:
    """One participant of the caller's, with their enrolments with the caller only."""
    return _answer(call, call.ids["id"], owner_of(call))


@part("ecf-participants.defer")
def defer(call: Call) -> Answer:
    """The participant takes a break from training."""
    return _act(call, "defer")


@part("ecf-participants.resume")
def resume(call: Call) -> Answer:
    """The participant takes up training again."""
    return _act(call, "resume")


@part("ecf-participants.withdraw")
def withdraw(call: Call) -> Answer:
    """The participant leaves training with the caller."""
    return _act(call, "withdraw")


@part("ecf-participants.change-schedule")
def change_schedule(call: Call) -> Answer:
    """The participant follows another schedule, perhaps in another cohort."""
    change = change_requested(call, "ecf", attributes(call))
    put_on_schedule(call, change)
    return _acted(call, change.action.person.id if change.action.person else "", change.action.course)


def _act(call: Call, event: str) -> Answer:
    action = requested(call, event, "ecf", attributes(call))
    perform(call, action)
    return _acted(call, action.person.id if action.person else "", action.course)


def _acted(call: Call, person_id: str, course: str | None) -> Answer:
    """The participant after an action; versions 1 and 2 show the enrolment that it was about."""
    return _answer(call, person_id, call.provider.id, course)


@part("ecf-participants.owner")
def owner_of(call: Call) -> str:
    """Whose participants the caller may show: its own."""
    return call.provider.id


def _answer(call: Call, person_id: str, provider_id: str, course: str | None = None) -> Answer:
    found = store.enrolled_person(call.connection, person_id, provider_id)
    if found is None:
        raise not_found()
    person, enrolled, changes = found
    if call.version == "v3":
        _refuse_filtered_out(call, person_id)
        return resource(representation.v3(call, person, enrolled, changes))
    first = next((each for each in enrolled if each.course_identifier == course), enrolled[0])
    return resource(representation.v1_v2(call, person, first))


def _refuse_filtered_out(call: Call, person_id: str) -> None:
    """Version 3 applies the list's filters to one participant too (behaviour PECF-V3-FILTERS-APPLY-SHOW)."""
    if call.operation.writes or not call.query.groups.get("filter"):
        return
    wanted = _wanted(call)
    wanted.also(PERSON_WITH_ID, id=person_id)
    if not store.listed_people(call.connection, wanted, tuple(order(call, PERSON_COLUMNS)), 1, 0):
        raise not_found()


def _enrolments(call: Call, slice_: Page) -> list[dict[str, Any]]:
    """A page of enrolments, oldest person first, or longest unchanged (behaviour SORT-V12-PARTICIPANTS)."""
    by = people.c.created_at if updated_since(call) is None else people.c.updated_at
    found = store.listed_enrolments(call.connection, _wanted(call), by, slice_.limit, slice_.offset)
    return [representation.v1_v2(call, person, enrolment) for person, enrolment in found]


def _wanted(call: Call) -> Wanted:
    """Of the caller's, what every filter asks of a person or an enrolment (behaviour FILT-COMBINED-AND)."""
    wanted = Wanted(provider_id=call.provider.id)
    years = cohorts(call)
    if years is not None:
        wanted.also(_OF_COHORTS, years=years)
    since = updated_since(call)
    if since is not None:
        wanted.also(PERSON_SINCE, since=since)
    if call.version != "v3":
        return wanted
    status = training_status(call)
    if status is not None:
        wanted.also(_OF_STATUS, status=status)
    former = call.query.filter("from_participant_id")
    if former is not None:
        wanted.also(store.MERGED_FROM, former_ids=[each.lower() for each in listed_values(former)])
    return wanted


@part("filter.training-status")
def training_status(call: Call) -> str | None:
    """`filter[training_status]` is one of the statuses there are (behaviour FILT-TRAINING-STATUS-INVALID)."""
    status = call.query.filter("training_status")
    if status is not None and status not in TRAINING.states:
        known = ", ".join(f'"{each}"' for each in TRAINING.states)
        raise bad_request(f"The filter '#/training_status' must be [{known}]")
    return status

"""Operations on ECF participants."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.training_actions import TrainingAction
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    id_filter,
    requested_page,
    sort_columns,
    sort_order,
    training_status,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, csv_response, data_response, not_found
from lead_provider_sandbox.http.training_actions import schedule_operation, training_operation
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import ecf_participants as serializer
from lead_provider_sandbox.serializers.csv_files import csv_of_resources
from lead_provider_sandbox.store.people import merged_from
from lead_provider_sandbox.store.query import ONE_RECORD, WHOLE_LIST, Filters, Page, conditions_of, given
from lead_provider_sandbox.store.tables import enrolments, people

PERSON_COLUMNS = sort_columns(people)
_CONDITIONS = conditions_of(
    cohorts=enrolments.c.cohort.in_,
    updated_since=people.c.updated_at.__ge__,
    training_status=enrolments.c.training_status.__eq__,
    former_ids=merged_from,
)
_IS_PERSON = people.c.id == bindparam("id")


@part("ecf-participants.list")
def list_participants(request: ApiRequest) -> Response:
    """List the provider's participants: one resource per person, or per enrolment in versions 1 and 2."""
    if request.version != "v3":
        return data_response(_enrolments(request, requested_page(request)))
    filters, order = _filters(request), sort_order(request, PERSON_COLUMNS)
    records = request.store.people.search(request.provider.id, filters, order, requested_page(request))
    return data_response([serializer.v3(request, *each) for each in records])


@part("ecf-participants.csv")
def list_participants_csv(request: ApiRequest) -> Response:
    """Return the whole list as CSV (behaviours CSV-PARTICIPANTS-HEADERS, CSV-IGNORES-PAGINATION)."""
    return csv_response(csv_of_resources(_enrolments(request, WHOLE_LIST)))


@part("ecf-participants.show")
def show_participant(request: ApiRequest) -> Response:
    """Return one participant with the enrolments with the provider."""
    return _response(request, request.ids["id"], owner_of(request))


def _trained(request: ApiRequest, action: TrainingAction) -> Response:
    return _response(request, action.person.id if action.person else "", request.provider.id, action.course)


defer = training_operation("ecf", "defer", _trained)
resume = training_operation("ecf", "resume", _trained)
withdraw = training_operation("ecf", "withdraw", _trained)
change_schedule = schedule_operation("ecf", _trained)


@part("ecf-participants.owner")
def owner_of(request: ApiRequest) -> str:
    """Return the id of the provider whose participants the request can see."""
    return request.provider.id


def _response(request: ApiRequest, person_id: str, provider_id: str, course: str | None = None) -> Response:
    """Return a participant; versions 1 and 2 show the enrolment in the course, or the first one."""
    participant = request.store.people.participant(person_id, provider_id)
    if participant is None:
        raise not_found()
    person, person_enrolments, changes = participant
    if request.version == "v3":
        _check_filters(request, person_id)
        return data_response(serializer.v3(request, person, person_enrolments, changes))
    in_course = (each for each in person_enrolments if each.course_identifier == course)
    return data_response(serializer.v1_v2(request, person, next(in_course, person_enrolments[0])))


def _check_filters(request: ApiRequest, person_id: str) -> None:
    """Apply the list's filters to one participant of version 3 (behaviour PECF-V3-FILTERS-APPLY-SHOW)."""
    if request.operation.writes or not request.query.groups.get("filter"):
        return
    filters = _filters(request).also(_IS_PERSON, id=person_id)
    if not request.store.people.search(request.provider.id, filters, (people.c.id,), ONE_RECORD):
        raise not_found()


def _enrolments(request: ApiRequest, page: Page) -> list[dict[str, Any]]:
    """Return a page of enrolments by creation, or by update with `updated_since` (behaviour SORT-V12-PARTICIPANTS)."""
    order = people.c.created_at if updated_since(request) is None else people.c.updated_at
    records = request.store.people.search_enrolments(request.provider.id, _filters(request), order, page)
    return [serializer.v1_v2(request, person, enrolment) for person, enrolment in records]


def _filters(request: ApiRequest) -> Filters:
    """Return every filter on people and enrolments (behaviour FILT-COMBINED-AND)."""
    v3 = request.version == "v3"
    return given(
        _CONDITIONS,
        cohorts=cohorts(request),
        updated_since=updated_since(request),
        training_status=training_status(request) if v3 else None,
        former_ids=id_filter(request, "from_participant_id") if v3 else None,
    )

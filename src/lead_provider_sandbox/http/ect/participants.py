"""Operations on participants."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam

from lead_provider_sandbox.domain.ect import schedule_changes
from lead_provider_sandbox.domain.ect.actions import Action, perform_action
from lead_provider_sandbox.domain.lifecycles import TRAINING
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.http.body import known_attributes
from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS, owner_of
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    id_filter,
    requested_page,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest, Handler
from lead_provider_sandbox.http.responses import Response, data_response, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import ect as serializer
from lead_provider_sandbox.store.ect import NOTHING
from lead_provider_sandbox.store.people import merged_from
from lead_provider_sandbox.store.query import conditions_of, given
from lead_provider_sandbox.store.tables import enrolments, people

_CONDITIONS = conditions_of(
    cohorts=enrolments.c.cohort.in_, updated_since=people.c.updated_at.__ge__, former_ids=merged_from
)
_IN_STATUS = enrolments.c.training_status == bindparam("training_status")


@part("ect-participants.list")
def list_participants(request: ApiRequest) -> Response:
    """List the provider's participants, those who have left included."""
    filters = given(
        _CONDITIONS,
        cohorts=cohorts(request),
        updated_since=updated_since(request),
        former_ids=id_filter(request, "from_participant_id"),
    )
    status = request.query.filter("training_status")
    if status is not None:
        filters = filters.also(in_status(request, status), training_status=status)
    order = sort_order(request, PERSON_COLUMNS)
    records = request.store.people.search(request.provider.id, filters, order, requested_page(request))
    return data_response([serializer.participant(request, *each) for each in records])


@part("ect-participants.show")
def show_participant(request: ApiRequest) -> Response:
    """Return one participant; filters are ignored."""
    return participant_response(request, owner_of(request))


def participant_response(request: ApiRequest, provider_id: str) -> Response:
    """Return the participant of the path as a provider sees them. Raise a 404 if there is none."""
    participant = request.store.people.participant(request.ids["id"], provider_id)
    if participant is None:
        raise not_found()
    return data_response(serializer.participant(request, *participant))


def _action(event: str, summary: str) -> Handler:
    """Return the operation for an event as a part, such as `ect-participants.defer`."""

    def perform(request: ApiRequest) -> Response:
        given_attributes = known_attributes(request, "course_identifier", "reason")
        perform_action(request, Action(event, given_attributes, _enrolments(request)))
        return participant_response(request, request.provider.id)

    perform.__doc__ = summary
    return part(f"ect-participants.{event}")(perform)


withdraw = _action("withdraw", "Record that the participant leaves training with the provider.")
defer = _action("defer", "Record that the participant takes a break from training.")
resume = _action("resume", "Record that the participant resumes training.")


@part("ect-participants.change-schedule")
def change_schedule(request: ApiRequest) -> Response:
    """Move the participant to another schedule, optionally in another cohort."""
    names = ("course_identifier", "schedule_identifier", "cohort")
    given_attributes = known_attributes(request, *names)
    schedule_changes.change_schedule(
        request, schedule_changes.read_schedule_change(request, _enrolments(request), given_attributes)
    )
    return participant_response(request, request.provider.id)


def _enrolments(request: ApiRequest) -> list[Enrolment]:
    """Return the enrolments of the participant of the path. Raise a 404 if the provider has none."""
    enrolments_with_provider = request.store.people.enrolments(request.ids["id"], request.provider.id)
    if not enrolments_with_provider:
        raise not_found()
    return enrolments_with_provider


@part("ect-filter.training-status")
def in_status(_: ApiRequest, status: str) -> ColumnElement[bool]:
    """Return the condition on enrolments with a training status; none has an unknown one."""
    return _IN_STATUS if status in TRAINING.states else NOTHING

"""Operations of the NPQ service on participants and their outcomes."""

from __future__ import annotations

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.models import IdChange
from lead_provider_sandbox.domain.npq_service import outcomes as reported
from lead_provider_sandbox.domain.npq_service import schedule_changes, training_actions
from lead_provider_sandbox.domain.npq_service.declaration_request import former_id
from lead_provider_sandbox.http.list_parameters import (
    created_since,
    id_filter,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.npq_service.parameters import readable, required_attributes, training_status
from lead_provider_sandbox.http.request import ApiRequest, Handler
from lead_provider_sandbox.http.responses import Response, ResponseError, data_response, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import npq_service as serializer
from lead_provider_sandbox.serializers.ecf_participants import id_change
from lead_provider_sandbox.store.npq_service import Participant
from lead_provider_sandbox.store.people import merged_from
from lead_provider_sandbox.store.query import Filters, conditions_of, given
from lead_provider_sandbox.store.tables import applications, outcomes, people

_SORT_COLUMNS = sort_columns(people)
_CONDITIONS = conditions_of(
    updated_since=people.c.updated_at.__ge__,
    training_status=applications.c.training_status.__eq__,
    former_ids=merged_from,
)
_OF_OUTCOMES = conditions_of(created_since=outcomes.c.created_at.__ge__, person_id=outcomes.c.person_id.__eq__)
_IS_OWN = outcomes.c.provider_id == bindparam("provider_id")


@part("npq-service.participants.list")
def list_participants(request: ApiRequest) -> Response:
    """List the people whose application the provider has accepted, one resource per person."""
    request = readable(request)
    records = request.store.npq_service.search_participants(
        request.provider.id, _filters(request), sort_order(request, _SORT_COLUMNS), requested_page(request)
    )
    return data_response([serializer.participant(request, *each) for each in records])


@part("npq-service.participants.show")
def show_participant(request: ApiRequest) -> Response:
    """Return one participant with the NPQs taken with the provider."""
    check_id(request)
    return _response(request)


def _training_operation(event: str, summary: str) -> Handler:
    """Return the operation for an event as a part, such as `npq-service.participants.defer`."""

    def perform(request: ApiRequest) -> Response:
        person, accepted, _ = _find(request)
        action = training_actions.read_action(event, person, accepted, required_attributes(request))
        training_actions.perform_action(request, action)
        return _response(request)

    perform.__doc__ = summary
    return part(f"npq-service.participants.{event}")(perform)


defer = _training_operation("defer", "Record that the participant takes a break from training.")
resume = _training_operation("resume", "Record that the participant resumes training.")
withdraw = _training_operation("withdraw", "Record that the participant leaves training with the provider.")


@part("npq-service.participants.change-schedule")
def change_schedule(request: ApiRequest) -> Response:
    """Move the participant to another schedule, optionally in another cohort."""
    _, accepted, _ = _find(request)
    change = schedule_changes.read_schedule_change(request, accepted, required_attributes(request))
    schedule_changes.change_schedule(request, change)
    return _response(request)


@part("npq-service.outcomes.list")
def list_outcomes(request: ApiRequest) -> Response:
    """List the outcomes of all the provider's participants."""
    request = readable(request)
    return _outcomes(request, given(_OF_OUTCOMES, created_since=created_since(request)))


@part("npq-service.outcomes.of-participant")
def list_outcomes_of_participant(request: ApiRequest) -> Response:
    """List the outcomes of one participant."""
    request = readable(request)
    check_id(request)
    person, _, _ = _find(request)
    return _outcomes(request, given(_OF_OUTCOMES, person_id=person.id))


@part("npq-service.outcomes.create")
def create_outcome(request: ApiRequest) -> Response:
    """Report whether a participant has passed."""
    _, accepted, _ = _find(request)
    outcome = reported.report_outcome(request, reported.read_outcome(request, accepted, required_attributes(request)))
    return data_response(serializer.outcome(request, outcome))


@part("npq-service.participants.id-current")
def check_id(request: ApiRequest) -> None:
    """Raise a 410 for an id that one of the provider's participants had before."""
    changed = former_id(request, request.ids["id"])
    if changed is not None:
        raise ResponseError(id_changed(changed))


def id_changed(changed: IdChange) -> Response:
    """Return the 410 for an id that has been replaced."""
    error = {
        "title": "Participant ID has been changed",
        "detail": f"The participant_id '{changed.from_id}' has been replaced with '{changed.to_id}'.",
        "participant_id_changes": [id_change(changed)],
    }
    return Response(410, {"errors": [error]})


@part("npq-service.participants.owner")
def owner_of(request: ApiRequest) -> str:
    """Return the id of the provider whose participants the request can see."""
    return request.provider.id


def _find(request: ApiRequest) -> Participant:
    participant = request.store.npq_service.participant(request.ids["id"], owner_of(request))
    if participant is None:
        raise not_found()
    return participant


def _response(request: ApiRequest) -> Response:
    return data_response(serializer.participant(request, *_find(request)))


@part("npq-service.outcomes.own")
def _own_outcomes(request: ApiRequest, filters: Filters) -> Filters:
    """Return the filters and the condition on outcomes of declarations that the provider made."""
    return filters.also(_IS_OWN, provider_id=request.provider.id)


def _outcomes(request: ApiRequest, filters: Filters) -> Response:
    filters = _own_outcomes(request, filters)
    records = request.store.applications.search_outcomes(filters, requested_page(request))
    return data_response([serializer.outcome(request, each) for each in records])


def _filters(request: ApiRequest) -> Filters:
    return given(
        _CONDITIONS,
        updated_since=updated_since(request),
        training_status=training_status(request),
        former_ids=id_filter(request, "from_participant_id"),
    )

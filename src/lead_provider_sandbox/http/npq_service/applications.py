"""Operations of the NPQ service on applications."""

from __future__ import annotations

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.npq_service import applications as decisions
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication
from lead_provider_sandbox.http.list_parameters import requested_page, sort_columns, sort_order, updated_since
from lead_provider_sandbox.http.npq_service.parameters import (
    acceptance_attributes,
    cohorts,
    optional_attributes,
    participant_ids,
    readable,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.npq_service import application as serialize
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, conditions_of, given
from lead_provider_sandbox.store.tables import applications

_SORT_COLUMNS = sort_columns(applications)
_CONDITIONS = conditions_of(
    id=applications.c.id.__eq__,
    updated_since=applications.c.updated_at.__ge__,
    cohorts=applications.c.cohort.in_,
    participant_ids=applications.c.person_id.in_,
)
_IS_OWN = applications.c.provider_id == bindparam("provider_id")


@part("npq-service.applications.list")
def list_applications(request: ApiRequest) -> Response:
    """List the applications to the provider, in every status."""
    request = readable(request)
    order = sort_order(request, _SORT_COLUMNS)
    records = request.store.npq_service.search(_filters(request), requested_page(request), order)
    return data_response([serialize(request, application, applicant) for application, applicant in records])


@part("npq-service.applications.show")
def show_application(request: ApiRequest) -> Response:
    """Return one application to the provider."""
    return _response(request)


@part("npq-service.applications.accept")
def accept_application(request: ApiRequest) -> Response:
    """Accept an application; the body is optional."""
    application, applicant = _find(request)
    attributes = acceptance_attributes(request)
    decisions.accept(request, decisions.read_decision(request, application, applicant, attributes))
    return _response(request)


@part("npq-service.applications.reject")
def reject_application(request: ApiRequest) -> Response:
    """Reject an application, pending or accepted."""
    application, _ = _find(request)
    decisions.reject(request, application)
    return _response(request)


@part("npq-service.applications.change-funded-place")
def change_funded_place(request: ApiRequest) -> Response:
    """Set the funded place of an accepted application."""
    application, applicant = _find(request)
    attributes = optional_attributes(request)
    decisions.change_funded_place(request, decisions.read_decision(request, application, applicant, attributes))
    return _response(request)


def _find(request: ApiRequest) -> tuple[NpqApplication, Applicant]:
    filters = _own(request, given(_CONDITIONS, id=request.ids["id"]))
    return first_record(request.store.npq_service.search(filters, ONE_RECORD))


def _response(request: ApiRequest) -> Response:
    return data_response(serialize(request, *_find(request)))


@part("npq-service.applications.own")
def _own(request: ApiRequest, filters: Filters) -> Filters:
    """Return the filters and the condition on applications to the provider."""
    return filters.also(_IS_OWN, provider_id=request.provider.id)


def _filters(request: ApiRequest) -> Filters:
    filters = given(
        _CONDITIONS,
        updated_since=updated_since(request),
        cohorts=cohorts(request),
        participant_ids=participant_ids(request),
    )
    return _own(request, filters)

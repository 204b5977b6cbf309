"""Operations of the NPQ service on applications."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain.npq_service import applications as decisions
from lead_provider_sandbox.domain.npq_service.models import Applicant, NpqApplication
from lead_provider_sandbox.http.list_parameters import given, requested_page, sort_columns, sort_order, updated_since
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
from lead_provider_sandbox.store.query import Page
from lead_provider_sandbox.store.tables import applications

_SORT_COLUMNS = sort_columns(applications)


@part("npq-service.applications.list")
def list_applications(request: ApiRequest) -> Response:
    """List the applications to the provider, in every status."""
    request = readable(request)
    order = sort_order(request, _SORT_COLUMNS)
    records = request.store.npq_service.search(_conditions(request), requested_page(request), order)
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
    conditions = [_is_own(request), applications.c.id == request.ids["id"]]
    return first_record(request.store.npq_service.search(conditions, Page(1, 0)))


def _response(request: ApiRequest) -> Response:
    return data_response(serialize(request, *_find(request)))


@part("npq-service.applications.own")
def _is_own(request: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on applications to the provider."""
    return applications.c.provider_id == request.provider.id


def _conditions(request: ApiRequest) -> list[ColumnElement[bool]]:
    return [
        _is_own(request),
        *given(updated_since(request), applications.c.updated_at.__ge__),
        *given(cohorts(request), applications.c.cohort.in_),
        *given(participant_ids(request), applications.c.person_id.in_),
    ]

"""Operations of the NPQ service on declarations."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain.npq_service import voiding
from lead_provider_sandbox.domain.npq_service.declaration_request import read_declaration
from lead_provider_sandbox.domain.npq_service.declarations import submit_declaration
from lead_provider_sandbox.domain.npq_service.delivery_partners import change_delivery_partner, read_partners
from lead_provider_sandbox.domain.npq_service.models import NpqApplication, NpqDeclaration
from lead_provider_sandbox.http.list_parameters import requested_page, updated_since
from lead_provider_sandbox.http.npq_service.parameters import cohorts, participant_ids, readable, required_attributes
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import (
    Response,
    ResponseError,
    data_response,
    errors_response,
    first_record,
)
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.npq_service import declaration as serialize
from lead_provider_sandbox.store.npq_service import VISIBLE
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, conditions_of, given
from lead_provider_sandbox.store.tables import applications, declarations

_CONDITIONS = conditions_of(
    id=declarations.c.id.__eq__,
    updated_since=declarations.c.updated_at.__ge__,
    participant_ids=declarations.c.person_id.in_,
    cohorts=declarations.c.cohort.in_,
)
_APPLICATION = conditions_of(id=applications.c.id.__eq__)
_FORBIDDEN = errors_response(
    403,
    [
        (
            "Cannot modify declaration",
            "The declaration cannot be modified because it was created by another lead provider",
        )
    ],
)


@part("npq-service.declarations.list")
def list_declarations(request: ApiRequest) -> Response:
    """List the provider's declarations, and those for applications that are with it now, oldest first."""
    request = readable(request)
    filters = given(
        _CONDITIONS,
        updated_since=updated_since(request),
        participant_ids=participant_ids(request),
        cohorts=cohorts(request),
    )
    records = request.store.npq_service.search_declarations(_visible_ones(request, filters), requested_page(request))
    return data_response([serialize(request, each) for each in records])


@part("npq-service.declarations.show")
def show_declaration(request: ApiRequest) -> Response:
    """Return one visible declaration."""
    return _response(request, request.ids["id"])


@part("npq-service.declarations.create")
def create_declaration(request: ApiRequest) -> Response:
    """Declare that a participant has reached a milestone; returns 200."""
    declaration_request = read_declaration(request, required_attributes(request))
    return _response(request, submit_declaration(request, declaration_request))


@part("npq-service.declarations.void")
def void_declaration(request: ApiRequest) -> Response:
    """Void a declaration of the provider itself."""
    declaration = _find(request, request.ids["id"])
    check_maker(request, declaration)
    voiding.void_declaration(request, declaration)
    return _response(request, declaration.id)


@part("npq-service.declarations.change-delivery-partner")
def change_partner(request: ApiRequest) -> Response:
    """Replace both delivery partners of a declaration of the provider itself."""
    declaration = _find(request, request.ids["id"])
    check_maker(request, declaration)
    attributes = required_attributes(request)
    partners = read_partners(request, attributes, _application(request, declaration))
    change_delivery_partner(request, declaration, partners)
    return _response(request, declaration.id)


@part("npq-service.declarations.made-by-provider")
def check_maker(request: ApiRequest, declaration: NpqDeclaration) -> None:
    """Raise a 403 if another provider made a declaration that the provider can see."""
    if declaration.provider_id != request.provider.id:
        raise ResponseError(_FORBIDDEN)


@part("npq-service.declarations.visible")
def _visible(_: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on declarations that the provider can see."""
    return VISIBLE


def _visible_ones(request: ApiRequest, filters: Filters) -> Filters:
    return filters.also(_visible(request), provider_id=request.provider.id)


def _find(request: ApiRequest, declaration_id: str) -> NpqDeclaration:
    filters = _visible_ones(request, given(_CONDITIONS, id=declaration_id))
    return first_record(request.store.npq_service.search_declarations(filters, ONE_RECORD))


def _application(request: ApiRequest, declaration: NpqDeclaration) -> NpqApplication:
    filters = given(_APPLICATION, id=declaration.training_id)
    return first_record(request.store.npq_service.search(filters, ONE_RECORD))[0]


def _response(request: ApiRequest, declaration_id: str) -> Response:
    return data_response(serialize(request, _find(request, declaration_id)))

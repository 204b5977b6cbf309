"""Operations on declarations."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain.ect import voiding
from lead_provider_sandbox.domain.ect.declaration_request import read_declaration
from lead_provider_sandbox.domain.ect.declarations import submit_declaration
from lead_provider_sandbox.http.body import known_attributes
from lead_provider_sandbox.http.declarations import CONDITIONS, of_participants
from lead_provider_sandbox.http.list_parameters import cohorts, id_filter, requested_page, updated_since
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ect import declaration as serialize
from lead_provider_sandbox.store.ect import VISIBLE
from lead_provider_sandbox.store.query import Filters, given

ATTRIBUTES = ("participant_id", "declaration_type", "declaration_date", "course_identifier", "evidence_held")


@part("ect-declarations.list")
def list_declarations(request: ApiRequest) -> Response:
    """List the provider's declarations, and live ones of its participants by other providers, oldest first."""
    filters = given(
        {**CONDITIONS, "participant_ids": of_participants(request)},
        cohorts=cohorts(request),
        updated_since=updated_since(request),
        participant_ids=id_filter(request, "participant_id"),
        delivery_partner_ids=id_filter(request, "delivery_partner_id"),
    )
    records = request.store.declarations.search(_visible_ones(request, filters), requested_page(request))
    return data_response([serialize(request, each) for each in records])


@part("ect-declarations.show")
def show_declaration(request: ApiRequest) -> Response:
    """Return one visible declaration."""
    filters = _visible_ones(request, given(CONDITIONS, id=request.ids["id"]))
    return data_response(serialize(request, first_record(request.store.declarations.search(filters))))


@part("ect-declarations.create")
def create_declaration(request: ApiRequest) -> Response:
    """Declare that a participant has reached a milestone."""
    attributes = known_attributes(request, *ATTRIBUTES)
    return _response(request, submit_declaration(request, read_declaration(request, attributes)))


@part("ect-declarations.void")
def void_declaration(request: ApiRequest) -> Response:
    """Void a declaration of the provider itself."""
    declaration = request.store.declarations.get(request.ids["id"])
    if declaration is None or declaration.provider_id != request.provider.id:
        raise not_found()
    voiding.void_declaration(request, declaration)
    return _response(request, declaration.id)


def _response(request: ApiRequest, declaration_id: str) -> Response:
    filters = given(CONDITIONS, id=declaration_id)
    return data_response(serialize(request, first_record(request.store.declarations.search(filters))))


@part("ect-declarations.visible")
def visible(_: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on declarations that the provider can see."""
    return VISIBLE


def _visible_ones(request: ApiRequest, filters: Filters) -> Filters:
    return filters.also(visible(request), provider_id=request.provider.id)

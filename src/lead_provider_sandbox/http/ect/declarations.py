"""Operations on declarations."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain.ect import voiding
from lead_provider_sandbox.domain.ect.declaration_request import read_declaration
from lead_provider_sandbox.domain.ect.declarations import submit_declaration
from lead_provider_sandbox.http.body import known_attributes
from lead_provider_sandbox.http.declarations import of_participants
from lead_provider_sandbox.http.list_parameters import cohorts, given, id_filter, requested_page, updated_since
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ect import declaration as serialize
from lead_provider_sandbox.store.ect import visible_declarations
from lead_provider_sandbox.store.tables import declarations

ATTRIBUTES = ("participant_id", "declaration_type", "declaration_date", "course_identifier", "evidence_held")


@part("ect-declarations.list")
def list_declarations(request: ApiRequest) -> Response:
    """List the provider's declarations, and live ones of its participants by other providers, oldest first."""
    conditions = [
        visible(request),
        *given(cohorts(request), declarations.c.cohort.in_),
        *given(updated_since(request), declarations.c.updated_at.__ge__),
        *given(id_filter(request, "participant_id"), lambda ids: of_participants(request, ids)),
        *given(id_filter(request, "delivery_partner_id"), declarations.c.delivery_partner_id.in_),
    ]
    records = request.store.declarations.search(conditions, requested_page(request))
    return data_response([serialize(request, each) for each in records])


@part("ect-declarations.show")
def show_declaration(request: ApiRequest) -> Response:
    """Return one visible declaration."""
    records = request.store.declarations.search([visible(request), declarations.c.id == request.ids["id"]])
    return data_response(serialize(request, first_record(records)))


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
    return data_response(
        serialize(request, first_record(request.store.declarations.search([declarations.c.id == declaration_id])))
    )


@part("ect-declarations.visible")
def visible(request: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on declarations that the provider can see."""
    return visible_declarations(request.provider.id)

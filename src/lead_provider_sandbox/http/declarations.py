"""Operations on participant declarations."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain import voiding
from lead_provider_sandbox.domain.declaration_request import read_declaration
from lead_provider_sandbox.domain.declaration_submission import submit_declaration
from lead_provider_sandbox.http.body import attributes
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    given,
    requested_page,
    split_values,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, csv_response, data_response, first_record, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.csv_files import csv_of_resources
from lead_provider_sandbox.serializers.declarations import serialize
from lead_provider_sandbox.store.declarations import visible_to
from lead_provider_sandbox.store.query import WHOLE_LIST
from lead_provider_sandbox.store.tables import declarations


@part("declarations.list")
def list_declarations(request: ApiRequest) -> Response:
    """List the provider's declarations, and visible ones of earlier providers, oldest first."""
    records = request.store.declarations.search(_conditions(request), requested_page(request))
    return data_response([serialize(request, each) for each in records])


@part("declarations.csv")
def list_declarations_csv(request: ApiRequest) -> Response:
    """Return the whole list as CSV (behaviours CSV-DECLARATIONS-V1, CSV-DECLARATIONS-V2)."""
    records = request.store.declarations.search(_conditions(request), WHOLE_LIST)
    return csv_response(csv_of_resources([serialize(request, each) for each in records]))


@part("declarations.show")
def show_declaration(request: ApiRequest) -> Response:
    """Return one visible declaration."""
    records = request.store.declarations.search([_visible(request), declarations.c.id == request.ids["id"]])
    return data_response(serialize(request, first_record(records)))


@part("declarations.create")
def create_declaration(request: ApiRequest) -> Response:
    """Declare that a participant has reached a milestone; returns 200 (behaviour DECL-POST-OK)."""
    return _response(request, submit_declaration(request, read_declaration(request, attributes(request))))


@part("declarations.void")
def void_declaration(request: ApiRequest) -> Response:
    """Void a declaration of the provider itself (behaviour AUTH-OTHER-PROVIDER-VOID-404)."""
    declaration = request.store.declarations.get(request.ids["id"])
    if declaration is None or declaration.provider_id != request.provider.id:
        raise not_found()
    voiding.void_declaration(request, declaration)
    return _response(request, declaration.id)


def _response(request: ApiRequest, declaration_id: str) -> Response:
    declaration = request.store.declarations.get(declaration_id)
    if declaration is None:
        raise not_found()
    return data_response(serialize(request, declaration))


@part("declarations.visible")
def _visible(request: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on declarations that the provider can see."""
    offered = (("ecf", request.provider.ecf), ("npq", request.provider.npq))
    programmes = tuple(name for name, delivers in offered if delivers)
    return visible_to(request.provider.id, programmes, request.today)


def _conditions(request: ApiRequest) -> list[ColumnElement[bool]]:
    """Return the conditions of visibility and every filter of the version (behaviour FILT-COMBINED-AND)."""
    v3, changed = request.version == "v3", declarations.c.updated_at
    return [
        _visible(request),
        # Version 3 includes the instant itself (behaviour FILT-UPDATED-SINCE-BOUNDARY).
        *given(updated_since(request), changed.__ge__ if v3 else changed.__gt__),
        *given(
            request.query.filter("participant_id"),
            lambda value: of_participants(request, split_values(value.lower()) if v3 else [value.lower()]),
        ),
        *given(cohorts(request) if v3 else None, declarations.c.cohort.in_),
        *given(
            request.query.filter("delivery_partner_id") if v3 else None,
            lambda value: declarations.c.delivery_partner_id.in_(split_values(value)),
        ),
    ]


@part("filter.participant-id")
def of_participants(_: ApiRequest, ids: list[str]) -> ColumnElement[bool]:
    """Return the condition on declarations of some participants.

    Behaviours FILT-DECL-PARTICIPANT-ID, FILT-DECL-PARTICIPANT-ID-LIST.
    """
    return declarations.c.person_id.in_(ids)

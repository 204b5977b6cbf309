"""Operations on participant declarations."""

from __future__ import annotations

from sqlalchemy import ColumnElement, bindparam

from lead_provider_sandbox.domain import voiding
from lead_provider_sandbox.domain.declaration_request import read_declaration
from lead_provider_sandbox.domain.declaration_submission import submit_declaration
from lead_provider_sandbox.http.body import attributes
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    requested_page,
    split_values,
    updated_since,
    value_filter,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, csv_response, data_response, first_record, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.csv_files import csv_of_resources
from lead_provider_sandbox.serializers.declarations import serialize
from lead_provider_sandbox.store.declarations import visible_in
from lead_provider_sandbox.store.query import WHOLE_LIST, Filters, conditions_of, given
from lead_provider_sandbox.store.tables import declarations

CONDITIONS = conditions_of(
    id=declarations.c.id.__eq__,
    # Version 3 includes the instant itself (behaviour FILT-UPDATED-SINCE-BOUNDARY).
    updated_since=declarations.c.updated_at.__ge__,
    updated_after=declarations.c.updated_at.__gt__,
    cohorts=declarations.c.cohort.in_,
    delivery_partner_ids=declarations.c.delivery_partner_id.in_,
)
_OF_PARTICIPANTS = declarations.c.person_id.in_(bindparam("participant_ids"))


@part("declarations.list")
def list_declarations(request: ApiRequest) -> Response:
    """List the provider's declarations, and visible ones of earlier providers, oldest first."""
    records = request.store.declarations.search(_filters(request), requested_page(request))
    return data_response([serialize(request, each) for each in records])


@part("declarations.csv")
def list_declarations_csv(request: ApiRequest) -> Response:
    """Return the whole list as CSV (behaviours CSV-DECLARATIONS-V1, CSV-DECLARATIONS-V2)."""
    records = request.store.declarations.search(_filters(request), WHOLE_LIST)
    return csv_response(csv_of_resources([serialize(request, each) for each in records]))


@part("declarations.show")
def show_declaration(request: ApiRequest) -> Response:
    """Return one visible declaration."""
    filters = _visible_ones(request, given(CONDITIONS, id=request.ids["id"]))
    return data_response(serialize(request, first_record(request.store.declarations.search(filters))))


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
    return visible_in(programmes)


def _visible_ones(request: ApiRequest, filters: Filters) -> Filters:
    return filters.also(_visible(request), provider_id=request.provider.id, today=request.today)


def _filters(request: ApiRequest) -> Filters:
    """Return the condition of visibility and every filter of the version (behaviour FILT-COMBINED-AND)."""
    v3, since = request.version == "v3", updated_since(request)
    filters = given(
        {**CONDITIONS, "participant_ids": of_participants(request)},
        updated_since=since if v3 else None,
        updated_after=None if v3 else since,
        participant_ids=_participant_ids(request),
        cohorts=cohorts(request) if v3 else None,
        delivery_partner_ids=value_filter(request, "delivery_partner_id") if v3 else None,
    )
    return _visible_ones(request, filters)


def _participant_ids(request: ApiRequest) -> list[str] | None:
    """Return the ids in `filter[participant_id]`, or None. Versions 1 and 2 accept a single one."""
    value = request.query.filter("participant_id")
    if value is None:
        return None
    return split_values(value.lower()) if request.version == "v3" else [value.lower()]


@part("filter.participant-id")
def of_participants(_: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on declarations of some participants.

    Behaviours FILT-DECL-PARTICIPANT-ID, FILT-DECL-PARTICIPANT-ID-LIST.
    """
    return _OF_PARTICIPANTS

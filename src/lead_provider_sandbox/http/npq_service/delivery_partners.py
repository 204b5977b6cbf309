"""Operations of the NPQ service on delivery partners and statements."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.http.list_parameters import given, requested_page, sort_columns, sort_order, updated_since
from lead_provider_sandbox.http.npq_service.parameters import cohorts, readable
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import npq_service as serializer
from lead_provider_sandbox.store.partnerships import linked_to
from lead_provider_sandbox.store.query import Page
from lead_provider_sandbox.store.tables import delivery_partner_links, delivery_partners, statements

_SORT_COLUMNS = {"name": delivery_partners.c.name, **sort_columns(delivery_partners)}


@part("npq-service.delivery-partners.list")
def list_delivery_partners(request: ApiRequest) -> Response:
    """List the provider's delivery partners, by default by name; of several cohorts in the filter the first counts."""
    request = readable(request)
    years = cohorts(request)
    wanted = [] if years is None else [delivery_partner_links.c.cohort.in_(years[:1])]
    conditions = [linked_to(request.provider.id, *wanted)]
    order = sort_order(request, _SORT_COLUMNS)
    partnerships = request.store.partnerships
    records = partnerships.search_delivery_partners(conditions, order, requested_page(request))
    years_of = partnerships.cohorts_by_partner(request.provider.id)
    return data_response([serializer.delivery_partner(request, each, years_of[each.id]) for each in records])


@part("npq-service.delivery-partners.show")
def show_delivery_partner(request: ApiRequest) -> Response:
    """Return one of the provider's delivery partners."""
    partnerships = request.store.partnerships
    conditions = [linked_to(request.provider.id), delivery_partners.c.id == request.ids["id"]]
    partner = first_record(partnerships.search_delivery_partners(conditions, [delivery_partners.c.id], Page(1, 0)))
    years = partnerships.linked_cohorts(request.provider.id, partner.id)
    return data_response(serializer.delivery_partner(request, partner, years))


@part("npq-service.statements.list")
def list_statements(request: ApiRequest) -> Response:
    """List the provider's statements by payment date."""
    request = readable(request)
    conditions = [
        _own_statements(request),
        *given(cohorts(request), statements.c.cohort.in_),
        *given(updated_since(request), statements.c.updated_at.__ge__),
    ]
    records = request.store.statements.search(conditions, requested_page(request))
    return data_response([serializer.statement(request, each) for each in records])


@part("npq-service.statements.show")
def show_statement(request: ApiRequest) -> Response:
    """Return one of the provider's statements."""
    conditions = [_own_statements(request), statements.c.id == request.ids["id"]]
    records = request.store.statements.search(conditions, Page(1, 0))
    return data_response(serializer.statement(request, first_record(records)))


@part("npq-service.statements.own")
def _own_statements(request: ApiRequest) -> ColumnElement[bool]:
    """Return the condition on the provider's statements."""
    return statements.c.provider_id == request.provider.id

"""Operations of the NPQ service on delivery partners and statements."""

from __future__ import annotations

from sqlalchemy import bindparam

from lead_provider_sandbox.http.list_parameters import requested_page, sort_columns, sort_order, updated_since
from lead_provider_sandbox.http.npq_service.parameters import cohorts, readable
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import npq_service as serializer
from lead_provider_sandbox.store.partnerships import LINKED, linked_in
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, conditions_of, given
from lead_provider_sandbox.store.tables import delivery_partners, statements

_CONDITIONS = conditions_of(id=delivery_partners.c.id.__eq__, cohorts=linked_in)
_OF_STATEMENTS = conditions_of(
    id=statements.c.id.__eq__, cohorts=statements.c.cohort.in_, updated_since=statements.c.updated_at.__ge__
)
_IS_OWN = statements.c.provider_id == bindparam("provider_id")
_SORT_COLUMNS = {"name": delivery_partners.c.name, **sort_columns(delivery_partners)}


@part("npq-service.delivery-partners.list")
def list_delivery_partners(request: ApiRequest) -> Response:
    """List the provider's delivery partners, by default by name; of several cohorts in the filter the first counts."""
    request = readable(request)
    years = cohorts(request)
    filters = _linked(request, given(_CONDITIONS, cohorts=None if years is None else years[:1]))
    order = sort_order(request, _SORT_COLUMNS)
    partnerships = request.store.partnerships
    records = partnerships.search_delivery_partners(filters, order, requested_page(request))
    years_of = partnerships.cohorts_by_partner(request.provider.id)
    return data_response([serializer.delivery_partner(request, each, years_of[each.id]) for each in records])


@part("npq-service.delivery-partners.show")
def show_delivery_partner(request: ApiRequest) -> Response:
    """Return one of the provider's delivery partners."""
    partnerships = request.store.partnerships
    filters = _linked(request, given(_CONDITIONS, id=request.ids["id"]))
    partner = first_record(partnerships.search_delivery_partners(filters, [delivery_partners.c.id], ONE_RECORD))
    years = partnerships.linked_cohorts(request.provider.id, partner.id)
    return data_response(serializer.delivery_partner(request, partner, years))


@part("npq-service.statements.list")
def list_statements(request: ApiRequest) -> Response:
    """List the provider's statements by payment date."""
    request = readable(request)
    filters = given(_OF_STATEMENTS, cohorts=cohorts(request), updated_since=updated_since(request))
    records = request.store.statements.search(_own_statements(request, filters), requested_page(request))
    return data_response([serializer.statement(request, each) for each in records])


@part("npq-service.statements.show")
def show_statement(request: ApiRequest) -> Response:
    """Return one of the provider's statements."""
    filters = _own_statements(request, given(_OF_STATEMENTS, id=request.ids["id"]))
    records = request.store.statements.search(filters, ONE_RECORD)
    return data_response(serializer.statement(request, first_record(records)))


@part("npq-service.statements.own")
def _own_statements(request: ApiRequest, filters: Filters) -> Filters:
    """Return the filters and the condition on the provider's statements."""
    return filters.also(_IS_OWN, provider_id=request.provider.id)


def _linked(request: ApiRequest, filters: Filters) -> Filters:
    return filters.also(LINKED, provider_id=request.provider.id)

"""Operations on statements and transfers."""

from __future__ import annotations

from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.http.statements import CONDITIONS, find_statement, own_statements
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import ect as serializer
from lead_provider_sandbox.store.ect import LAST_TRANSFER
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, Page, conditions_of, given
from lead_provider_sandbox.store.tables import people, transfers

_TRANSFER_COLUMNS = {**sort_columns(people), "updated_at": LAST_TRANSFER}
_OF_TRANSFERS = conditions_of(id=people.c.id.__eq__, updated_since=transfers.c.updated_at.__ge__)


@part("ect-statements.list")
def list_statements(request: ApiRequest) -> Response:
    """List the provider's statements by payment date."""
    filters = given(CONDITIONS, cohorts=cohorts(request), updated_since=updated_since(request))
    records = request.store.statements.search(own_statements(request, filters), requested_page(request))
    return data_response([serializer.statement(request, each) for each in records])


@part("ect-statements.show")
def show_statement(request: ApiRequest) -> Response:
    """Return one of the provider's statements."""
    return data_response(serializer.statement(request, find_statement(request)))


@part("ect-transfers.list")
def list_transfers(request: ApiRequest) -> Response:
    """List the people who moved to or from a school of the provider."""
    filters = given(_OF_TRANSFERS, updated_since=updated_since(request))
    return data_response(_transfers(request, filters, requested_page(request)))


@part("ect-transfers.show")
def show_transfers(request: ApiRequest) -> Response:
    """Return one participant's transfers in one resource."""
    return data_response(first_record(_transfers(request, given(_OF_TRANSFERS, id=request.ids["id"]), ONE_RECORD)))


def _transfers(request: ApiRequest, filters: Filters, page: Page) -> list[dict[str, object]]:
    order = sort_order(request, _TRANSFER_COLUMNS)
    records = request.store.statements.search_transfers(request.provider.id, filters, order, page)
    return [serializer.transfer(request, person, moves) for person, moves in records]

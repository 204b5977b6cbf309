"""Operations on statements and transfers."""

from __future__ import annotations

from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    given,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.http.statements import own_statements
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import ect as serializer
from lead_provider_sandbox.store.ect import last_transfer, transferred_since
from lead_provider_sandbox.store.query import Conditions, Page
from lead_provider_sandbox.store.tables import people, statements


@part("ect-statements.list")
def list_statements(request: ApiRequest) -> Response:
    """List the provider's statements by payment date."""
    conditions = [
        own_statements(request),
        *given(cohorts(request), statements.c.cohort.in_),
        *given(updated_since(request), statements.c.updated_at.__ge__),
    ]
    records = request.store.statements.search(conditions, requested_page(request))
    return data_response([serializer.statement(request, each) for each in records])


@part("ect-statements.show")
def show_statement(request: ApiRequest) -> Response:
    """Return one of the provider's statements."""
    conditions = [own_statements(request), statements.c.id == request.ids["id"]]
    records = request.store.statements.search(conditions, Page(1, 0))
    return data_response(serializer.statement(request, first_record(records)))


@part("ect-transfers.list")
def list_transfers(request: ApiRequest) -> Response:
    """List the people who moved to or from a school of the provider."""
    conditions = given(updated_since(request), lambda since: transferred_since(request.provider.id, since))
    return data_response(_transfers(request, conditions, requested_page(request)))


@part("ect-transfers.show")
def show_transfers(request: ApiRequest) -> Response:
    """Return one participant's transfers in one resource."""
    return data_response(first_record(_transfers(request, [people.c.id == request.ids["id"]], Page(1, 0))))


def _transfers(request: ApiRequest, conditions: Conditions, page: Page) -> list[dict[str, object]]:
    order = sort_order(request, {**sort_columns(people), "updated_at": last_transfer(request.provider.id)})
    records = request.store.ect.search_transfers(request.provider.id, conditions, order, page)
    return [serializer.transfer(request, person, moves) for person, moves in records]

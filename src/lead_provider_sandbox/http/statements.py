"""Operations on statements, transfers and unfunded mentors, which only version 3 has."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS
from lead_provider_sandbox.http.list_parameters import cohorts, given, requested_page, sort_order, updated_since
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import statements as serializer
from lead_provider_sandbox.store.query import Conditions, Page
from lead_provider_sandbox.store.tables import people, statements


@part("statements.list")
def list_statements(request: ApiRequest) -> Response:
    """List the provider's statements by payment date (behaviours STMT-LIST, SORT-STATEMENTS)."""
    conditions = [
        own_statements(request),
        *given(cohorts(request), statements.c.cohort.in_),
        *given(updated_since(request), statements.c.updated_at.__ge__),
        *given(request.query.filter("type"), statements.c.programme.__eq__),
    ]
    records = request.store.statements.search(conditions, requested_page(request))
    return data_response([serializer.statement(request, each) for each in records])


@part("statements.show")
def show_statement(request: ApiRequest) -> Response:
    """Return one of the provider's statements."""
    conditions = [own_statements(request), statements.c.id == request.ids["id"]]
    records = request.store.statements.search(conditions, Page(1, 0))
    return data_response(serializer.statement(request, first_record(records)))


@part("transfers.list")
def list_transfers(request: ApiRequest) -> Response:
    """List the people who moved to or from a school of the provider (behaviours TRAN-LIST, TRAN-MULTIPLE)."""
    return data_response(_transfers(request, _updated_people(request), requested_page(request)))


@part("transfers.show")
def show_transfers(request: ApiRequest) -> Response:
    """Return one participant's transfers in one resource (behaviours TRAN-SHOW, TRAN-SHOW-404)."""
    return data_response(first_record(_transfers(request, [people.c.id == request.ids["id"]], Page(1, 0))))


@part("unfunded-mentors.list")
def list_unfunded_mentors(request: ApiRequest) -> Response:
    """List the mentors of the provider's ECTs who train elsewhere or not at all (behaviour UNF-LIST)."""
    return data_response(_unfunded_mentors(request, _updated_people(request), requested_page(request)))


@part("unfunded-mentors.show")
def show_unfunded_mentor(request: ApiRequest) -> Response:
    """Return one unfunded mentor."""
    return data_response(first_record(_unfunded_mentors(request, [people.c.id == request.ids["id"]], Page(1, 0))))


@part("statements.mine")
def own_statements(request: ApiRequest) -> ColumnElement[bool]:
    return statements.c.provider_id == request.provider.id


def _updated_people(request: ApiRequest) -> Conditions:
    return given(updated_since(request), people.c.updated_at.__ge__)


def _transfers(request: ApiRequest, conditions: Conditions, page: Page) -> list[dict[str, object]]:
    records = request.store.statements.search_transfers(request.provider.id, conditions, page)
    return [serializer.transfer(request, person, moves) for person, moves in records]


def _unfunded_mentors(request: ApiRequest, conditions: Conditions, page: Page) -> list[dict[str, object]]:
    order = sort_order(request, PERSON_COLUMNS)
    records = request.store.statements.search_unfunded_mentors(request.provider.id, conditions, order, page)
    return [serializer.unfunded_mentor(request, each) for each in records]

"""Operations on statements, transfers and unfunded mentors, which only version 3 has."""

from __future__ import annotations

from sqlalchemy import bindparam

from lead_provider_sandbox.domain.models import Statement
from lead_provider_sandbox.http.ecf_participants import PERSON_COLUMNS
from lead_provider_sandbox.http.list_parameters import cohorts, requested_page, sort_order, updated_since
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import statements as serializer
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, Page, conditions_of, given
from lead_provider_sandbox.store.tables import people, statements

CONDITIONS = conditions_of(
    id=statements.c.id.__eq__,
    cohorts=statements.c.cohort.in_,
    updated_since=statements.c.updated_at.__ge__,
    programme=statements.c.programme.__eq__,
)
_IS_OWN = statements.c.provider_id == bindparam("provider_id")
_OLDEST_FIRST = (people.c.created_at, people.c.id)
_OF_PEOPLE = conditions_of(id=people.c.id.__eq__, updated_since=people.c.updated_at.__ge__)


@part("statements.list")
def list_statements(request: ApiRequest) -> Response:
    """List the provider's statements by payment date (behaviours STMT-LIST, SORT-STATEMENTS)."""
    filters = given(
        CONDITIONS,
        cohorts=cohorts(request),
        updated_since=updated_since(request),
        programme=request.query.filter("type"),
    )
    records = request.store.statements.search(own_statements(request, filters), requested_page(request))
    return data_response([serializer.statement(request, each) for each in records])


@part("statements.show")
def show_statement(request: ApiRequest) -> Response:
    """Return one of the provider's statements."""
    return data_response(serializer.statement(request, find_statement(request)))


@part("transfers.list")
def list_transfers(request: ApiRequest) -> Response:
    """List the people who moved to or from a school of the provider (behaviours TRAN-LIST, TRAN-MULTIPLE)."""
    return data_response(_transfers(request, _updated_people(request), requested_page(request)))


@part("transfers.show")
def show_transfers(request: ApiRequest) -> Response:
    """Return one participant's transfers in one resource (behaviours TRAN-SHOW, TRAN-SHOW-404)."""
    return data_response(first_record(_transfers(request, _person(request), ONE_RECORD)))


@part("unfunded-mentors.list")
def list_unfunded_mentors(request: ApiRequest) -> Response:
    """List the mentors of the provider's ECTs who train elsewhere or not at all (behaviour UNF-LIST)."""
    return data_response(_unfunded_mentors(request, _updated_people(request), requested_page(request)))


@part("unfunded-mentors.show")
def show_unfunded_mentor(request: ApiRequest) -> Response:
    """Return one unfunded mentor."""
    return data_response(first_record(_unfunded_mentors(request, _person(request), ONE_RECORD)))


@part("statements.mine")
def own_statements(request: ApiRequest, filters: Filters) -> Filters:
    """Return the filters and the condition on the provider's statements."""
    return filters.also(_IS_OWN, provider_id=request.provider.id)


def find_statement(request: ApiRequest) -> Statement:
    """Return the provider's statement with the id in the path. Raise a 404 if there is none."""
    filters = own_statements(request, given(CONDITIONS, id=request.ids["id"]))
    return first_record(request.store.statements.search(filters, ONE_RECORD))


def _updated_people(request: ApiRequest) -> Filters:
    return given(_OF_PEOPLE, updated_since=updated_since(request))


def _person(request: ApiRequest) -> Filters:
    return given(_OF_PEOPLE, id=request.ids["id"])


def _transfers(request: ApiRequest, filters: Filters, page: Page) -> list[dict[str, object]]:
    records = request.store.statements.search_transfers(request.provider.id, filters, _OLDEST_FIRST, page)
    return [serializer.transfer(request, person, moves) for person, moves in records]


def _unfunded_mentors(request: ApiRequest, filters: Filters, page: Page) -> list[dict[str, object]]:
    order = sort_order(request, PERSON_COLUMNS)
    records = request.store.statements.search_unfunded_mentors(request.provider.id, filters, order, page)
    return [serializer.unfunded_mentor(request, each) for each in records]

"""Operations on schools."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from lead_provider_sandbox.domain.ect.training import has_cohort
from lead_provider_sandbox.http.list_parameters import (
    given,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.partnerships import required_cohort
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ect import school as serialize
from lead_provider_sandbox.store.partnerships import SCHOOL_SHOWN_UPDATED_AT
from lead_provider_sandbox.store.query import Page
from lead_provider_sandbox.store.tables import schools

_COLUMNS = {**sort_columns(schools), "updated_at": SCHOOL_SHOWN_UPDATED_AT}


@part("ect-schools.list")
def list_schools(request: ApiRequest) -> Response:
    """List the schools of a cohort as the provider sees them."""
    conditions = [
        *given(updated_since(request), SCHOOL_SHOWN_UPDATED_AT.__ge__),
        *given(request.query.filter("urn"), schools.c.urn.__eq__),
    ]
    return data_response(_schools(request, conditions, requested_page(request)))


@part("ect-schools.show")
def show_school(request: ApiRequest) -> Response:
    """Return one school in a cohort."""
    return data_response(first_record(_schools(request, [schools.c.id == request.ids["id"]], Page(1, 0))))


def _schools(request: ApiRequest, conditions: list[ColumnElement[bool]], page: Page) -> list[dict[str, object]]:
    """Return a page of schools; none in an unknown cohort."""
    cohort, order = required_cohort(request), sort_order(request, _COLUMNS)
    if cohort is None or not has_cohort(request, cohort):
        return []
    records = request.store.ect.search_schools(request.provider.id, cohort, conditions, order, page)
    return [serialize(request, cohort, each) for each in records]

"""Operations on schools."""

from __future__ import annotations

from lead_provider_sandbox.domain.ect.training import has_cohort
from lead_provider_sandbox.http.list_parameters import (
    requested_page,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.partnerships import SCHOOL_COLUMNS, SCHOOL_CONDITIONS, required_cohort
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ect import school as serialize
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, Page, given


@part("ect-schools.list")
def list_schools(request: ApiRequest) -> Response:
    """List the schools of a cohort as the provider sees them."""
    filters = given(SCHOOL_CONDITIONS, updated_since=updated_since(request), urn=request.query.filter("urn"))
    return data_response(_schools(request, filters, requested_page(request)))


@part("ect-schools.show")
def show_school(request: ApiRequest) -> Response:
    """Return one school in a cohort."""
    return data_response(first_record(_schools(request, given(SCHOOL_CONDITIONS, id=request.ids["id"]), ONE_RECORD)))


def _schools(request: ApiRequest, filters: Filters, page: Page) -> list[dict[str, object]]:
    """Return a page of schools; none in an unknown cohort."""
    cohort, order = required_cohort(request), sort_order(request, SCHOOL_COLUMNS)
    if cohort is None or not has_cohort(request, cohort):
        return []
    records = request.store.ect.search_schools(request.provider.id, cohort, filters, order, page)
    return [serialize(request, cohort, each) for each in records]

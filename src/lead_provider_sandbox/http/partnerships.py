"""Operations on partnerships, schools and delivery partners, which only version 3 has."""

from __future__ import annotations

from sqlalchemy import and_, bindparam

from lead_provider_sandbox.domain.partnerships import (
    change_partner,
    confirm_partnership,
    read_partner_change,
    read_partnership,
)
from lead_provider_sandbox.domain.school_models import Partnership
from lead_provider_sandbox.http.body import attributes
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    id_filter,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, bad_request, data_response, first_record, not_found
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers import partnerships as serializer
from lead_provider_sandbox.store.partnerships import LINKED, SCHOOL_SHOWN_UPDATED_AT, SHOWN_UPDATED_AT, linked_in
from lead_provider_sandbox.store.query import ONE_RECORD, Filters, Page, conditions_of, given
from lead_provider_sandbox.store.tables import delivery_partners, partnerships, schools

_PARTNERSHIP_COLUMNS = {**sort_columns(partnerships), "updated_at": SHOWN_UPDATED_AT}
SCHOOL_COLUMNS = {**sort_columns(schools), "updated_at": SCHOOL_SHOWN_UPDATED_AT}
_PARTNER_COLUMNS = sort_columns(delivery_partners, "name")

_CONDITIONS = conditions_of(
    id=partnerships.c.id.__eq__,
    cohorts=partnerships.c.cohort.in_,
    updated_since=SHOWN_UPDATED_AT.__ge__,
    delivery_partner_ids=partnerships.c.delivery_partner_id.in_,
)
_IS_OWN = and_(partnerships.c.provider_id == bindparam("provider_id"), ~partnerships.c.relationship)
SCHOOL_CONDITIONS = conditions_of(
    id=schools.c.id.__eq__, updated_since=SCHOOL_SHOWN_UPDATED_AT.__ge__, urn=schools.c.urn.__eq__
)
_PARTNER_CONDITIONS = conditions_of(cohorts=linked_in)


@part("partnerships.list")
def list_partnerships(request: ApiRequest) -> Response:
    """List the provider's partnerships, active and challenged (behaviours PART-LIST, PART-RELATIONSHIP-HIDDEN)."""
    filters = given(
        _CONDITIONS,
        cohorts=cohorts(request),
        updated_since=updated_since(request),
        delivery_partner_ids=id_filter(request, "delivery_partner_id"),
    )
    page, order = requested_page(request), sort_order(request, _PARTNERSHIP_COLUMNS)
    records = request.store.partnerships.search(_own(request, filters), page, order)
    return data_response([serializer.partnership(request, each) for each in records])


@part("partnerships.show")
def show_partnership(request: ApiRequest) -> Response:
    """Return one of the provider's partnerships."""
    return data_response(serializer.partnership(request, _find(request, request.ids["id"])))


@part("partnerships.create")
def create_partnership(request: ApiRequest) -> Response:
    """Confirm a partnership; returns 200 (behaviour PART-POST-OK)."""
    partnership_id = confirm_partnership(request, read_partnership(request, attributes(request)))
    return data_response(serializer.partnership(request, _find(request, partnership_id)))


@part("partnerships.update")
def update_partnership(request: ApiRequest) -> Response:
    """Change the delivery partner of a partnership."""
    partnership = _find(request, request.ids["id"])
    change_partner(request, read_partner_change(request, partnership, attributes(request)))
    return show_partnership(request)


@part("schools.list")
def list_schools(request: ApiRequest) -> Response:
    """List the schools that can be partners in a cohort, the same for every provider.

    Behaviours SCH-LIST, SCH-NOT-PROVIDER-SCOPED.
    """
    cohort = required_cohort(request)
    return data_response(_schools(request, cohort, requested_page(request)))


@part("schools.show")
def show_school(request: ApiRequest) -> Response:
    """Return one school in a cohort."""
    records = _schools(request, required_cohort(request), ONE_RECORD, request.ids["id"])
    return data_response(first_record(records))


@part("delivery-partners.list")
def list_delivery_partners(request: ApiRequest) -> Response:
    """List the delivery partners that work with the provider (behaviours DPART-LIST, DPART-COHORT-FILTER)."""
    page = requested_page(request)
    provider_id = request.provider.id
    filters = given(_PARTNER_CONDITIONS, cohorts=cohorts(request)).also(LINKED, provider_id=provider_id)
    order = sort_order(request, _PARTNER_COLUMNS)
    records = request.store.partnerships.search_delivery_partners(filters, order, page)
    linked = request.store.partnerships.cohorts_by_partner(provider_id)
    return data_response([serializer.delivery_partner(request, each, linked[each.id]) for each in records])


@part("delivery-partners.show")
def show_delivery_partner(request: ApiRequest) -> Response:
    """Return one delivery partner that works with the provider (behaviour DPART-SHOW-404)."""
    partner = request.store.partnerships.delivery_partner(request.ids["id"])
    linked = request.store.partnerships.linked_cohorts(request.provider.id, request.ids["id"])
    if partner is None or not linked:
        raise not_found()
    return data_response(serializer.delivery_partner(request, partner, linked))


def _own(request: ApiRequest, filters: Filters) -> Filters:
    return filters.also(_IS_OWN, provider_id=request.provider.id)


def _find(request: ApiRequest, partnership_id: str) -> Partnership:
    filters = _own(request, given(_CONDITIONS, id=partnership_id))
    return first_record(request.store.partnerships.search(filters, ONE_RECORD))


@part("schools.cohort-required")
def required_cohort(request: ApiRequest) -> int | None:
    """Return `filter[cohort]`; None if unknown. Raise a 400 without it (behaviour FILT-SCHOOL-COHORT-REQUIRED)."""
    if request.query.filter("cohort") is None:
        raise bad_request("The filter '#/cohort' must be included in your request", title="Bad parameter")
    known = [year for year in cohorts(request) or () if year in request.calendar.cohorts]
    return known[0] if known else None


def _schools(
    request: ApiRequest, cohort: int | None, page: Page, school_id: str | None = None
) -> list[dict[str, object]]:
    filters = given(
        SCHOOL_CONDITIONS, id=school_id, updated_since=updated_since(request), urn=request.query.filter("urn")
    )
    if cohort is None:
        return []
    order = sort_order(request, SCHOOL_COLUMNS)
    records = request.store.partnerships.search_schools(cohort, filters, order, page)
    return [serializer.school(request, cohort, *each) for each in records]

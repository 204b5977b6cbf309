"""Operations on partnerships."""

from __future__ import annotations

from lead_provider_sandbox.domain.ect.partnerships import (
    change_partner,
    make_partnership,
    read_partner_change,
    read_partnership,
)
from lead_provider_sandbox.domain.school_models import Partnership
from lead_provider_sandbox.http.body import known_attributes
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    id_filter,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, data_response, first_record
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.ect import partnership as serialize
from lead_provider_sandbox.store.partnerships import SHOWN_UPDATED_AT
from lead_provider_sandbox.store.query import ONE_RECORD, conditions_of, given
from lead_provider_sandbox.store.tables import partnerships

_CONDITIONS = conditions_of(
    provider_id=partnerships.c.provider_id.__eq__,
    id=partnerships.c.id.__eq__,
    cohorts=partnerships.c.cohort.in_,
    updated_since=SHOWN_UPDATED_AT.__ge__,
    delivery_partner_ids=partnerships.c.delivery_partner_id.in_,
)
_COLUMNS = {**sort_columns(partnerships), "updated_at": SHOWN_UPDATED_AT}


@part("ect-partnerships.list")
def list_partnerships(request: ApiRequest) -> Response:
    """List the provider's partnerships."""
    filters = given(
        _CONDITIONS,
        provider_id=request.provider.id,
        cohorts=cohorts(request),
        updated_since=updated_since(request),
        delivery_partner_ids=id_filter(request, "delivery_partner_id"),
    )
    page, order = requested_page(request), sort_order(request, _COLUMNS)
    records = request.store.ect.search_partnerships(filters, request.today, page, order)
    return data_response([serialize(request, *each) for each in records])


@part("ect-partnerships.show")
def show_partnership(request: ApiRequest) -> Response:
    """Return one of the provider's partnerships."""
    return partnership_response(request, request.ids["id"])


@part("ect-partnerships.create")
def create_partnership(request: ApiRequest) -> Response:
    """Make a partnership with a school for a cohort."""
    attributes = known_attributes(request, "cohort", "school_id", "delivery_partner_id")
    return partnership_response(request, make_partnership(request, read_partnership(request, attributes)))


@part("ect-partnerships.update")
def update_partnership(request: ApiRequest) -> Response:
    """Change the delivery partner of a partnership."""
    attributes = known_attributes(request, "delivery_partner_id")
    partnership, _ = _find(request, request.ids["id"])
    change_partner(request, read_partner_change(request, partnership, attributes))
    return partnership_response(request, partnership.id)


def partnership_response(request: ApiRequest, partnership_id: str) -> Response:
    """Return one of the provider's partnerships. Raise a 404 if there is none with the id."""
    return data_response(serialize(request, *_find(request, partnership_id)))


def _find(request: ApiRequest, partnership_id: str) -> tuple[Partnership, int]:
    filters = given(_CONDITIONS, provider_id=request.provider.id, id=partnership_id)
    return first_record(request.store.ect.search_partnerships(filters, request.today, ONE_RECORD))

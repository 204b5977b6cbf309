"""Operations on NPQ applications."""

from __future__ import annotations

from typing import Any

from lead_provider_sandbox.domain import applications as decisions
from lead_provider_sandbox.domain.attributes import Attributes
from lead_provider_sandbox.domain.models import Application, Person
from lead_provider_sandbox.http.body import attributes, document
from lead_provider_sandbox.http.list_parameters import (
    cohorts,
    created_since,
    id_filter,
    requested_page,
    sort_columns,
    sort_order,
    updated_since,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import (
    WRONG_STRUCTURE,
    Response,
    bad_request,
    csv_response,
    data_response,
    first_record,
)
from lead_provider_sandbox.parts import part
from lead_provider_sandbox.serializers.csv_files import APPLICATION_COLUMNS_V1, APPLICATION_COLUMNS_V2, csv_of_rows
from lead_provider_sandbox.serializers.npq import application as serialize
from lead_provider_sandbox.store.query import ONE_RECORD, WHOLE_LIST, Filters, Page, conditions_of, given
from lead_provider_sandbox.store.tables import applications

_SORT_COLUMNS = sort_columns(applications)
_CONDITIONS = conditions_of(
    provider_id=applications.c.provider_id.__eq__,
    id=applications.c.id.__eq__,
    # Without the instant itself, unlike the ECF lists (behaviour FILT-UPDATED-SINCE-BOUNDARY).
    updated_after=applications.c.updated_at.__gt__,
    created_since=applications.c.created_at.__ge__,
    cohorts=applications.c.cohort.in_,
    participant_ids=applications.c.person_id.in_,
)
_ACCEPT_ATTRIBUTES = ("funded_place", "schedule_identifier")


@part("npq-applications.list")
def list_applications(request: ApiRequest) -> Response:
    """List the applications to the provider, in every status (behaviour NAPP-LIST)."""
    return data_response(_search(request, requested_page(request)))


@part("npq-applications.csv")
def list_applications_csv(request: ApiRequest) -> Response:
    """Return the whole list as CSV."""
    columns = APPLICATION_COLUMNS_V1 if request.version == "v1" else APPLICATION_COLUMNS_V2
    rows = [{"id": each["id"], **each["attributes"]} for each in _search(request, WHOLE_LIST)]
    return csv_response(csv_of_rows(columns, rows))


@part("npq-applications.show")
def show_application(request: ApiRequest) -> Response:
    """Return one application to the provider."""
    return _response(request)


@part("npq-applications.accept")
def accept_application(request: ApiRequest) -> Response:
    """Accept an application; the body is optional (behaviour NAPP-ACCEPT-NO-BODY)."""
    decisions.accept(request, *_find(request), _optional_attributes(request))
    return _response(request)


@part("npq-applications.reject")
def reject_application(request: ApiRequest) -> Response:
    """Reject an application."""
    application, _ = _find(request)
    decisions.reject(request, application)
    return _response(request)


@part("npq-applications.change-funded-place")
def change_funded_place(request: ApiRequest) -> Response:
    """Set the funded place of an accepted application."""
    decisions.change_funded_place(request, *_find(request), attributes(request))
    return _response(request)


def _optional_attributes(request: ApiRequest) -> Attributes:
    """Return the attributes of an optional body. Raise a 400 if version 3 gets unknown keys only.

    Behaviour NAPP-ACCEPT-WRONG-KEY.
    """
    if document(request) == {}:
        return {}
    values = attributes(request)
    if request.version == "v3" and values and not any(name in values for name in _ACCEPT_ATTRIBUTES):
        raise bad_request(WRONG_STRUCTURE)
    return values


def _find(request: ApiRequest) -> tuple[Application, Person]:
    filters = given(_CONDITIONS, provider_id=request.provider.id, id=request.ids["id"])
    return first_record(request.store.applications.search(filters, ONE_RECORD))


def _response(request: ApiRequest) -> Response:
    return data_response(serialize(request, *_find(request)))


def _search(request: ApiRequest, page: Page) -> list[dict[str, Any]]:
    order = sort_order(request, _SORT_COLUMNS)
    records = request.store.applications.search(_filters(request), page, order)
    return [serialize(request, application, applicant) for application, applicant in records]


def _filters(request: ApiRequest) -> Filters:
    return given(
        _CONDITIONS,
        provider_id=request.provider.id,
        updated_after=updated_since(request),
        created_since=created_since(request) if request.version == "v1" else None,
        cohorts=cohorts(request),
        participant_ids=id_filter(request, "participant_id") if request.version == "v3" else None,
    )

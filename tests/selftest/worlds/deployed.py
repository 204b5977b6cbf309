"""The two services as they are deployed: their known deviations, and manners that no published sentence fixes.

Each manner is a replacement of a named part of the sandbox. The waivers of `targets/ect-service.yaml` and
`targets/npq-service.yaml` cover the deviations; a run with them has no other failure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from lead_provider_sandbox.domain.ect.declaration_request import NewDeclaration
from lead_provider_sandbox.domain.rules import Problem
from lead_provider_sandbox.http.body import document
from lead_provider_sandbox.http.ect.participants import change_schedule
from lead_provider_sandbox.http.list_parameters import requested_page, sort_order, split_values
from lead_provider_sandbox.http.partnerships import _PARTNER_COLUMNS as PARTNER_COLUMNS
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import SERVER_ERROR, Response, ResponseError, bad_request, data_response
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.serializers.partnerships import delivery_partner
from lead_provider_sandbox.store.partnerships import LINKED
from lead_provider_sandbox.store.query import Filters
from lead_provider_sandbox.store.tables import delivery_partner_links, delivery_partners, enrolments

Original = Callable[..., Any]

_OF_DECLARATION = {"participant_id", "course_identifier", "declaration_type", "declaration_date"}
_DEEPEST = 100
_FUNDED_MENTORS = 2025
_ECT_ACTIONS = ("withdraw", "defer", "resume", "change-schedule")
_ECT_WRITES = (
    *(f"ect-participants.{action}" for action in _ECT_ACTIONS),
    "ect-declarations.create",
    "ect-partnerships.create",
    "ect-partnerships.update",
)
_NPQ_WRITES = (
    "npq-service.applications.accept",
    "npq-service.applications.change-funded-place",
    "npq-service.declarations.create",
    "npq-service.declarations.change-delivery-partner",
    *(f"npq-service.participants.{action}" for action in _ECT_ACTIONS),
    "npq-service.outcomes.create",
)
_UNREADABLE = Response(400, text="", media_type="text/html; charset=UTF-8")
_UNREAD_TYPES = ("application/vnd.api+json", "text/x-json")


def chained(*replacements: Replacement) -> Replacement:
    """Return a replacement that applies several; the first one sees the request first."""

    def replacement(original: Original, *arguments: Any) -> Any:
        for each in reversed(replacements):
            original = _bound(each, original)
        return original(*arguments)

    return replacement


def _bound(replacement: Replacement, original: Original) -> Original:
    return lambda *arguments: replacement(original, *arguments)


def _body(request: ApiRequest) -> Any:
    """Return the body as JSON, or None."""
    try:
        return document(request)
    except ResponseError:
        return None


def _attributes(request: ApiRequest) -> dict[str, Any]:
    body = _body(request)
    data = body.get("data") if isinstance(body, dict) else None
    values = data.get("attributes") if isinstance(data, dict) else None
    return values if isinstance(values, dict) else {}


def _with_attributes(request: ApiRequest, **values: Any) -> ApiRequest:
    """Return the request with other attributes; None removes one."""
    body = _body(request)
    attributes = {name: value for name, value in {**_attributes(request), **values}.items() if value is not None}
    return replace(request, body=json.dumps({**body, "data": {**body["data"], "attributes": attributes}}).encode())


def reads_as_framework(original: Original, request: ApiRequest) -> Response:
    """Answer a body that is not JSON with an empty 400, a deep one with 500; read application/json only."""
    text = request.body.decode("utf-8", "replace")
    if max(text.count("["), text.count("{")) > _DEEPEST:
        raise ResponseError(SERVER_ERROR)
    if request.content_type.partition(";")[0].strip().lower() in _UNREAD_TYPES:
        request = replace(request, body=b"")
    if text.strip() and _body(request) is None:
        return _UNREADABLE
    response: Response = original(request)
    return response


def fails_for_data(kinds: type | tuple[type, ...]) -> Replacement:
    """Fail for a `data` of some kinds."""

    def replacement(original: Original, request: ApiRequest) -> Any:
        body = _body(request)
        if isinstance(body, dict) and isinstance(body.get("data"), kinds):
            raise ResponseError(SERVER_ERROR)
        return original(request)

    return replacement


def fails_for_number_as_date(original: Original, request: ApiRequest) -> Any:
    """Fail for a `declaration_date` that is a number in a body that has all attributes."""
    attributes, body = _attributes(request), _body(request)
    is_complete = set(attributes) >= _OF_DECLARATION and "type" in body["data"]
    if is_complete and isinstance(attributes["declaration_date"], int | float):
        raise ResponseError(SERVER_ERROR)
    return original(request)


def fails_for_page_as_text(original: Original, request: ApiRequest, name: str, default: int) -> int:
    """Fail for `page=2`; read the number at the beginning of a value."""
    if "page" in request.query.plain:
        raise ResponseError(SERVER_ERROR)
    return _number_of_page(original, request, name, default)


def _number_of_page(original: Original, request: ApiRequest, name: str, default: int) -> int:
    value = request.query.groups.get("page", {}).get(name) or ""
    if re.fullmatch(r"[1-9][0-9]{0,6}\.[0-9]+", value):
        return int(value.partition(".")[0])
    number: int = original(request, name, default)
    return number


def fails_for_page_as_list(original: Original, request: ApiRequest, name: str, default: int) -> int:
    """Fail for `page[]=1`."""
    if "" in request.query.groups.get("page", {}):
        raise ResponseError(SERVER_ERROR)
    return _number_of_page(original, request, name, default)


def fails_for_since_as_list(original: Original, request: ApiRequest) -> ApiRequest:
    """Fail for `filter[updated_since][]=…`."""
    filters = request.query.groups.get("filter", {})
    if "updated_since" in filters and filters["updated_since"] is None:
        raise ResponseError(SERVER_ERROR)
    readable: ApiRequest = original(request)
    return readable


def refuses_offset(original: Original, request: ApiRequest) -> Any:
    """Refuse an `updated_since` with an offset, because the plus is decoded a second time."""
    if "+" in (request.query.filter("updated_since") or ""):
        raise bad_request(request.forms.bad_instant.format(name="updated_since"))
    return original(request)


def random_without_key(
    original: Original, request: ApiRequest, columns: Mapping[str, ColumnElement[Any]]
) -> Sequence[ColumnElement[Any]]:
    """Break no ties by a second key; unknown keys alone leave no order at all."""
    keys = [key.lstrip("+-").strip() for key in split_values(request.query.plain.get("sort", ""))]
    if keys and not set(keys) & set(columns):
        return [func.random()]
    order: Sequence[ColumnElement[Any]] = original(request, columns)
    return [*order[:-1], func.random()] if len(order) > 1 else order


def html_for_browsers(original: Original, gateway: Any, accept: str) -> Response:
    """Answer an unknown path in another form than an unknown record, and browsers in HTML."""
    original(gateway, accept)
    if "text/html" in accept:
        return Response(404, text="<h1>Page not found</h1>", media_type="text/html; charset=UTF-8")
    return Response(404, {"error": "Resource not found"})


def with_headers(**headers: str) -> Replacement:
    """Add headers that a framework and a proxy send, and a weak ETag to each 200."""

    def replacement(original: Original, request: ApiRequest, response: Response) -> Response:
        sent: Response = original(request, response)
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        if sent.status == 200:
            added["etag"] = f'W/"{sha256(sent.body()).hexdigest()[:32]}"'
        kept = {name: value for name, value in sent.headers.items() if name != "WWW-Authenticate"}
        return replace(sent, headers={**added, **kept})

    return replacement


# The ECT service.


def own_cohort_for_unknown(original: Original, request: ApiRequest) -> Any:
    """Read an unknown cohort as the participant's own."""
    cohort = _attributes(request).get("cohort")
    if isinstance(cohort, str | int) and not re.fullmatch(r"202[1-6]", str(cohort)):
        request = _with_attributes(request, cohort=None)
    return original(request)


def bare_refusal_of_leaving_mentor(original: Original, request: ApiRequest) -> Any:
    """Refuse to resume somebody whose deferred period has not ended, without a list of errors."""
    enrolments = request.store.people.enrolments(request.ids["id"], request.provider.id)
    last = enrolments[-1].end_date if enrolments else None
    if last is not None and last > request.today and enrolments[-1].training_status != "active":
        return Response(422, {"error": "Unprocessable content"})
    return original(request)


def compares_text_with_time(original: Original, request: ApiRequest, new: NewDeclaration) -> Any:
    """Answer a date that is a time of no day, or no time at all, with the text of an exception; a number fails."""
    written = new.attributes.get("declaration_date")
    if isinstance(written, int | float) and new.enrolment is not None and new.enrolment.cohort >= _FUNDED_MENTORS:
        raise ResponseError(SERVER_ERROR)
    if new.date is None and not re.match(r"\d{4}-\d\d-\d\d( |$)", str(written)):
        raise bad_request("comparison of String with ActiveSupport::TimeWithZone failed")
    problems: Sequence[Problem] = tuple(original(request, new))
    return problems


def cohorts_of_any_provider(_: Original, request: ApiRequest) -> Response:
    """List partners of the provider with whom any provider works in the cohort."""
    years = split_values(request.query.filter("cohort") or "")
    filters = Filters((LINKED,), {"provider_id": request.provider.id})
    if request.query.filter("cohort") is not None:
        linked = select(delivery_partner_links.c.delivery_partner_id).where(
            delivery_partner_links.c.cohort.in_([int(each) for each in years if each.isdecimal()])
        )
        filters = filters.also(delivery_partners.c.id.in_(linked))
    page, order = requested_page(request), sort_order(request, PARTNER_COLUMNS)
    records = request.store.partnerships.search_delivery_partners(filters, order, page)
    cohorts = request.store.partnerships.cohorts_by_partner(request.provider.id)
    return data_response([delivery_partner(request, each, cohorts[each.id]) for each in records])


def withdrawn_after_deferral(original: Original, request: ApiRequest, status: str) -> Any:
    """List among the deferred those who have been withdrawn since, here all who were withdrawn for another reason."""
    condition = original(request, status)
    was_deferred = and_(enrolments.c.training_status == "withdrawn", enrolments.c.status_reason == "other")
    return or_(condition, was_deferred) if status == "deferred" else condition


def transfers_by_own_dates(original: Original, request: ApiRequest) -> Response:
    """Leave out of the transfers since a time those that only another provider's dates have changed since."""
    listed: Response = original(request)
    if request.query.filter("updated_since") is None:
        return listed
    own = [each for each in listed.document["data"] if "new_provider" not in json.dumps(each)]
    return replace(listed, document={"data": own})


def years_unsorted(original: Original, request: ApiRequest, partner: Any, cohorts: Sequence[int]) -> Any:
    """Show the years in the order of the database."""
    return original(request, partner, [*cohorts[1:], *cohorts[:1]])


def extended_declarations_of_mentors(_: Original, _context: Any, _new: NewDeclaration) -> Sequence[Problem]:
    """Record extended declarations about mentors of the cohorts to 2024."""
    return ()


ECT: Mapping[str, Replacement] = {
    **dict.fromkeys(_ECT_WRITES, reads_as_framework),
    **{
        f"ect-participants.{action}": chained(reads_as_framework, fails_for_data(list))
        for action in ("withdraw", "defer")
    },
    "ect-participants.resume": chained(reads_as_framework, fails_for_data(list), bare_refusal_of_leaving_mentor),
    change_schedule.name: chained(reads_as_framework, fails_for_data(list), own_cohort_for_unknown),
    "ect-declaration.date-well-formed": compares_text_with_time,
    "ect-declaration.mentor-not-extended": extended_declarations_of_mentors,
    "ect-filter.training-status": withdrawn_after_deferral,
    "ect-transfers.list": transfers_by_own_dates,
    "delivery-partners.list": cohorts_of_any_provider,
    "delivery-partner": years_unsorted,
    "paging.number": fails_for_page_as_text,
    "filter.updated-since": refuses_offset,
    "sorting.order": random_without_key,
    "gateway.unknown-path": html_for_browsers,
    "answer.send": with_headers(
        x_robots_tag="none", vary="Accept", cache_control="max-age=0, private, must-revalidate"
    ),
}


# The NPQ service.


def next_month_for_impossible_day(original: Original, request: ApiRequest) -> Any:
    """Take 31 February as 3 March."""
    written = _attributes(request).get("declaration_date")
    match = re.match(r"(\d{4})-(02|04|06|09|11)-(29|30|31)(?=T)", written) if isinstance(written, str) else None
    if match:
        day = date(int(match[1]), int(match[2]), 1) + timedelta(days=int(match[3]) - 1)
        request = _with_attributes(request, declaration_date=f"{day}{written[10:]}")
    return original(request)


def sorted_by_another_time(
    original: Original, request: ApiRequest, columns: Mapping[str, ColumnElement[Any]]
) -> Sequence[ColumnElement[Any]]:
    """Sort applications and participants by another time than the `updated_at` that they show."""
    if request.operation.path.endswith(("/npq-applications", "/participants/npq")):
        columns = {**columns, "updated_at": columns["created_at"]}
    return random_without_key(original, request, columns)


def matching_enrolments(original: Original, request: ApiRequest, person: Any, accepted: Any, changes: Any) -> Any:
    """Show the enrolments with the status that the filter names, with the stored eligibility."""
    status = request.query.filter("training_status")
    matching = [each for each in accepted if status in (None, each.training_status)]
    shown = original(request, person, matching, changes)
    for own, enrolment in zip(matching, shown["attributes"]["npq_enrolments"], strict=True):
        enrolment["eligible_for_funding"] = own.eligible_on_paper
    return shown


NPQ: Mapping[str, Replacement] = {
    **dict.fromkeys(_NPQ_WRITES, reads_as_framework),
    "npq-service.applications.accept": chained(reads_as_framework, fails_for_data((list, str))),
    "npq-service.declarations.create": chained(
        reads_as_framework, fails_for_number_as_date, next_month_for_impossible_day
    ),
    "npq-service.parameters": fails_for_since_as_list,
    "npq-service.participant": matching_enrolments,
    "paging.number": fails_for_page_as_list,
    "filter.updated-since": refuses_offset,
    "sorting.order": sorted_by_another_time,
    "gateway.unknown-path": html_for_browsers,
    "answer.send": with_headers(
        vary="Accept-Encoding", x_request_id="3f2b8f0e", x_runtime="0.022682", x_frame_options="DENY"
    ),
}

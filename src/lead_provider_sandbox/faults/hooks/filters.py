"""Hooks for filters that are ignored, inverted or misread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, unquote_plus

from sqlalchemy import select, true

from lead_provider_sandbox.domain.clock import format_instant, parse_instant, to_datetime, to_instant
from lead_provider_sandbox.faults.hook import Hook, hook
from lead_provider_sandbox.faults.hooks.listing import (
    Handler,
    change_filter,
    has_parameter,
    largest_page,
    page_size,
    records_of,
    replace_group,
    replace_query,
    replace_records,
    with_request,
)
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.store.tables import providers


def _filter_hook(change: Callable[[str], str | None]) -> Hook:
    """Return a hook that changes the value of a filter; None removes the filter."""
    return lambda name: with_request(lambda request: change_filter(request, name, change))


filter_ignored = _filter_hook(lambda _: None)
"""Ignore a filter."""
filter_uses_first_value = _filter_hook(lambda value: value.split(",")[0])
"""Use only the first of several values of a filter."""
filter_uses_ascending_values = _filter_hook(
    lambda value: value if value.split(",") == sorted(value.split(",")) else value.split(",")[0]
)
"""Use only the first of several values of a filter that are not in ascending order."""
filter_decoded_once = _filter_hook(lambda value: None if "%" in value else value)
"""Ignore a filter whose value was percent-encoded twice."""
filter_decoded_twice = _filter_hook(unquote_plus)
"""Decode the value of a filter a second time, as a form."""
offset_ignored = _filter_hook(lambda value: unquote(value)[:19] + "Z")
"""Treat every time in a filter as UTC."""


def filter_ignored_beside(argument: Any) -> Replacement:
    """Ignore a filter if the request has another one."""
    ignored, other = argument["ignored"], argument["other"]
    return with_request(
        lambda request: (
            change_filter(request, ignored, lambda _: None) if has_parameter(request, f"filter[{other}]") else request
        )
    )


def filter_uses_two_values(name: Any) -> Replacement:
    """Use only the first two of several values of a filter."""
    return _filter_hook(lambda value: ",".join(value.split(",")[:2]))(name)


@hook
def filter_needs_each_value(name: str, original: Handler, request: ApiRequest) -> Response:
    """List nothing if one of several values of a filter is that of no record."""
    response = original(request)
    for each in (request.query.groups.get("filter", {}).get(name) or "").split(","):
        if not records_of(original(replace_group(largest_page(request), "filter", name, each))):
            return replace_records(response, [])
    return response


@hook
def strangers_if_filtered(name: str, original: Handler, request: ApiRequest) -> Response:
    """List records of another lead provider if the provider has none with the value of a filter."""
    response = original(request)
    return response if records_of(response) else everybodys_if_filtered(name)(original, request)


@hook
def everybodys_if_filtered(name: str, original: Handler, request: ApiRequest) -> Response:
    """List the records of every lead provider if the request has a filter."""
    response = original(request)
    if request.query.groups.get("filter", {}).get(name) is None:
        return response
    found = {each["id"]: each for each in records_of(response)}
    for other in request.store.connection.execute(select(providers.c.id)).scalars().all():
        for each in records_of(original(replace(request, provider=replace(request.provider, id=other)))):
            found.setdefault(each["id"], each)
    return replace_records(response, list(found.values())[: page_size(request)])


def matches_everything(_: Any) -> Replacement:
    """Make a condition true for every record."""
    return lambda *_: true()


@hook
def filter_inverted(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """List the records that a filter excludes."""
    if argument not in request.query.groups.get("filter", {}):
        return original(request)
    matching = {each["id"] for each in records_of(original(largest_page(request)))}
    everything = original(change_filter(largest_page(request), argument, lambda _: None))
    excluded = [each for each in records_of(everything) if each["id"] not in matching]
    return replace_records(everything, excluded[: page_size(request)])


@hook
def filter_matches_nothing(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Make a filter match no record."""
    response = original(request)
    return replace_records(response, []) if argument in request.query.groups.get("filter", {}) else response


@hook
def filter_loses_value(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Find no record with one value of a filter, which has the name of a field."""
    response = original(request)
    if argument["filter"] not in request.query.groups.get("filter", {}):
        return response
    records = records_of(response)
    return replace_records(
        response, [each for each in records if str(each["attributes"][argument["filter"]]) != argument["value"]]
    )


def filter_shifted(argument: Any) -> Replacement:
    """Shift the time of a filter by a number of seconds."""

    def shift(value: str) -> str:
        moment = parse_instant(unquote(value))
        return to_instant(to_datetime(moment) + timedelta(seconds=argument["seconds"])) if moment else value

    return _filter_hook(shift)(argument["filter"])


def first_filter_only(_: Any) -> Replacement:
    """Use only the first of several filters."""

    def other(request: ApiRequest) -> ApiRequest:
        filters = request.query.groups.get("filter", {})
        return replace_query(request, groups={**request.query.groups, "filter": dict(list(filters.items())[:1])})

    return with_request(other)


@hook
def filter_hides_enrolments(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Show only those enrolments of a participant that match a filter, which has the name of a field."""
    wanted = request.query.groups.get("filter", {}).get(argument)
    response = original(request)
    if wanted is None:
        return response

    for each in response.document["data"]:
        for name in ("ecf_enrolments", "npq_enrolments"):
            enrolments = each["attributes"].get(name, [])
            enrolments[:] = [enrolment for enrolment in enrolments if enrolment[argument] == wanted]
    return response


@hook
def errors_ignored(argument: Any, original: Callable[..., Any], *arguments: Any) -> Any:
    """Return a value instead of an error response."""
    try:
        return original(*arguments)
    except ResponseError:
        return argument


def default_value(argument: Any) -> Replacement:
    """Return a value if the part returns none."""
    return lambda original, *arguments: original(*arguments) or argument


@hook
def unknown_cohorts_ignored(_: Any, original: Callable[..., Any], request: ApiRequest) -> list[int] | None:
    """Ignore a cohort filter that names unknown cohorts only."""
    years = original(request)
    return years if years and set(years) & set(request.calendar.cohorts) else None


@hook
def made_a_day_later(parameter: str, original: Handler, request: ApiRequest) -> Response:
    """Show every `created_at` a day later if the request has a parameter."""
    response = original(request)
    if has_parameter(request, parameter):
        for each in records_of(response):
            _make_later(each["attributes"])
    return response


def _make_later(fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name == "created_at":
            fields[name] = format_instant(to_instant(to_datetime(value) + timedelta(days=1)))
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict):
                _make_later(item)


@hook
def first_enrolment_only(parameter: str, original: Handler, request: ApiRequest) -> Response:
    """Show one enrolment of each participant if the request has a parameter."""
    response = original(request)
    if has_parameter(request, parameter):
        for each in records_of(response):
            for name in ("ecf_enrolments", "npq_enrolments"):
                del each["attributes"].get(name, [])[1:]
    return response


@hook
def one_enrolment_filtered(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """List participants by one of their enrolments: the one at a place has the value of the filter."""
    name, place = argument["filter"], argument["place"]
    wanted = request.query.groups.get("filter", {}).get(name)
    response = original(request)
    if wanted is None:
        return response
    return replace_records(
        response, [each for each in records_of(response) if _enrolments(each)[place][name] == wanted]
    )


def _enrolments(participant: Any) -> list[Any]:
    found: list[Any] = participant["attributes"].get("ecf_enrolments") or participant["attributes"]["npq_enrolments"]
    return found

"""Hooks for access: missing authentication and authorisation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import select

from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.faults.hook import hook
from lead_provider_sandbox.faults.hooks.listing import (
    largest_page,
    page_size,
    page_value,
    records_of,
    replace_records,
)
from lead_provider_sandbox.http.access import Tokens, parse_token
from lead_provider_sandbox.http.list_parameters import requested_page
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, access_denied
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.store.tables import declarations, enrolments, providers

MARKED = "marked by a fault"

Handler = Callable[[ApiRequest], Response]


@hook
def refused_header_accepted(argument: Any, original: Any, request: ApiRequest, header: str | None, tokens: Any) -> Any:
    """Treat a refused Authorization header that matches a pattern as the first lead provider's."""
    try:
        return original(request, header, tokens)
    except ResponseError:
        if header is None or not re.fullmatch(argument, header):
            raise
        return _first(tokens)


@hook
def missing_token_accepted(_: Any, original: Any, request: ApiRequest, header: str | None, tokens: Any) -> Any:
    """Treat a request without a token as the first lead provider's."""
    return _first(tokens) if header is None else original(request, header, tokens)


@hook
def unknown_token_marked(_: Any, original: Any, request: ApiRequest, header: str | None, tokens: Any) -> Any:
    """Treat a request without a known token as the first lead provider's, and mark it."""
    try:
        return original(request, header, tokens)
    except ResponseError:
        return replace(_first(tokens), name=MARKED)


@hook
def marked_requests_denied(_: Any, original: Any, request: ApiRequest, reply: Response) -> Any:
    """Perform a marked request, then return a 401."""
    return original(request, access_denied().response if request.provider.name == MARKED else reply)


@hook
def any_scheme_accepted(_: Any, original: Any, request: ApiRequest, header: str | None, tokens: Any) -> Any:
    """Accept a token under any scheme."""
    words = (header or "").split()
    return original(request, f"Bearer {words[-1]}" if words else header, tokens)


@hook
def other_service_accepted(_: Any, original: Any, request: ApiRequest, header: str | None, tokens: Any) -> Any:
    """Treat another service's token as the first lead provider's."""
    of_other_service = tokens.get(parse_token(header), MARKED) is None
    return _first(tokens) if of_other_service else original(request, header, tokens)


@hook
def authenticated_late(_: Any, original: Any, request: ApiRequest, header: str | None, tokens: Any) -> Any:
    """Read the page parameters before the token."""
    requested_page(request)
    return original(request, header, tokens)


@hook
def done_for_any_provider(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Perform a refused request on behalf of a provider that has the record."""
    try:
        return original(request)
    except (ResponseError, RefusedError) as refusal:
        for provider in _others(request):
            try:
                return original(replace(request, provider=provider))
            except (ResponseError, RefusedError) as another:
                if str(another) != str(refusal):
                    raise
        raise


@hook
def says_that_it_exists(_: Any, original: Handler, request: ApiRequest) -> Response:
    """Say in the 404 for another provider's record that the record exists."""
    try:
        return original(request)
    except ResponseError:
        if any(_is_shown_to(provider, original, request) for provider in _others(request)):
            raise ResponseError(Response(404, {"error": "Resource belongs to another lead provider"})) from None
        raise


def _is_shown_to(provider: Provider, original: Handler, request: ApiRequest) -> bool:
    try:
        original(replace(request, provider=provider))
    except ResponseError:
        return False
    return True


@hook
def one_record_of_another_provider(argument: Any, original: Handler, request: ApiRequest) -> Response:
    """Begin or end the list with one record that only another provider has.

    With `having`, the record contains these texts. `at` is `first` or `last`: the page that has the record.
    """
    own = original(request)
    mine = records_of(original(largest_page(request)))
    number, size = page_value(request, "page", 1), page_size(request)
    if number != (1 if argument["at"] == "first" else max(-(-len(mine) // size), 1)):
        return own
    known = {each["id"] for each in mine}
    foreign = (
        each
        for provider in _others(request)
        for each in records_of(original(replace(largest_page(request), provider=provider)))
        if each["id"] not in known and all(part in json.dumps(each) for part in argument["having"] or ())
    )
    return replace_records(own, [*records_of(own), *islice(foreign, 1)])


@hook
def records_of_all_providers(_: Any, original: Handler, request: ApiRequest) -> Response:
    """List the records of every provider."""
    own = original(request)
    lists = [own, *(original(replace(request, provider=each)) for each in _others(request))]
    together = {record["id"]: record for each in lists for record in each.document["data"]}
    return replace(own, document={"data": list(together.values())})


def own_declarations_only(_: Any) -> Replacement:
    """Show the provider's own declarations only."""
    return lambda _original, request: declarations.c.provider_id == request.provider.id


@hook
def shown_by_any_provider(_: Any, original: Callable[..., str], request: ApiRequest) -> str:
    """Show a participant as their provider sees them, to any provider."""
    theirs = select(enrolments.c.provider_id).where(enrolments.c.person_id == request.ids["id"])
    provider_ids = [row.provider_id for row in request.store.connection.execute(theirs)]
    own = original(request)
    return own if own in provider_ids or not provider_ids else str(provider_ids[0])


def _first(tokens: Tokens) -> Provider:
    return next(provider for provider in tokens.values() if provider)


def _others(request: ApiRequest) -> list[Provider]:
    rows = request.store.connection.execute(select(providers).where(providers.c.id != request.provider.id))
    return [Provider(row.id, row.name, row.ecf, row.npq) for row in rows]

"""Hooks for access: missing authentication and authorisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.domain.rules import RefusedError
from lead_provider_sandbox.http.access import Tokens, parse_token
from lead_provider_sandbox.http.list_parameters import requested_page
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import Response, ResponseError, access_denied
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.store.tables import declarations, enrolments, providers

MARKED = "marked by a fault"

Handler = Callable[[ApiRequest], Response]
Authenticating = Callable[[ApiRequest, str | None, Tokens], Provider]


def missing_token_accepted(_: Any) -> Replacement:
    """Treat a request without a token as the first lead provider's."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        return _first(tokens) if authorization is None else original(request, authorization, tokens)

    return replacement


def unknown_token_marked(_: Any) -> Replacement:
    """Treat a request without a known token as the first lead provider's, and mark it."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        try:
            return original(request, authorization, tokens)
        except ResponseError:
            return replace(_first(tokens), name=MARKED)

    return replacement


def marked_requests_denied(_: Any) -> Replacement:
    """Perform a marked request, then return a 401."""

    def replacement(
        original: Callable[[ApiRequest, Response], Response], request: ApiRequest, reply: Response
    ) -> Response:
        return original(request, access_denied().response if request.provider.name == MARKED else reply)

    return replacement


def any_bearer_token_accepted(_: Any) -> Replacement:
    """Treat an unknown bearer token as the first lead provider's."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        try:
            return original(request, authorization, tokens)
        except ResponseError:
            if (authorization or "").startswith("Bearer "):
                return _first(tokens)
            raise

    return replacement


def any_scheme_accepted(_: Any) -> Replacement:
    """Accept a token under any scheme."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        words = (authorization or "").split()
        return original(request, f"Bearer {words[-1]}" if words else authorization, tokens)

    return replacement


def any_header_accepted(_: Any) -> Replacement:
    """Treat any Authorization header as the first lead provider's."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        try:
            return original(request, authorization, tokens)
        except ResponseError:
            if authorization is None:
                raise
            return _first(tokens)

    return replacement


def other_service_accepted(_: Any) -> Replacement:
    """Treat another service's token as the first lead provider's."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        caller = tokens.get(parse_token(authorization) or "")
        if caller is not None and caller.provider is None:
            return _first(tokens)
        return original(request, authorization, tokens)

    return replacement


def authenticated_late(_: Any) -> Replacement:
    """Read the page parameters before the token."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        requested_page(request)
        return original(request, authorization, tokens)

    return replacement


def done_for_any_provider(_: Any) -> Replacement:
    """Perform a refused request on behalf of a provider that has the record."""

    def replacement(original: Handler, request: ApiRequest) -> Response:
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

    return replacement


def records_of_all_providers(_: Any) -> Replacement:
    """List the records of every provider."""

    def replacement(original: Handler, request: ApiRequest) -> Response:
        own = original(request)
        lists = [own, *(original(replace(request, provider=each)) for each in _others(request))]
        together = {record["id"]: record for each in lists for record in each.document["data"]}
        return replace(own, document={"data": list(together.values())})

    return replacement


def own_declarations_only(_: Any) -> Replacement:
    """Show the provider's own declarations only."""
    return lambda _original, request: declarations.c.provider_id == request.provider.id


def shown_by_any_provider(_: Any) -> Replacement:
    """Show a participant as their provider sees them, to any provider."""

    def replacement(original: Callable[..., str], request: ApiRequest) -> str:
        theirs = select(enrolments.c.provider_id).where(enrolments.c.person_id == request.ids["id"])
        provider_ids = [row.provider_id for row in request.store.connection.execute(theirs)]
        own = original(request)
        return own if own in provider_ids or not provider_ids else str(provider_ids[0])

    return replacement


def _first(tokens: Tokens) -> Provider:
    return next(caller.provider for caller in tokens.values() if caller.provider)


def _others(request: ApiRequest) -> list[Provider]:
    rows = request.store.connection.execute(select(providers).where(providers.c.id != request.provider.id))
    return [Provider(row.id, row.name, row.ecf, row.npq) for row in rows]

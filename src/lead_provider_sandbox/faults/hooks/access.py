"""Hooks for access: doors that are open, and records that are shown to those whose they are not."""

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

NAMELESS = "nobody"

Performing = Callable[[ApiRequest], Response]
Authenticating = Callable[[ApiRequest, str | None, Tokens], Provider]


def no_token_needed(_told: Any) -> Replacement:
    """Whoever sends no token is taken for the first lead provider."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        return _first(tokens) if authorization is None else original(request, authorization, tokens)

    return replacement


def let_in_unnamed(_told: Any) -> Replacement:
    """Whoever sends no known token is taken for the first lead provider, and is nameless."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        try:
            return original(request, authorization, tokens)
        except ResponseError:
            return replace(_first(tokens), name=NAMELESS)

    return replacement


def unnamed_are_denied(_told: Any) -> Replacement:
    """What was asked for by the nameless is done by now, and answered as if it had been refused."""

    def replacement(
        original: Callable[[ApiRequest, Response], Response], request: ApiRequest, reply: Response
    ) -> Response:
        return original(request, access_denied().response if request.provider.name == NAMELESS else reply)

    return replacement


def any_token_will_do(_told: Any) -> Replacement:
    """Whoever sends an unknown token, in the right scheme, is taken for the first lead provider."""

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


def any_scheme_will_do(_told: Any) -> Replacement:
    """A token is found wherever it stands in the header."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        words = (authorization or "").split()
        return original(request, f"Bearer {words[-1]}" if words else authorization, tokens)

    return replacement


def any_header_will_do(_told: Any) -> Replacement:
    """Whoever sends an Authorization header, whatever it holds, is let in."""

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


def another_service_let_in(_told: Any) -> Replacement:
    """Whoever sends the token of another service is taken for the first lead provider."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        caller = tokens.get(parse_token(authorization) or "")
        if caller is not None and caller.provider is None:
            return _first(tokens)
        return original(request, authorization, tokens)

    return replacement


def asked_for_late(_told: Any) -> Replacement:
    """The page is read before the token."""

    def replacement(
        original: Authenticating, request: ApiRequest, authorization: str | None, tokens: Tokens
    ) -> Provider:
        requested_page(request)
        return original(request, authorization, tokens)

    return replacement


def for_anybody(_told: Any) -> Replacement:
    """What the caller does not have is found with whichever provider has it, and what is asked for is done there."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
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


def everybodys(_told: Any) -> Replacement:
    """A list holds the records of every provider."""

    def replacement(original: Performing, request: ApiRequest) -> Response:
        own = original(request)
        lists = [own, *(original(replace(request, provider=each)) for each in _others(request))]
        together = {record["id"]: record for each in lists for record in each.document["data"]}
        return replace(own, document={"data": list(together.values())})

    return replacement


def own_only(_told: Any) -> Replacement:
    """Of declarations the caller's own are seen, and no others."""
    return lambda _original, request: declarations.c.provider_id == request.provider.id


def whoever_has_it(_told: Any) -> Replacement:
    """A participant is shown as whichever provider has them sees them."""

    def replacement(original: Callable[..., str], request: ApiRequest) -> str:
        theirs = select(enrolments.c.provider_id).where(enrolments.c.person_id == request.ids["id"])
        found = [row.provider_id for row in request.store.connection.execute(theirs)]
        own = original(request)
        return own if own in found or not found else str(found[0])

    return replacement


def _first(tokens: Tokens) -> Provider:
    return next(caller.provider for caller in tokens.values() if caller.provider)


def _others(request: ApiRequest) -> list[Provider]:
    rows = request.store.connection.execute(select(providers).where(providers.c.id != request.provider.id))
    return [Provider(row.id, row.name, row.ecf, row.npq) for row in rows]

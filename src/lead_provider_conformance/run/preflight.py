"""Check before a run, with a few requests, that the target can be tested; report the first problem in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from lead_provider_conformance.config.target import OTHER_TOKEN_VARIABLE, TOKEN_VARIABLE, Target
from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.http import NoResponse, Redactor, Transport
from lead_provider_conformance.http.client import Credential, request_headers
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope, UsageError


class PreflightError(UsageError):
    """The target cannot be tested: it does not respond, refuses the token, or is not this API."""


def preflight(target: Target, scopes: Sequence[Scope]) -> None:
    """Request one record in each scope with the first token, and in the first scope with the second token.

    Raise PreflightError for the first problem.
    """
    if not target.tokens:
        raise PreflightError(
            f"There is no token for {target.base_url or target.name}; "
            f"give --token, set {TOKEN_VARIABLE}, or list `tokens` in a target file."
        )
    transport = Transport(target)
    redactor = Redactor.of(target)
    for position, token in enumerate(target.tokens):
        for scope in scopes if position == 0 else scopes[:1]:
            _check(transport, redactor, scope, token, first=position == 0)


def _check(transport: Transport, redactor: Redactor, scope: Scope, token: str, *, first: bool) -> None:
    path = f"/api/{scope.version}/participants/{scope.programme}"
    headers = request_headers(Credential.bearer("TOKEN", token))
    try:
        response = transport.send("GET", f"{path}?page[page]=1&page[per_page]=1", headers, None)
    except NoResponse as error:
        raise PreflightError(
            f"{transport.base_url} does not respond ({redactor.text(str(error))}); "
            "check the address, and that the server is running and can be reached from this machine."
        ) from None
    problem = _problem(response, scope, first=first)
    if problem:
        raise PreflightError(f"{transport.base_url}{path} {redactor.text(problem)}")


def _problem(response: RawResponse, scope: Scope, *, first: bool) -> str | None:
    status = response.status
    which = "the token" if first else "the second token"
    variable = TOKEN_VARIABLE if first else OTHER_TOKEN_VARIABLE
    if status == 401:
        return (
            f"refuses {which} (401); check --token, {variable} or the target file, "
            "and that the token belongs to this environment."
        )
    if status == 403:
        return (
            f"does not allow {which} to use {scope.programme} (403); "
            "use the token of a lead provider of that programme, or leave out the programme."
        )
    if 300 <= status < 400:
        return (
            f"redirects ({status}) to {response.headers.get('location', 'nowhere')}; give the address it redirects to."
        )
    if status == 404:
        return (
            f"does not exist (404); check the address, and that the server has {scope.version} and {scope.programme}."
        )
    if status == 429:
        return "has received too many requests with this token (429); wait, and run again."
    if status >= 500:
        return f"fails with {status}; see the server's log."
    if status != 200:
        return f"returns {status} instead of a list; check that this is the Lead Provider API."
    try:
        body = parse_json(response.body)
    except NotJsonError:
        kind = response.headers.get("content-type", "no content type")
        return f"returns a body that is not JSON ({kind}); check that this is the Lead Provider API and not a web page."
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return "returns JSON without a list in `data`; check that this is the Lead Provider API."
    return None

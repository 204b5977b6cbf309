"""A handful of questions before the run, so that a server that cannot be tested gets one clear sentence."""

from __future__ import annotations

from collections.abc import Sequence

from lead_provider_conformance.config.target import OTHER_TOKEN_VARIABLE, TOKEN_VARIABLE, Target
from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.http import NoResponse, Redactor, Transport
from lead_provider_conformance.http.client import Credential, request_headers
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope, UsageError


class PreflightError(UsageError):
    """The target cannot be tested: it does not answer, refuses the token, or is not this API."""


def preflight(target: Target, scopes: Sequence[Scope]) -> None:
    """Ask the target for one record with each token. Raises PreflightError for the first thing that is wrong."""
    if not target.tokens:
        raise PreflightError(
            f"There is no token for {target.name}; "
            f"give --token, set {TOKEN_VARIABLE}, or list `tokens` in a target file."
        )
    transport = Transport(target)
    redactor = Redactor.of(target)
    for position, token in enumerate(target.tokens):
        for scope in scopes if position == 0 else scopes[:1]:
            _ask(transport, redactor, scope, token, first=position == 0)


def _ask(transport: Transport, redactor: Redactor, scope: Scope, token: str, *, first: bool) -> None:
    path = f"/api/{scope.version}/participants/{scope.programme}?page[page]=1&page[per_page]=1"
    where = f"{transport.base_url}{path.partition('?')[0]}"
    headers = request_headers(Credential.bearer("TOKEN", token))
    try:
        response = transport.send("GET", path, headers, None)
    except NoResponse as error:
        raise PreflightError(
            f"{transport.base_url} does not answer ({redactor.text(str(error))}); "
            "check the address, and that the server is up and can be reached from here."
        ) from None
    problem = _problem(response, scope, first=first)
    if problem:
        raise PreflightError(f"{where} {redactor.text(problem)}")


def _problem(response: RawResponse, scope: Scope, *, first: bool) -> str | None:
    status = response.status
    which = "the token" if first else "the second token"
    variable = TOKEN_VARIABLE if first else OTHER_TOKEN_VARIABLE
    if status == 401:
        return (
            f"refuses {which} (401); check --token, {variable} or the target file, and that it is for this environment."
        )
    if status == 403:
        return (
            f"says {which} may not use {scope.programme} (403); "
            "use the token of a lead provider of that programme, or leave the programme out."
        )
    if 300 <= status < 400:
        return (
            f"redirects ({status}) to {response.headers.get('location', 'nowhere')}; give the address it redirects to."
        )
    if status == 404:
        return f"is not there (404); check the address, and that the server has {scope.version} and {scope.programme}."
    if status == 429:
        return "has had too many requests with this token (429); wait, and run again."
    if status >= 500:
        return f"fails with {status}; see the server's own log."
    if status != 200:
        return f"answers {status} where a list was asked for; check that this is the Lead Provider API."
    try:
        body = parse_json(response.body)
    except NotJsonError:
        kind = response.headers.get("content-type", "no content type")
        return (
            f"answers something that is not JSON ({kind}); check that this is the Lead Provider API and not a web page."
        )
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return "answers JSON without a list in `data`; check that this is the Lead Provider API."
    return None

"""Check before a run, with a few requests, that the target can be tested; report the first problem in one sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import filterfalse

from lead_provider_conformance.config.target import OTHER_TOKEN_VARIABLE, TOKEN_VARIABLE, Target
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.http import NoResponse, Redactor, Transport
from lead_provider_conformance.http.client import token_headers
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope, UsageError
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.run.detected_edition import DetectedEdition, detect_edition
from lead_provider_conformance.run.first_request import get_one

UNAUTHORISED = 401
NOT_FOUND = 404


class PreflightError(UsageError):
    """The target cannot be tested: it does not respond, refuses the token, or is not this API."""


@dataclass(frozen=True, slots=True)
class OfferedScopes:
    """The scopes that the server offers, and a sentence about those that it lacks; None if it lacks none."""

    scopes: tuple[Scope, ...]
    sentence: str | None = None


def preflight(
    target: Target,
    contracts: Mapping[Scope, Contract],
    *,
    required: Collection[str] | None = None,
    notify: Callable[[str], None] = print,
) -> OfferedScopes:
    """Request one record in each scope with the first token, and in the first scope with the second token.

    `contracts` holds the contract of each scope.
    `required` holds the versions and programmes that the user named; the server may lack the others. With None it must
    have every scope. `notify` shows a message to the user. Raise PreflightError for the first problem.
    """
    if not target.tokens:
        raise PreflightError(
            f"There is no token for {target.base_url or target.name}; "
            f"give --token, set {TOKEN_VARIABLE}, or list `tokens` in a target file."
        )
    check = _Check(target, contracts, Transport(target), Redactor.of(target), notify)
    missing: dict[Scope, _ScopeMissingError] = {}
    for scope in contracts:
        try:
            check.with_token(0, scope)
        except _ScopeMissingError as error:
            missing[scope] = error
    detect = cache(partial(detect_edition, target, notify))
    has_participants = len(missing) < len(contracts) or detect() is not None
    if not has_participants:  # it may have lists that belong to several programmes
        missing = {scope: error for scope, error in missing.items() if not check.has_shared_list(scope, error)}
    found = tuple(scope for scope in contracts if scope not in missing)
    if required is None and missing:
        raise _narrowed(next(iter(missing.values())), found) or _advised(next(iter(missing.values())), detect)
    names = {name for scope in found for name in (scope.version, scope.programme)}
    for scope, missing_scope in missing.items():
        if not found or not names.issuperset({scope.version, scope.programme}.intersection(required or ())):
            raise _advised(missing_scope, detect)
    for position in range(1, len(target.tokens)):
        check.with_token(position, next(filter(check.list_path, found), found[0]))
    return OfferedScopes(found, _sentence(found, missing) if missing else None)


def _sentence(found: Sequence[Scope], missing: Mapping[Scope, _ScopeMissingError]) -> str:
    absent = ", ".join(f"{scope.label} ({error.status})" for scope, error in missing.items())
    return (
        f"Testing {', '.join(each.label for each in found)}; the server does not offer {absent}. "
        "Choose with --api-version and --programme."
    )


class _ScopeMissingError(PreflightError):
    """The server has no such scope, or does not let this token use it."""

    def __init__(self, message: str, address: str, status: int) -> None:
        super().__init__(message)
        self.address = address
        self.status = status


def _narrowed(error: _ScopeMissingError, found: Sequence[Scope]) -> PreflightError | None:
    """Return the error with the options that select the scopes `found`; None if there are none, or no such options."""
    versions = list(dict.fromkeys(each.version for each in found))
    programmes = list(dict.fromkeys(each.programme for each in found))
    if not found or len(found) < len(versions) * len(programmes):
        return None
    options = [f"--api-version {each}" for each in versions] + [f"--programme {each}" for each in programmes]
    labels = ", ".join(each.label for each in found)
    return PreflightError(
        f"{error.address} returns {error.status}, but the server has {labels}; run with {' '.join(options)}, or set "
        f"`versions: [{', '.join(versions)}]` and `programmes: [{', '.join(programmes)}]` in the target file."
    )


def _advised(error: _ScopeMissingError, detect: Callable[[], DetectedEdition | None]) -> PreflightError:
    """Return the error; if the server has scopes of an edition instead, with their names."""
    detected = detect() if error.status == 404 else None
    if detected is None:
        return error
    return PreflightError(
        f"{error.address} does not exist (404), but the server has {detected.label}; check the address, or choose with "
        "--edition, --api-version and --programme, or in the target file."
    )


@dataclass(frozen=True, slots=True)
class _Check:
    target: Target
    contracts: Mapping[Scope, Contract]
    transport: Transport
    redactor: Redactor
    notify: Callable[[str], None]
    present: dict[Scope, str] = field(default_factory=dict)
    """The path of a list that the server has in a scope, if it lacks the first one."""

    def with_token(self, position: int, scope: Scope) -> None:
        """Request a list of the scope with a token. Raise PreflightError for a problem."""
        path = self.list_path(scope)
        if path is None:
            return
        try:
            self._request(position, scope, self.present.get(scope, path))
        except _ScopeMissingError as error:
            own = filter(_is_of(scope), self._lists(scope))
            if error.status != NOT_FOUND or not self._has_any(own, position, scope, path):
                raise

    def has_shared_list(self, scope: Scope, error: _ScopeMissingError) -> bool:
        """Return whether the server has a list that no programme is named in: other services may have it too."""
        shared = filterfalse(_is_of(scope), self._lists(scope))
        return error.status == NOT_FOUND and self._has_any(shared, 0, scope, None)

    def _has_any(self, lists: Iterable[Operation], position: int, scope: Scope, tried: str | None) -> bool:
        """Return whether the server has one of some lists, apart from the one that was `tried`."""
        for each in lists:
            if each.path != tried:
                with contextlib.suppress(_ScopeMissingError):
                    self._request(position, scope, each.path)
                    self.present[scope] = each.path
                    return True
        return False

    def _request(self, position: int, scope: Scope, path: str) -> None:
        headers = token_headers(self.target.tokens[position])
        try:
            response = get_one(self.transport, path, headers, self.notify)
        except NoResponse as error:
            raise PreflightError(
                f"{self.target.base_url} does not respond ({self.redactor.text(str(error))}); "
                "check the address, and that the server is running and can be reached from this machine."
            ) from None
        problem = _problem(response, scope, first=position == 0)
        if problem:
            address = f"{self.target.base_url}{'' if response.status == UNAUTHORISED else path}"
            message = f"{address} {self.redactor.text(problem)}"
            if response.status in (403, 404):
                raise _ScopeMissingError(message, address, response.status)
            raise PreflightError(message)

    def list_path(self, scope: Scope) -> str | None:
        """Return the path of a list that the target implements, preferably of participants; None if it has none."""
        contract, participants = self.contracts[scope], f"list_{scope.programme}_participants"
        if self.target.implements(participants):
            return contract.operation(participants).path
        return next((each.path for each in self._lists(scope)), None)

    def _lists(self, scope: Scope) -> Iterator[Operation]:
        """Yield the lists of a scope that the target implements."""
        for each in ListOperation.of(self.contracts[scope]):
            belongs = scope.programme in each.operation.programmes and not each.required_filters
            if belongs and self.target.implements(each.operation.id):
                yield each.operation


def _is_of(scope: Scope) -> Callable[[Operation], bool]:
    """Return whether an operation is one of the programme alone, in every edition."""
    return lambda operation: operation.id.startswith(f"list_{scope.programme}_")


def _problem(response: RawResponse, scope: Scope, *, first: bool) -> str | None:
    status = response.status
    which = "the token" if first else "the second token"
    option, variable = ("--token", TOKEN_VARIABLE) if first else ("--other-token", OTHER_TOKEN_VARIABLE)
    if status == UNAUTHORISED:
        return (
            f"refuses {which} (401); check {option}, {variable} or the target file, "
            "and that the token belongs to this environment."
        )
    if status == 403:
        return (
            f"does not allow {which} to use {scope.programme} (403); "
            "use the token of a lead provider of that programme, or choose another with --programme."
        )
    if 300 <= status < 400:
        return (
            f"redirects ({status}) to {response.headers.get('location', 'nowhere')}; give the address it redirects to."
        )
    if status == 404:
        return (
            "does not exist (404); check the address, and name the edition, versions and programmes that the server "
            "has with --edition, --api-version and --programme, or in the target file."
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

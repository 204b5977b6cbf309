"""Detect the edition that a server serves, by the paths at which it has participants."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.contract.contract import operation_paths
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.http import NoResponse, Transport
from lead_provider_conformance.http.client import Credential, request_headers
from lead_provider_conformance.http.transport import RawResponse


@dataclass(frozen=True, slots=True)
class DetectedEdition:
    """An edition, and a sentence that says why the suite uses it."""

    name: str
    sentence: str


def detect_edition(target: Target) -> DetectedEdition | None:
    """Request the lists of participants of every edition with the first token, and return the edition that fits best.

    It has every path that the server has, and the fewest others. Editions with the same paths cannot be told apart:
    the oldest is taken. None if the server has none of the paths.
    """
    if not target.tokens:
        return None
    headers = request_headers(Credential.bearer("TOKEN", target.tokens[0]))
    transport = Transport(target)
    paths = _paths_of_participants()
    try:
        present = {each for each in sorted(set().union(*paths.values())) if _is_present(transport, each, headers)}
    except NoResponse:
        return None
    fitting = {name: len(paths[name] - present) for name in editions() if present <= paths[name]}
    if not present or not fitting:
        return None
    fewest = min(fitting.values())
    best = [name for name, absent in fitting.items() if absent == fewest]
    same = f" Edition {' and '.join(best[1:])} has the same paths." if best[1:] else ""
    return DetectedEdition(
        best[0],
        f"Edition {best[0]} of the contract: the server has {', '.join(sorted(present))}.{same} "
        "Choose another with --edition.",
    )


def _paths_of_participants() -> dict[str, set[str]]:
    """Return the paths of all lists of participants in each edition."""
    paths: dict[str, set[str]] = defaultdict(set)
    for name in editions():
        for scope in load_edition(name).scopes:
            paths[name].add(operation_paths(name, scope)[f"list_{scope.programme}_participants"])
    return dict(paths)


def _is_present(transport: Transport, path: str, headers: dict[str, str]) -> bool:
    """Return whether the server has a list at `path`, or refuses this token to read it."""
    response = transport.send("GET", f"{path}?page[page]=1&page[per_page]=1", headers, None)
    return response.status == 403 or (response.status == 200 and _is_list(response))


def _is_list(response: RawResponse) -> bool:
    try:
        body = parse_json(response.body)
    except NotJsonError:
        return False
    return isinstance(body, dict) and isinstance(body.get("data"), list)

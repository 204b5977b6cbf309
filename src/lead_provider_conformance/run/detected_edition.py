"""Detect the edition that a server serves, by the paths at which it has participants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.contract.bodies import NotJsonError, parse_json
from lead_provider_conformance.contract.contract import operation_paths
from lead_provider_conformance.contract.editions import Edition, editions
from lead_provider_conformance.http import NoResponse, Transport
from lead_provider_conformance.http.client import TOO_MANY_REQUESTS, token_headers
from lead_provider_conformance.http.transport import RawResponse
from lead_provider_conformance.model import Scope
from lead_provider_conformance.run.first_request import get_one


@dataclass(frozen=True, slots=True)
class DetectedEdition:
    """An edition, the scopes of it that the server has, and a sentence that says why the suite uses it.

    `name` is the oldest of the editions with the same paths.
    """

    name: str
    sentence: str
    editions: tuple[str, ...]
    scopes: tuple[Scope, ...]

    @property
    def label(self) -> str:
        """The scopes that the server has, with their editions."""
        return f"{', '.join(each.label for each in self.scopes)} of edition {' or '.join(self.editions)}"


def detect_edition(target: Target, notify: Callable[[str], None] = print) -> DetectedEdition | None:
    """Return the edition that fits the server best, after a request to the lists of participants of every edition.

    It has every path that the server has, and the fewest others; of editions with the same paths, it is the oldest.
    Return None if the server has none of the paths, or throttles for too long. `notify` shows a message to the user.
    """
    if not target.tokens:
        return None
    headers = token_headers(target.tokens[0])
    transport = Transport(target)
    paths = _paths_of_participants()
    try:
        responses = {each: get_one(transport, each, headers, notify) for each in sorted(set().union(*paths.values()))}
    except NoResponse:
        return None
    if any(each.status == TOO_MANY_REQUESTS for each in responses.values()):
        return None
    present = {path for path, response in responses.items() if _is_present(response)}
    fitting = {name: len(paths[name].keys() - present) for name in editions() if present <= paths[name].keys()}
    if not present or not fitting:
        return None
    fewest = min(fitting.values())
    best = [name for name, absent in fitting.items() if absent == fewest]
    same = f" Edition {' and '.join(best[1:])} has the same paths." if best[1:] else ""
    return DetectedEdition(
        best[0],
        f"Edition {best[0]} of the contract: the server has {', '.join(sorted(present))}.{same} "
        "Choose another with --edition.",
        tuple(best),
        tuple(scope for path, scope in paths[best[0]].items() if path in present),
    )


def _paths_of_participants() -> dict[str, dict[str, Scope]]:
    """Return the paths of all lists of participants in each edition, with their scopes."""
    paths: dict[str, dict[str, Scope]] = defaultdict(dict)
    for name in editions():
        for scope in Edition(name).scopes:
            paths[name][operation_paths(name, scope)[f"list_{scope.programme}_participants"]] = scope
    return dict(paths)


def _is_present(response: RawResponse) -> bool:
    """Return whether the response is a list, or refuses this token to read it."""
    return response.status == 403 or (response.status == 200 and _is_list(response))


def _is_list(response: RawResponse) -> bool:
    try:
        body = parse_json(response.body)
    except NotJsonError:
        return False
    return isinstance(body, dict) and isinstance(body.get("data"), list)

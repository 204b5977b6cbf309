"""Links of a response: the operations that follow from it, with the ids that it contains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.http import Response

_IN_BODY = "$response.body#"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a response, with its expressions evaluated."""

    operation: Operation
    path: str


def links_of(response: Response, contract: Contract) -> Mapping[str, Link]:
    """Return the links of a response by name, without those whose parameters are missing.

    Raise IncompleteResponse if the response is not JSON.
    """
    operation = contract.find(response.method, response.path)
    if operation is None:
        return {}
    documented = resolve(contract.document, operation.definition["responses"].get(str(response.status), {}))
    links: dict[str, Link] = {}
    for name, link in documented.get("links", {}).items():
        target = contract.operation(resolve(contract.document, link)["operationId"])
        values = {each: _evaluate(expression, response.json) for each, expression in link["parameters"].items()}
        if all(isinstance(value, str) for value in values.values()):
            links[name] = Link(target, target.path.format(**values))
    return links


def _evaluate(expression: str, body: Any) -> Any:
    """Return the value of a runtime expression; None if the body lacks it."""
    value = body
    for name in expression.removeprefix(_IN_BODY).split("/")[1:]:
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value

"""What can be asked next, as the contract's links say: which operation follows from an answer, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.http import Response

_IN_BODY = "$response.body#"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of an answer, its expressions replaced by what the answer holds."""

    name: str
    operation: Operation
    path: str


def links_of(answer: Response, contract: Contract) -> Mapping[str, Link]:
    """The links of an answer by name, but for those whose parameters it lacks.

    Raises IncompleteResponse if it is not JSON.
    """
    return {link.name: link for link in _links(answer, contract)}


def _links(answer: Response, contract: Contract) -> Iterator[Link]:
    operation = contract.find(answer.method, answer.path)
    if operation is None:
        return
    responses = contract.document["paths"][operation.path][operation.method.lower()]["responses"]
    response = resolve(contract.document, responses.get(str(answer.status), {}))
    for name, link in response.get("links", {}).items():
        follows = contract.operation(resolve(contract.document, link)["operationId"])
        values = {each: _value(expression, answer.json) for each, expression in link["parameters"].items()}
        if all(isinstance(value, str) for value in values.values()):
            yield Link(name, follows, follows.path.format(**values))


def _value(expression: str, body: Any) -> Any:
    """What a runtime expression stands for; None if the body lacks it."""
    found = body
    for name in expression.removeprefix(_IN_BODY).split("/")[1:]:
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict):
            found = found.get(name)
        else:
            return None
    return found

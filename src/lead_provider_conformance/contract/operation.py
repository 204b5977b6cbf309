"""Operations of the contract, and routes from a request to its operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from lead_provider_conformance.contract.errors import ContractError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_PLACEHOLDER = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API: a method and a path."""

    id: str
    """The operationId, snake_case words: `list_ecf_participants`."""
    method: str
    """In capitals: `GET`."""
    path: str
    """The template: `/api/v3/participants/ecf/{id}`."""
    programmes: frozenset[str]
    """`ecf`, `npq` or both."""
    deprecated: bool
    statuses: tuple[int, ...]
    """The documented statuses, in ascending order."""
    definition: Mapping[str, Any]
    """The bundled OpenAPI operation object; its references are local to the bundled document."""
    parameters: tuple[Mapping[str, Any], ...] = ()
    """The parameter objects of the operation and of its path, without references."""

    @property
    def writes(self) -> bool:
        """Return whether a request may change data on the server."""
        return self.method not in _SAFE_METHODS

    def __repr__(self) -> str:
        """Return the same short text in every run, because it is part of the names of parametrized tests."""
        return f"<{self.method} {self.path}>"

    def __hash__(self) -> int:
        """Hash by id and method, which are unique in one version."""
        return hash((self.id, self.method))


def operations_of(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Return the operations of a bundled document, in its order."""
    return tuple(_operations(document))


def _operations(document: Mapping[str, Any]) -> Iterable[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            definition = item[method]
            raw = [*item.get("parameters", ()), *definition.get("parameters", ())]
            yield Operation(
                id=definition["operationId"],
                method=method.upper(),
                path=path,
                programmes=frozenset(definition["tags"]) & {"ecf", "npq"},
                deprecated=bool(definition.get("deprecated", False)),
                statuses=tuple(sorted(int(status) for status in definition["responses"])),
                definition=definition,
                parameters=tuple(resolve(document, parameter) for parameter in raw),
            )


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `node`, or the node that its `$ref` names. Raise ContractError if the `$ref` is broken."""
    followed: set[str] = set()
    while "$ref" in node:
        reference: str = node["$ref"]
        if reference in followed:
            raise ContractError(f"$ref '{reference}' refers to itself.")
        followed.add(reference)
        target: Any = document
        for part in unquote(reference.removeprefix("#/")).split("/"):
            try:
                name = part.replace("~1", "/").replace("~0", "~")
                target = target[int(name)] if isinstance(target, list) else target[name]
            except (KeyError, IndexError, TypeError, ValueError):
                raise ContractError(f"$ref '{reference}' is broken: there is no '{part}' in it.") from None
        node = target
    return node


class Routes:
    """Find operations by method and path. A literal segment takes precedence over a placeholder."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Sort the path templates of `operations` by precedence."""
        self._routes: dict[str, list[tuple[tuple[bool, ...], re.Pattern[str], Operation]]] = {}
        for operation in operations:
            segments = operation.path.strip("/").split("/")
            rank = tuple("{" in segment for segment in segments)
            self._routes.setdefault(operation.method, []).append((rank, template(operation.path), operation))
        for routes in self._routes.values():
            routes.sort(key=lambda route: route[0])

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a request without its query, or None. HEAD is a GET without a body."""
        method = method.upper()
        if method == "HEAD":
            found = self.find("GET", path)
            return found and replace(found, method="HEAD")
        for _, pattern, operation in self._routes.get(method, ()):
            if pattern.fullmatch(path):
                return operation
        return None


def template(path: str) -> re.Pattern[str]:
    """Return a pattern that matches the paths of a template, with a named group for each placeholder."""
    parts = _PLACEHOLDER.split(path)
    pieces = [f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
    return re.compile("".join(pieces))

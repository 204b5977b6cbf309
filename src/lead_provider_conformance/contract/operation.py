"""Operations of the contract, and routes from a request to its operation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from lead_provider_conformance.contract.source import ContractError

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
    route: re.Pattern[str] = field(init=False, repr=False, compare=False)
    """A pattern that matches the paths of the template, with a named group for each placeholder."""

    def __post_init__(self) -> None:
        """Compile the route."""
        parts = _PLACEHOLDER.split(self.path)
        pieces = [f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
        object.__setattr__(self, "route", re.compile("".join(pieces)))

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
    return tuple(
        Operation(
            id=item[method]["operationId"],
            method=method.upper(),
            path=path,
            programmes=frozenset(item[method]["tags"]) & {"ecf", "npq"},
            deprecated=bool(item[method].get("deprecated", False)),
            statuses=tuple(sorted(map(int, item[method]["responses"]))),
            definition=item[method],
            parameters=tuple(
                resolve(document, each) for part in (item, item[method]) for each in part.get("parameters", ())
            ),
        )
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
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
        self._by_form: dict[tuple[str, int], list[Operation]] = defaultdict(list)
        for each in sorted(operations, key=lambda each: ["{" in part for part in each.path.split("/")]):
            self._by_form[each.method, each.path.count("/")].append(each)

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a request without its query, or None. HEAD is a GET without a body."""
        method = method.upper()
        if method == "HEAD":
            found = self.find("GET", path)
            return found and replace(found, method="HEAD")
        candidates = self._by_form.get((method, path.count("/")), ())
        return next((each for each in candidates if each.route.fullmatch(path)), None)

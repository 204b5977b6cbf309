"""From a method and a path to an operation."""

from __future__ import annotations

from collections.abc import Iterable

from lead_provider_sandbox.http.operations import Operation

Found = tuple[Operation, dict[str, str]]

_Pattern = tuple[tuple[int, str], ...]


class Router:
    """Finds operations by path; of two that fit, the one with more literal segments wins."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_shape: dict[tuple[str, int], list[tuple[_Pattern, tuple[tuple[int, str], ...], Operation]]] = {}
        for operation in operations:
            segments = list(enumerate(operation.path.split("/")))
            literal = tuple((place, text) for place, text in segments if not text.startswith("{"))
            named = tuple((place, text[1:-1]) for place, text in segments if text.startswith("{"))
            shape = (operation.method, len(segments))
            self._by_shape.setdefault(shape, []).append((literal, named, operation))
        for candidates in self._by_shape.values():
            candidates.sort(key=lambda candidate: len(candidate[1]))

    def find(self, method: str, path: str) -> Found | None:
        """The operation for a request, with the ids in its path; None when there is none.

        `.json` at the end of a path changes nothing (behaviour HDR-JSON-SUFFIX), nor does a slash; HEAD is GET.
        """
        segments = path.removesuffix("/").removesuffix(".json").split("/")
        shape = ("GET" if method == "HEAD" else method, len(segments))
        for literal, named, operation in self._by_shape.get(shape, ()):
            if all(segments[place] == text for place, text in literal):
                return operation, {name: segments[place] for place, name in named}
        return None

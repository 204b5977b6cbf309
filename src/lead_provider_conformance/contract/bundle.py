"""Bundle an entry document and the component files that it references into one OpenAPI document.

A component file groups its components as OpenAPI's own `components` does (`schemas`, `parameters`, `responses` …):
`components/errors.yaml#/responses/NotFound` becomes `#/components/responses/NotFound`. The bundle has only referenced
components.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.source import Source

COMPONENT_KINDS = (
    "schemas", "responses", "parameters", "examples", "requestBodies", "headers", "securitySchemes", "links",
)  # fmt: skip

Where = tuple[str | int, ...]


def bundle(entry: Path) -> dict[str, Any]:
    """Return the bundled document of an entry document, such as `openapi/v3.yaml`.

    Raise `ContractError`, with file and line, for a file that is not YAML or a broken `$ref`.
    """
    entry = entry.resolve()
    return _Bundler(entry.parent).bundle(entry)


@cache
def source_of(path: Path, root: Path) -> Source:
    """Return a parsed file of the contract in `root`; each is read once."""
    return Source(path, str(Path(root.name) / path.relative_to(root)) if path.is_relative_to(root) else str(path))


@cache
def _component_file(folder: Path, file: str) -> Path | None:
    """Return the file that a `$ref` of a file in `folder` names; None if there is no such file."""
    path = (folder / file).resolve()
    return path if path.is_file() else None


class _Bundler:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._components: dict[str, dict[str, Any]] = {}
        self._origins: dict[tuple[str, str], Source] = {}

    def bundle(self, entry: Path) -> dict[str, Any]:
        source = source_of(entry, self._root)
        document: dict[str, Any] = self._with_local_refs(source.data, source, ())
        components = document.get("components", {})
        for kind, members in self._components.items():
            components.setdefault(kind, {}).update(members)
        document["components"] = {
            kind: dict(sorted(components[kind].items())) for kind in COMPONENT_KINDS if kind in components
        }
        return document

    def _with_local_refs(self, node: Any, source: Source, where: Where) -> Any:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                return {**node, "$ref": self._local_ref(node["$ref"], source, (*where, "$ref"))}
            return {str(key): self._with_local_refs(value, source, (*where, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self._with_local_refs(value, source, (*where, index)) for index, value in enumerate(node)]
        return node

    def _local_ref(self, reference: str, source: Source, where: Where) -> str:
        """Add the component that `reference` names to the bundle, and return its `$ref` there."""
        file, _, pointer = reference.partition("#")
        parts = [part for part in pointer.split("/") if part]
        in_entry = parts[:1] == ["components"]
        if len(parts) != (3 if in_entry else 2) or parts[-2] not in COMPONENT_KINDS:
            raise source.error(where, f"$ref '{reference}' must name a component, such as '#/responses/NotFound'.")
        target = source
        if file:
            path = _component_file(source.path.parent, file)
            if path is None:
                raise source.error(where, f"$ref '{reference}' is broken: there is no file '{file}'.")
            target = source_of(path, self._root)
        component = target.data
        for part in parts:
            if not isinstance(component, dict) or part not in component:
                raise source.error(where, f"$ref '{reference}' is broken: there is no '{part}' in it.")
            component = component[part]
        kind, name = parts[-2:]
        if not in_entry:
            self._add(kind, name, component, target)
        return f"#/components/{kind}/{name}"

    def _add(self, kind: str, name: str, component: Any, source: Source) -> None:
        origin = self._origins.get((kind, name))
        if origin is source:
            return
        if origin is not None:
            raise source.error(
                (kind, name), f"'{kind}/{name}' is also defined in {origin.label}; rename one of them.", key=True
            )
        self._origins[kind, name] = source
        components = self._components.setdefault(kind, {})
        components[name] = None  # reserves the name, because a schema may refer to itself
        components[name] = self._with_local_refs(component, source, (kind, name))

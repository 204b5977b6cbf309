"""Makes one self-contained OpenAPI document out of an entry document and the components it refers to.

A component file groups its pieces as OpenAPI's own `components` does (`schemas`, `parameters`, `responses` …);
`components/errors.yaml#/responses/NotFound` becomes `#/components/responses/NotFound`. Only what is referred to,
directly or through other pieces, comes into the bundle.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.source import Source
from lead_provider_conformance.contract.structure import COMPONENT_KINDS, check_components, check_entry, check_links

Where = tuple[str | int, ...]


def bundle(entry: Path) -> dict[str, Any]:
    """The self-contained document of an entry document, such as `openapi/v3.yaml`.

    Component files are read once per process. Raises `ContractError`, with file and line, if a document is broken.
    """
    entry = entry.resolve()
    return _Bundle(_library(entry.parent)).of(entry.name)


class _Library:
    """The files of one contract, each read and checked once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sources: dict[Path, Source] = {}

    def entry(self, name: str) -> Source:
        path = self._root / name
        if path not in self._sources:
            self._sources[path] = source = self._read(path)
            check_entry(source)
        return self._sources[path]

    def components(self, path: Path) -> Source:
        if path not in self._sources:
            self._sources[path] = source = self._read(path)
            check_components(source)
        return self._sources[path]

    def _read(self, path: Path) -> Source:
        inside = path.is_relative_to(self._root)
        return Source(path, str(Path(self._root.name) / path.relative_to(self._root)) if inside else str(path))


@cache
def _library(root: Path) -> _Library:
    return _Library(root)


class _Bundle:
    """One bundling: the pieces brought in so far, and the files they came from."""

    def __init__(self, library: _Library) -> None:
        self._library = library
        self._pieces: dict[str, dict[str, Any]] = {}
        self._origins: dict[tuple[str, str], Source] = {}

    def of(self, entry: str) -> dict[str, Any]:
        source = self._library.entry(entry)
        document: dict[str, Any] = self._inlined(source.data, source, ())
        components = document.get("components", {})
        for kind, pieces in self._pieces.items():
            components.setdefault(kind, {}).update(pieces)
        document["components"] = {
            kind: dict(sorted(components[kind].items())) for kind in COMPONENT_KINDS if kind in components
        }
        check_links(document, {(kind, name): source for (kind, name), source in self._origins.items()})
        return document

    def _inlined(self, node: Any, source: Source, where: Where) -> Any:
        """A copy of `node` whose references are local to the bundle."""
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                return {**node, "$ref": self._hoisted(node["$ref"], source, (*where, "$ref"))}
            return {str(key): self._inlined(value, source, (*where, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self._inlined(value, source, (*where, index)) for index, value in enumerate(node)]
        return node

    def _hoisted(self, reference: str, source: Source, where: Where) -> str:
        """The place in the bundle of what `reference` means, having brought it there."""
        file, _, pointer = reference.partition("#")
        parts = [part for part in pointer.split("/") if part]
        in_entry = parts[:1] == ["components"]
        if len(parts) != (3 if in_entry else 2) or parts[-2] not in COMPONENT_KINDS:
            raise source.fail(where, f"$ref '{reference}' must name a whole component, such as '#/responses/NotFound'.")
        target = source
        if file:
            path = (source.path.parent / file).resolve()
            if not path.is_file():
                raise source.fail(where, f"$ref '{reference}' leads nowhere: there is no file '{file}'.")
            target = self._library.components(path)
        piece = target.data
        for part in parts:
            if not isinstance(piece, dict) or part not in piece:
                raise source.fail(where, f"$ref '{reference}' leads nowhere: there is no '{part}' in it.")
            piece = piece[part]
        kind, name = parts[-2:]
        if not in_entry:
            self._bring(kind, name, piece, target)
        return f"#/components/{kind}/{name}"

    def _bring(self, kind: str, name: str, piece: Any, source: Source) -> None:
        known = self._origins.get((kind, name))
        if known is source:
            return
        if known is not None:
            raise source.fail(
                (kind, name), f"'{kind}/{name}' is also defined in {known.shown_as}; rename one of them.", key=True
            )
        self._origins[kind, name] = source
        pieces = self._pieces.setdefault(kind, {})
        pieces[name] = None  # its place, so that a schema may refer to itself
        pieces[name] = self._inlined(piece, source, (kind, name))

"""Makes one self-contained OpenAPI document out of an entry document and the components it refers to.

A component file groups its pieces as OpenAPI's own `components` does (`schemas`, `parameters`, `responses` …);
`components/errors.yaml#/responses/NotFound` becomes `#/components/responses/NotFound`. Only what is referred to,
directly or through other pieces, comes into the bundle.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.errors import ContractError
from lead_provider_conformance.contract.source import Source
from lead_provider_conformance.contract.structure import COMPONENT_KINDS, check_component_file, check_entry

Where = tuple[str | int, ...]


class Bundler:
    """Bundles entry documents of one folder; component files are read once for all of them."""

    def __init__(self, root: Path) -> None:
        """`root` is the folder of the contract."""
        self.root = root.resolve()
        self._sources: dict[Path, Source] = {}

    def bundle(self, entry: str) -> dict[str, Any]:
        """The self-contained document of the entry file `entry` ("v3.yaml"). Raises `ContractError`."""
        source = self._source(self.root / entry)
        check_entry(source)
        self._components: dict[str, dict[str, Any]] = {}
        self._origins: dict[tuple[str, str], Path] = {}
        document: dict[str, Any] = self._inlined(source.data, source, ())
        own = document.get("components", {})
        for kind, pieces in self._components.items():
            own.setdefault(kind, {}).update(pieces)
        document["components"] = {kind: dict(sorted(own[kind].items())) for kind in COMPONENT_KINDS if kind in own}
        return document

    def _source(self, path: Path) -> Source:
        if path not in self._sources:
            inside = path.is_relative_to(self.root)
            shown = Path(self.root.name) / path.relative_to(self.root) if inside else path
            self._sources[path] = Source(path, str(shown))
            if path.parent != self.root:
                check_component_file(self._sources[path])
        return self._sources[path]

    def _inlined(self, node: Any, source: Source, where: Where) -> Any:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                return {**node, "$ref": self._hoisted(node["$ref"], source, where)}
            return {str(key): self._inlined(value, source, (*where, str(key))) for key, value in node.items()}
        if isinstance(node, list):
            return [self._inlined(value, source, (*where, index)) for index, value in enumerate(node)]
        return node

    def _hoisted(self, reference: str, source: Source, where: Where) -> str:
        """The place in the bundle of what `reference` means, having brought it there."""
        file, _, pointer = reference.partition("#")
        path = (source.path.parent / file).resolve() if file else source.path
        broken = source.fail((*where, "$ref"), f"$ref '{reference}' leads nowhere.")
        if not path.is_file():
            raise source.fail(
                (*where, "$ref"), f"$ref '{reference}' leads nowhere: there is no file '{file}' beside it."
            )
        target = self._source(path)
        parts = [part for part in pointer.split("/") if part]
        in_entry = parts[:1] == ["components"]
        if len(parts) != (3 if in_entry else 2) or parts[-2] not in COMPONENT_KINDS:
            raise source.fail(
                (*where, "$ref"),
                f"$ref '{reference}' must name one whole component, such as '#/responses/NotFound'.",
            )
        piece = target.data
        for part in parts:
            if not isinstance(piece, dict) or part not in piece:
                raise broken
            piece = piece[part]
        kind, name = parts[-2], parts[-1]
        if not in_entry:
            self._bring(kind, name, piece, target)
        return f"#/components/{kind}/{name}"

    def _bring(self, kind: str, name: str, piece: Any, target: Source) -> None:
        known = self._origins.get((kind, name))
        if known == target.path:
            return
        if known is not None:
            raise target.fail(
                (kind, name),
                f"'{kind}/{name}' is also defined in {self._source(known).shown_as}; one must be renamed.",
                key=True,
            )
        self._origins[kind, name] = target.path
        self._components.setdefault(kind, {})[name] = None  # its place, so that a schema may refer to itself
        self._components[kind][name] = self._inlined(piece, target, (kind, name))


def bundle(root: Path, version: str) -> dict[str, Any]:
    """The self-contained document of one version ("v3") of the contract in the folder `root`."""
    if not (root / f"{version}.yaml").is_file():
        raise ContractError(f"There is no version '{version}' in {root}: no file '{version}.yaml'.")
    return Bundler(root).bundle(f"{version}.yaml")

"""Open an OpenAPI document that the command line names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.contract.contract import Contract, versions
from lead_provider_conformance.contract.errors import ContractError
from lead_provider_conformance.contract.source import Source


def open_document(name: str) -> Mapping[str, Any]:
    """Return the bundled document `name`: "v1", "v2" or "v3", or the path of a YAML or JSON file.

    A file may reference other files in the layout of this contract. Raise ContractError if there is no such document,
    it is not OpenAPI 3, or a reference is broken.
    """
    if name in versions():
        return Contract.load(name).document
    path = Path(name)
    if not path.is_file():
        raise ContractError(f"'{name}' is neither a version ({', '.join(versions())}) nor a file.")
    document: Any = Source(path, name).data
    version = str(document.get("openapi", "")) if isinstance(document, dict) else ""
    if not version.startswith("3.") or "paths" not in document:
        raise ContractError(
            f"{name}: this is not an OpenAPI 3 document: `openapi: 3.…` or `paths` is missing at the top level."
        )
    if all(reference.startswith("#/") for reference in _references(document)):
        checked: Mapping[str, Any] = document
        return checked
    return bundle(path)


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return the document as YAML, with its keys in order."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(dict(document), Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)

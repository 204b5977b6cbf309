"""Open a document by its name on the command line: of the contract, a part of one, or a file.

| name | document |
|---|---|
| `v3` | version 3, of all editions that share it and both programmes |
| `v3-ecf`, `2025-04/v3`, `2025-04/v3-ecf` | the part of it for a programme, of an edition, or both |
| `2026-08/v3-ecf` | version 3 of the ECT service, which has a document of its own |
| `other.yaml` | a YAML or JSON file |
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.contract.contract import Contract, document_names, own_documents, versions
from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.excerpt import excerpt
from lead_provider_conformance.contract.source import ContractError, Source
from lead_provider_conformance.model import PROGRAMMES, Scope

_PART = re.compile(r"(?:(?P<edition>\d{4}-\d{2})/)?(?P<version>v\d+)(?:-(?P<programme>[a-z]+))?")


def open_document(name: str) -> Mapping[str, Any]:
    """Return the bundled document `name`.

    A file may reference other files in the layout of this contract. Raise ContractError if there is no such document,
    it is not OpenAPI 3, or a reference is broken, and UsageError if there is no such edition.
    """
    if name in document_names():
        return Contract.load(name).document
    if Path(name).is_file():
        return _file(Path(name))
    part = _PART.fullmatch(name)
    if part is not None:
        edition, version, programme = part["edition"], part["version"], part["programme"]
        if edition is not None:
            _check_has_no_documents_of_its_own(edition, name)
        if version in versions() and programme in (None, *PROGRAMMES):
            return excerpt(Contract.load(version).document, edition=edition, programme=programme)
    raise ContractError(
        f"'{name}' is neither a document ({', '.join(document_names())}) nor a file; give one of these."
    )


def edition_and_scope(name: str) -> tuple[str, Scope] | None:
    """Return the edition and scope in a name such as `2026-08/v3-ecf`; None if it lacks one of them."""
    part = None if Path(name).is_file() else _PART.fullmatch(name)
    if part is None or part["edition"] is None or part["programme"] not in PROGRAMMES:
        return None
    return part["edition"], Scope(part["version"], part["programme"])


def reference_page(name: str) -> str:
    """Return the file name of a document's reference page: `v3.md`, or `2026-08-ecf.md` for `2026-08/v3-ecf`."""
    return re.sub(r"/v\d+-", "-", name) + ".md"


def _check_has_no_documents_of_its_own(edition: str, name: str) -> None:
    if own := own_documents(load_edition(edition).name):
        raise ContractError(
            f"There is no document '{name}'. Edition {edition} has {' and '.join(own)}; give one of these."
        )


def _file(path: Path) -> Mapping[str, Any]:
    document: Any = Source(path, str(path)).data
    version = str(document.get("openapi", "")) if isinstance(document, dict) else ""
    if not version.startswith("3.") or "paths" not in document:
        raise ContractError(
            f"{path}: this is not an OpenAPI 3 document: `openapi: 3.…` or `paths` is missing at the top level."
        )
    names_other_file = re.search(r'"\$ref": "(?!#/)', json.dumps(document, default=str))
    bundled: Mapping[str, Any] = bundle(path) if names_other_file else document
    return bundled

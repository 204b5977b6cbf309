"""Load one version of the contract, and validate requests and responses against it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from lead_provider_conformance.contract.bodies import SchemaCompiler
from lead_provider_conformance.contract.bundle import bundle, source_of
from lead_provider_conformance.contract.operation import METHODS, Operation, Routes, operations_of
from lead_provider_conformance.contract.request import RequestChecker
from lead_provider_conformance.contract.response import ResponseChecker
from lead_provider_conformance.contract.source import ContractError
from lead_provider_conformance.model import Scope
from lead_provider_conformance.resources import contract_root


def versions() -> tuple[str, ...]:
    """Return the API versions, oldest first."""
    return ("v1", "v2", "v3")


@cache
def own_documents(edition: str) -> tuple[str, ...]:
    """Return the names of the documents in the folder of an edition; none if it shares those of the versions."""
    return tuple(f"{edition}/{each.stem}" for each in sorted((contract_root() / edition).glob("v[0-9]*.yaml")))


def document_name(edition: str, scope: Scope) -> str:
    """Return the name of the document of a scope in an edition."""
    return f"{edition}/{scope}" if own_documents(edition) else scope.version


def document_names() -> tuple[str, ...]:
    """Return the names of the package's documents: "v1", "v2", "v3", "2026-08/v3-ecf" …"""
    root = contract_root()
    return (*versions(), *(f"{each.parent.name}/{each.stem}" for each in sorted(root.glob("*/v[0-9]*.yaml"))))


def operation_paths(edition: str, scope: Scope) -> Mapping[str, str]:
    """Return the path of each operation of a scope by operationId, without the files that its document refers to."""
    items = _path_items(edition, scope)
    return {item[each]["operationId"]: path for path, item in items.items() for each in METHODS if each in item}


def operation_ids(edition: str, scope: Scope) -> frozenset[str]:
    """Return the operationIds of a version and programme, without the files that its document refers to."""
    items = _path_items(edition, scope)
    operations = (item[each] for item in items.values() for each in METHODS if each in item)
    return frozenset(each["operationId"] for each in operations if scope.programme in each["tags"])


def _path_items(edition: str, scope: Scope) -> Mapping[str, Any]:
    entry = (contract_root() / f"{document_name(edition, scope)}.yaml").resolve()
    items: Mapping[str, Any] = source_of(entry, entry.parent).data["paths"]
    return items


class UnknownOperationError(ContractError, KeyError):
    """The version of the contract has no operation with that id."""

    def __str__(self) -> str:
        """Return the message. A KeyError would quote it."""
        return str(self.args[0])


class Contract:
    """The contract of one API version. Use `Contract.load` to create one."""

    def __init__(self, version: str, document: Mapping[str, Any]) -> None:
        """Take a bundled OpenAPI 3.1 document with `info.x-edition`."""
        self.version = version
        """`v1`, `v2` or `v3`."""
        self.document = document
        """The bundled OpenAPI 3.1 document."""
        self.edition: str = document["info"]["x-edition"]
        """The dated state of the contract, such as `2024-12`."""
        self.hash = hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
        """SHA-256, in hexadecimal, of the document's canonical JSON."""
        self.operations = operations_of(document)
        """Every operation, in the document's order."""
        self._by_id = {operation.id: operation for operation in self.operations}
        self.find = Routes(self.operations).find
        """See `Routes.find`."""
        compiler = SchemaCompiler(document)
        self.check_request = RequestChecker(compiler).check
        """See `RequestChecker.check`."""
        responses = ResponseChecker(compiler)
        self.check_response = responses.check
        """See `ResponseChecker.check`."""
        self.shape = responses.shape
        """See `ResponseChecker.shape`."""

    @classmethod
    def load(cls, name: str, *, root: Path | None = None) -> Contract:
        """Return the contract in a document, such as "v3" or "2026-08/v3-ecf", by default of the package's own.

        Each document is loaded once per process. Raise ContractError if it is missing or not valid.
        """
        return _load(name, root)

    @classmethod
    def of(cls, edition: str, scope: Scope) -> Contract:
        """Return the contract of a scope in an edition. Raise ContractError if the edition has no such scope."""
        return cls.load(document_name(edition, scope))

    def has(self, operation_id: str) -> bool:
        """Return whether the contract has the operation with that operationId."""
        return operation_id in self._by_id

    def operation(self, operation_id: str) -> Operation:
        """Return the operation with that operationId. Raise UnknownOperationError."""
        if operation_id not in self._by_id:
            raise UnknownOperationError(f"The contract {self.version} has no operation '{operation_id}'.")
        return self._by_id[operation_id]


@cache
def _load(name: str, given: Path | None) -> Contract:
    root = given or contract_root()
    entry = root / f"{name}.yaml"
    if not entry.is_file():
        known = ", ".join(sorted(path.stem for path in root.glob("v*.yaml")))
        raise ContractError(f"There is no document '{name}' in {root}; there is {known or 'no document'}.")
    return Contract(entry.stem.partition("-")[0], bundle(entry))

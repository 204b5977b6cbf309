"""One version of the contract, loaded: its operations, and the checks of requests and responses against them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from lead_provider_conformance.contract.bodies import SchemaCompiler
from lead_provider_conformance.contract.bundle import bundle
from lead_provider_conformance.contract.errors import ContractError, UnknownOperationError
from lead_provider_conformance.contract.members import Shape
from lead_provider_conformance.contract.operation import Operation, Routes, operations_of
from lead_provider_conformance.contract.request import RequestChecker
from lead_provider_conformance.contract.response import ResponseChecker
from lead_provider_conformance.contract.violation import Violation
from lead_provider_conformance.resources import contract_root

_VERSIONS = ("v1", "v2", "v3")


def versions() -> tuple[str, ...]:
    """The API versions that the contract describes, oldest first."""
    return _VERSIONS


class Contract:
    """One version of the Lead Provider API as the contract describes it. Made by `Contract.load`."""

    def __init__(self, version: str, document: Mapping[str, Any]) -> None:
        """`document` is a self-contained OpenAPI 3.1 document with `info.x-edition`."""
        self.version = version
        """`v1`, `v2` or `v3`."""
        self.document = document
        """The self-contained OpenAPI 3.1 document."""
        self.edition: str = document["info"]["x-edition"]
        """The dated state of the contract, such as `2024-12`."""
        self.hash = hashlib.sha256(_canonical(document)).hexdigest()
        """SHA-256, in hexadecimal, of the document's canonical JSON."""
        self.operations = operations_of(document)
        """Every operation, in the document's order."""
        self._by_id = {operation.id: operation for operation in self.operations}
        self._routes = Routes(self.operations)
        compiler = SchemaCompiler(document)
        self._requests = RequestChecker(document, compiler)
        self._responses = ResponseChecker(document, compiler)

    @classmethod
    def load(cls, version: str, *, root: Path | None = None) -> Contract:
        """The contract of `version` ("v1", "v2", "v3"), from the folder `root` or from the one that came with this
        package. Each is read once per process. Raises `ContractError` if a document is broken or missing.
        """
        return _load(version, root)

    def operation(self, operation_id: str) -> Operation:
        """The operation with that operationId. Raises `UnknownOperationError`."""
        try:
            return self._by_id[operation_id]
        except KeyError:
            raise UnknownOperationError(f"The contract {self.version} has no operation '{operation_id}'.") from None

    def find(self, method: str, path: str) -> Operation | None:
        """The operation that a request is for; `path` is concrete and has no query. HEAD is a GET without a body."""
        return self._routes.find(method, path)

    def check_response(
        self, operation: Operation, status: int, content_type: str | None, body: bytes
    ) -> tuple[Violation, ...]:
        """What a response does that the contract does not allow, empty when all is well."""
        return self._responses.check(operation, status, content_type, body)

    def shape(self, operation: Operation, status: int) -> Shape | None:
        """The members of the JSON that a status comes with; None if the contract has no JSON for it."""
        return self._responses.shape(operation, status)

    def check_request(
        self,
        operation: Operation,
        path: str,
        query: Sequence[tuple[str, str]],
        content_type: str | None,
        body: bytes | None,
    ) -> tuple[Violation, ...]:
        """What a request does that the contract does not allow, empty when all is well.

        `undocumented-member` is told of members of the body that servers are bound to ignore, everything else
        under `request-schema`.
        """
        return self._requests.check(operation, path, query, content_type, body)


@cache
def _load(version: str, given: Path | None) -> Contract:
    root = given or contract_root()
    entry = root / f"{version}.yaml"
    if not entry.is_file():
        known = ", ".join(sorted(path.stem for path in root.glob("v*.yaml")))
        raise ContractError(f"There is no version '{version}' in {root}; there is {known or 'none at all'}.")
    return Contract(version, bundle(entry))


def _canonical(document: Mapping[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)

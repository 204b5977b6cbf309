"""Record which parts of the sandbox each test reaches. Only a test that reaches a faulty part can catch the fault."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lead_provider_sandbox.faults.catalogue import Faulty
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.services import OPERATION_IDS
from lead_provider_sandbox.parts import PARTS
from lead_provider_sandbox.sandbox import Sandbox

PartCall = tuple[str, str]
"""An operation, such as `GET /api/v3/statements`, and a part of the sandbox that it called."""

Coverage = Mapping[str, frozenset[PartCall]]
"""The part calls of each test, by test id."""

# Parts that run before the operation is known count for every version.
_ANY_OPERATION = "any request to /api/v1/ or /api/v2/ or /api/v3/"
_OPERATIONS = [*OPERATION_IDS, _ANY_OPERATION]
_PARTS = sorted(PARTS)


class CoverageRecorder:
    """Flags in memory that a sandbox sets and the process of the tests reads: one per operation and part."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._flags = mmap.mmap(-1, len(_OPERATIONS) * len(_PARTS))

    def attach(self, sandbox: Sandbox) -> None:
        """Make every part of a sandbox set its flag when it is called."""
        sandbox.gateway.replacements = {part: self._recording(index) for index, part in enumerate(_PARTS)}

    def _recording(self, part: int) -> Callable[..., Any]:
        flags = {operation: index * len(_PARTS) + part for index, operation in enumerate(_OPERATIONS)}

        def replacement(original: Callable[..., Any], call: ApiRequest | Gateway, *arguments: Any) -> Any:
            self._flags[flags[call.operation.id if isinstance(call, ApiRequest) else _ANY_OPERATION]] = 1
            return original(call, *arguments)

        return replacement

    def save(self, test: str) -> None:
        """Write the flags set since the last call as those of a test, and clear them."""
        flags = self._flags[:]
        self._flags[:] = bytes(len(flags))
        reached = [index for index, flag in enumerate(flags) if flag]
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps([test, reached]) + "\n")

    def read(self) -> Coverage:
        """Return the part calls of each saved test."""
        lines = map(json.loads, self._file.read_text(encoding="utf-8").splitlines())
        return {test: frozenset(map(_part_call, reached)) for test, reached in lines}


def _part_call(flag: int) -> PartCall:
    return _OPERATIONS[flag // len(_PARTS)], _PARTS[flag % len(_PARTS)]


def reaches(calls: Iterable[PartCall], faulty: Faulty, version: str) -> bool:
    """Return whether an operation of the version called a part where it is faulty."""
    for operation, part in calls:
        if part in faulty and f" /api/{version}/" in operation:
            operations = faulty[part]
            if operations is None or operation in operations:
                return True
    return False

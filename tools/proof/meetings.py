"""Which parts of the sandbox each test meets: a test that never meets a faulty part cannot catch it."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lead_provider_sandbox.faults.catalogue import Faulty
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.parts import PARTS
from lead_provider_sandbox.sandbox import Sandbox

Meeting = tuple[str, str]
"""An operation, as `GET /api/v3/statements`, and a part that a call of it went through."""

Meetings = Mapping[str, frozenset[Meeting]]
"""What each test met, by its id."""

# What the parts are met in that find the operation, if there is one: whatever is asked, of each version.
_ANY = "any request to /api/v1/ or /api/v2/ or /api/v3/"
_OPERATIONS = [*(operation.id for operation in OPERATIONS), _ANY]
_PARTS = sorted(PARTS)


class Notebook:
    """Memory that a sandbox notes meetings in, shared with the process that runs tests against it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._noted = mmap.mmap(-1, len(_OPERATIONS) * len(_PARTS))

    def hand_to(self, sandbox: Sandbox) -> None:
        """Let every part of a sandbox note that it is met, and do what it always does."""
        sandbox.gateway.replacements = {part: self._noting(place) for place, part in enumerate(_PARTS)}

    def _noting(self, part: int) -> Callable[..., Any]:
        places = {operation: place * len(_PARTS) + part for place, operation in enumerate(_OPERATIONS)}

        def replacement(original: Callable[..., Any], call: ApiRequest | Gateway, *arguments: Any) -> Any:
            self._noted[places[call.operation.id if isinstance(call, ApiRequest) else _ANY]] = 1
            return original(call, *arguments)

        return replacement

    def turn_page(self, test: str) -> None:
        """Write down what was met since the last test ended: it is what this one has met."""
        noted = self._noted[:]
        self._noted[:] = bytes(len(noted))
        met = [place for place, value in enumerate(noted) if value]
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps([test, met]) + "\n")

    def read(self) -> Meetings:
        """What each test has met."""
        lines = map(json.loads, self._file.read_text(encoding="utf-8").splitlines())
        return {test: frozenset(map(_meeting, met)) for test, met in lines}


def _meeting(place: int) -> Meeting:
    return _OPERATIONS[place // len(_PARTS)], _PARTS[place % len(_PARTS)]


def meets(meetings: Iterable[Meeting], faulty: Faulty, version: str) -> bool:
    """Whether a faulty part is among what was met in operations of a version, in one in which it is faulty."""
    for operation, part in meetings:
        if part in faulty and f" /api/{version}/" in operation:
            operations = faulty[part]
            if operations is None or operation in operations:
                return True
    return False

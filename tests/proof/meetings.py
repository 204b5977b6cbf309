"""Which parts of the sandbox each test meets: a test that never meets a faulty part cannot catch it."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lead_provider_sandbox.api.call import Call
from lead_provider_sandbox.api.operations import OPERATIONS
from lead_provider_sandbox.parts import PARTS
from lead_provider_sandbox.sandbox import Sandbox

Meeting = tuple[str, str]
"""An operation, as `GET /api/v3/statements`, and a part that a call of it went through."""

_OPERATIONS = {operation.id: place for place, operation in enumerate(OPERATIONS)}
_PARTS = {name: place for place, name in enumerate(sorted(PARTS))}


class Meetings:
    """Memory that a sandbox notes meetings in, and the process that tests it reads."""

    def __init__(self) -> None:
        self._noted = mmap.mmap(-1, len(_OPERATIONS) * len(_PARTS))

    def note(self, sandbox: Sandbox) -> None:
        """Let every part of a sandbox note that it is met, and do what it always does."""
        sandbox.gateway.replacements = {name: self._noting(place) for name, place in _PARTS.items()}

    def _noting(self, part: int) -> Callable[..., Any]:
        def replacement(original: Callable[..., Any], call: Call, *arguments: Any) -> Any:
            self._noted[_OPERATIONS[call.operation.id] * len(_PARTS) + part] = 1
            return original(call, *arguments)

        return replacement

    def taken(self) -> frozenset[Meeting]:
        """What was met since this was last asked."""
        noted = self._noted[:]
        self._noted[:] = bytes(len(noted))
        parts = list(_PARTS)
        operations = list(_OPERATIONS)
        return frozenset(
            (operations[place // len(parts)], parts[place % len(parts)]) for place, met in enumerate(noted) if met
        )


def meets(meetings: Iterable[Meeting], faulty: Mapping[str, frozenset[str] | None]) -> bool:
    """Whether a test with these meetings meets one of the faulty parts, in one of the operations it is faulty in.

    `faulty` has those operations by part; None for all of them.
    """
    return any(
        part in faulty and (faulty[part] is None or operation in faulty[part])  # type: ignore[operator]
        for operation, part in meetings
    )

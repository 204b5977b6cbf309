"""Every operation of the API: its method, its path, who may call it, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lead_provider_sandbox.api import declarations, ecf_participants
from lead_provider_sandbox.api.answers import Answer
from lead_provider_sandbox.parts import Part


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one version. `programmes` are those that a caller must deliver, any one of them."""

    version: str
    method: str
    path: str
    programmes: frozenset[str]
    handler: Part[[], Answer]

    @property
    def id(self) -> str:
        """A name for people: method and path."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it may change anything."""
        return self.method != "GET"


ECF = frozenset({"ecf"})
NPQ = frozenset({"npq"})
EITHER = ECF | NPQ

_ECF_PARTICIPANTS: Mapping[tuple[str, str], Part[[], Answer]] = {
    ("GET", "participants/ecf"): ecf_participants.list_participants,
    ("GET", "participants/ecf/{id}"): ecf_participants.show_participant,
    ("PUT", "participants/ecf/{id}/defer"): ecf_participants.defer,
    ("PUT", "participants/ecf/{id}/resume"): ecf_participants.resume,
    ("PUT", "participants/ecf/{id}/withdraw"): ecf_participants.withdraw,
}
_DECLARATIONS: Mapping[tuple[str, str], Part[[], Answer]] = {
    ("GET", "participant-declarations"): declarations.list_declarations,
    ("GET", "participant-declarations/{id}"): declarations.show_declaration,
    ("POST", "participant-declarations"): declarations.create_declaration,
    ("PUT", "participant-declarations/{id}/void"): declarations.void_declaration,
}


def _operations(
    version: str, programmes: frozenset[str], handlers: Mapping[tuple[str, str], Part[[], Answer]]
) -> list[Operation]:
    return [
        Operation(version, method, f"/api/{version}/{path}", programmes, handler)
        for (method, path), handler in handlers.items()
    ]


OPERATIONS: tuple[Operation, ...] = (
    *_operations("v3", ECF, _ECF_PARTICIPANTS),
    *_operations("v3", EITHER, _DECLARATIONS),
)

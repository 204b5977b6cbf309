"""Which operations the states can supply records for: those that are tested operation by operation.

An operation that is not named here is tested by the scenarios and rules about it, and by no generated request.
"""

from __future__ import annotations

from enum import StrEnum

from lead_provider_conformance.contract import Operation


class Subject(StrEnum):
    """What the record is that an operation's path names."""

    NONE = "none"
    PARTICIPANT = "participant"
    DECLARATION = "declaration"


SUBJECTS = {
    "list_ecf_participants": Subject.NONE,
    "show_ecf_participant": Subject.PARTICIPANT,
    "defer_ecf_participant": Subject.PARTICIPANT,
    "resume_ecf_participant": Subject.PARTICIPANT,
    "withdraw_ecf_participant": Subject.PARTICIPANT,
    "list_participant_declarations": Subject.NONE,
    "create_participant_declaration": Subject.NONE,
    "show_participant_declaration": Subject.DECLARATION,
    "void_participant_declaration": Subject.DECLARATION,
}


def supplied(operation: Operation) -> bool:
    """Whether the states can supply what the operation is about."""
    return operation.id in SUBJECTS

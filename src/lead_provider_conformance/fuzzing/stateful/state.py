"""The expected state of the participant of a journey."""

from __future__ import annotations

from dataclasses import dataclass, field

from lead_provider_conformance.fuzzing.stateful.steps import EARLIER


@dataclass(frozen=True, slots=True)
class State:
    """The expected state of an applicant or a participant.

    `live` and `voided` are types of declarations. `schedule` is a schedule that a step has changed to, and
    `application` is empty for a participant who was accepted before the first step. In the ECT service, `role` is that
    of the participant, and `from_2025` says whether the rules from cohort 2025 on apply. `trained` says when the
    training began, and `stopped` is `today` if it was deferred or withdrawn today.
    """

    programme: str
    training: str = "active"
    live: frozenset[str] = field(default_factory=frozenset)
    voided: frozenset[str] = field(default_factory=frozenset)
    schedule: str = ""
    outcome: str = ""
    application: str = ""
    role: str = ""
    from_2025: bool = False
    service: str = ""
    trained: str = EARLIER
    stopped: str = ""

    @property
    def is_participant(self) -> bool:
        """Whether there is a participant: an applicant is not one until accepted."""
        return self.application in ("", "accepted")

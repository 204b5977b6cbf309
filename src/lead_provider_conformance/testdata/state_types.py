"""Named states: how to recognise a record in each, and how to derive one from another state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.testdata.application_facts import ApplicationFacts
from lead_provider_conformance.testdata.derivations import Derivation
from lead_provider_conformance.testdata.predicates import ParticipantFacts

Facts = TypeVar("Facts", ParticipantFacts, ApplicationFacts)


@dataclass(frozen=True, slots=True)
class NamedState(Generic[Facts]):
    """A state with a name, and a description for users."""

    name: str
    description: str
    recognises: Callable[[Facts], bool]
    derivation: Derivation | None = None
    where_funding_is_known: Derivation | None = None
    """The derivation in editions whose calendar has the funding of NPQ places."""

    def derivation_in(self, calendar: Calendar) -> Derivation | None:
        """Return the derivation in the edition of a calendar, if there is one."""
        return (calendar.has_npq_funding and self.where_funding_is_known) or self.derivation

    def is_recognised(self, facts: Facts) -> bool:
        """Return whether a record is in the state; False if it is malformed."""
        try:
            return self.recognises(facts)
        except IncompleteResponse:
            return False


@dataclass(frozen=True, slots=True)
class ParticipantState(NamedState[ParticipantFacts]):
    """A named state of participants.

    Participants with several enrolments are in no state other than those with `several_enrolments`.
    """

    several_enrolments: bool = False
    trained_before_today: bool = False
    """Whether a participant whose schedule has changed today is not in the state before tomorrow."""


@dataclass(frozen=True, slots=True)
class ApplicationState(NamedState[ApplicationFacts]):
    """A named state of NPQ applications."""


State = ParticipantState | ApplicationState

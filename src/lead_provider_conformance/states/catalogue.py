"""The named states: what a record in each looks like, and how it is made from another one.

This table is all that the suite knows about states. A test asks for one by name; `docs/states.md` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lead_provider_conformance.api import Api
from lead_provider_conformance.calendar import Calendar
from lead_provider_conformance.http import Answer
from lead_provider_conformance.records import BILLABLE, Declaration, Participant
from lead_provider_conformance.states.dates import declaration_of, window

# A window has to have been open for this long, so that no clock or time zone matters.
OPEN_FOR = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a participant on a day: themselves, every declaration about them, and the calendar."""

    participant: Participant
    declarations: Sequence[Declaration]
    calendar: Calendar
    today: date

    def training(self, kind: str) -> bool:
        """In training as an `ect` or a `mentor`."""
        return (
            self.participant.type == kind
            and self.participant.training_status == "active"
            and self.participant.enrolment.get("participant_status", "active") == "active"
        )

    @property
    def paid_for(self) -> bool:
        """In a cohort that is still paid for."""
        cohort = self.calendar.cohorts.get(self.participant.cohort_year or 0)
        return cohort is not None and cohort.payments_frozen is None

    def opened(self, declaration_type: str, *, ends: bool) -> bool:
        """Whether the window of that type has opened, on a schedule whose windows end, or do not."""
        found = window(self.participant, declaration_type, self.calendar)
        return found is not None and (found.end is not None) is ends and found.start <= self.today - OPEN_FOR

    @property
    def declarable(self) -> bool:
        """On a schedule with windows that end, all of which have opened."""
        return self.paid_for and self.opened("completed", ends=True)

    @property
    def live(self) -> list[str | None]:
        """The types of the declarations that will be, or have been, paid."""
        return [each.type for each in self.declarations if each.state in BILLABLE]


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a record in one state becomes a record in another: by one call of the API."""

    source: str
    act: Callable[[Api, Participant, Calendar], Answer]


@dataclass(frozen=True, slots=True)
class State:
    """A named situation. `recognises` tells one, and `derivation` is how to make one if the API can."""

    name: str
    description: str
    recognises: Callable[[Situation], bool]
    derivation: Derivation | None = None


CATALOGUE = {
    state.name: state
    for state in (
        State(
            "ect.no-declarations",
            "An early career teacher in training, about whom nothing has been declared, on a standard schedule "
            "all of whose windows have opened",
            lambda it: it.training("ect") and not it.declarations and it.declarable,
        ),
        State(
            "ect.started",
            "An early career teacher in training with a started declaration and no other live one",
            lambda it: it.training("ect") and it.live == ["started"] and it.declarable,
            Derivation(
                "ect.no-declarations",
                lambda api, ect, calendar: api.declare(declaration_of(ect, "started", calendar)),
            ),
        ),
        State(
            "mentor.no-declarations",
            "A mentor in training, about whom nothing has been declared, on a standard schedule "
            "all of whose windows have opened",
            lambda it: it.training("mentor") and not it.declarations and it.declarable,
        ),
        State(
            "ect.no-windows",
            "An early career teacher in training, about whom nothing has been declared, on a schedule without "
            "milestone windows",
            lambda it: it.training("ect") and not it.declarations and it.paid_for and it.opened("started", ends=False),
        ),
        State(
            "ect.withdrawn",
            "An early career teacher whom the provider has withdrawn",
            lambda it: it.participant.type == "ect" and it.participant.training_status == "withdrawn",
            Derivation("ect.started", lambda api, ect, _: api.withdraw(ect)),
        ),
    )
}

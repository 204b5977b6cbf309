"""What is known of a record when the suite asks which state it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lead_provider_conformance.api.records import BILLABLE, Declaration, Participant, parse_time
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.testdata.dates import next_window, window

# A window has to have been open for this long, so that no clock or time zone matters.
OPEN_FOR = timedelta(days=3)
# Courses whose participants neither pass nor fail: behaviour DECL-HAS-PASSED-NOT-FOR-EHCO-ASO.
WITHOUT_OUTCOME = frozenset({"npq-early-headship-coaching-offer", "npq-additional-support-offer"})


@dataclass(frozen=True, slots=True)
class Situation:
    """A participant on a day, with every declaration about their enrolment, and the calendar."""

    participant: Participant
    declarations: Sequence[Declaration]
    calendar: Calendar
    today: date

    def training(self, kind: str) -> bool:
        """In ECF training as an `ect` or a `mentor`."""
        return self.participant.type == kind and self.active

    @property
    def active(self) -> bool:
        """In training; versions 1 and 2 do not say of NPQ participants whether they are."""
        return (
            self.participant.training_status in ("active", None)
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
    def long_withdrawn(self) -> bool:
        """Withdrawn by the provider, so long ago that no clock or time zone matters."""
        if self.participant.training_status != "withdrawn":
            return False
        try:
            return parse_time(self.participant.withdrawal.get("date")).date() <= self.today - OPEN_FOR
        except IncompleteResponse:
            return False

    @property
    def declarable(self) -> bool:
        """On a schedule with windows that end, all of which have opened."""
        return self.paid_for and self.opened("completed", ends=True)

    @property
    def of_2025(self) -> bool:
        """In the cohort of 2025, whose windows do not end; nothing is declared, and the first has opened."""
        cohort = self.calendar.cohorts.get(self.participant.cohort_year or 0)
        detailed = cohort is not None and cohort.detailed_evidence
        return detailed and not self.declarations and self.paid_for and self.opened("started", ends=False)

    @property
    def live(self) -> list[str | None]:
        """The types of the declarations that will be, or have been, paid."""
        return [each.type for each in self.declarations if each.state in BILLABLE]

    @property
    def billed(self) -> list[str | None]:
        """The states of the declarations that have been, or are about to be, paid."""
        return [each.state for each in self.declarations if each.state in ("payable", "paid")]

    @property
    def all_paid(self) -> bool:
        """With declarations, every one of which has been paid."""
        return {each.state for each in self.declarations} == {"paid"}

    @property
    def funded(self) -> bool | None:
        """Eligible for funding, or `None` while that has not been decided."""
        return self.participant.eligible_for_funding

    @property
    def frozen(self) -> bool:
        """In a cohort whose payments are frozen."""
        cohort = self.calendar.cohorts.get(self.participant.cohort_year or 0)
        return cohort is not None and cohort.payments_frozen is not None and cohort.payments_frozen <= self.today

    @property
    def left(self) -> bool:
        """No longer with the provider, which did not withdraw them; versions 1 and 2 do not say so."""
        return self.participant.status == "left" and self.participant.training_status == "active"

    @property
    def of_two_providers(self) -> bool:
        """With live declarations by two lead providers; versions 1 and 2 do not say whose a declaration is."""
        return len({each.attributes.get("lead_provider_name") for each in self.declarations}) == 2

    @property
    def opened_since_withdrawal(self) -> bool:
        """Whether a window has opened since the participant was withdrawn."""
        return next_window(self.participant, self.calendar, self.today) is not None

    @property
    def without_outcome(self) -> bool:
        """On an NPQ that is neither passed nor failed."""
        return self.participant.course in WITHOUT_OUTCOME

    @property
    def npq(self) -> bool:
        """In NPQ training on a schedule that has opened and that is still paid for."""
        return self.active and self.paid_for and self.opened("started", ends=False)

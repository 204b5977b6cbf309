"""Facts about participants and applications. The catalogue combines them into predicates that recognise states."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from lead_provider_conformance.api.records import (
    BILLABLE,
    Declaration,
    Participant,
    parse_time,
)
from lead_provider_conformance.contract.calendar import Calendar, Cohort
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.testdata.dates import first_window_since_withdrawal, window_of
from lead_provider_conformance.testdata.delivery_partners import DeliveryPartners

# After this many days neither clocks nor time zones decide whether a date has passed.
SETTLED_AFTER = timedelta(days=3)
# Courses that are neither passed nor failed: behaviour DECL-HAS-PASSED-NOT-FOR-EHCO-ASO.
COURSES_WITHOUT_OUTCOME = frozenset({"npq-early-headship-coaching-offer", "npq-additional-support-offer"})
LEFT_WHEN_STOPPED_SINCE = "2026-08"
"""The first edition in which participants are shown as having left once they are deferred or withdrawn."""


def is_paid(cohort: int | None, calendar: Calendar, today: date, paid_cohorts: Collection[int] | None) -> bool:
    """Return whether declarations of a cohort are still paid: its payments are not frozen, and a statement is to come.

    Without known `paid_cohorts`, only the calendar decides.
    """
    known = calendar.cohorts.get(cohort or 0)
    if known is None or known.closed or (known.payments_frozen is not None and known.payments_frozen <= today):
        return False
    return paid_cohorts is None or known.year in paid_cohorts


@dataclass(frozen=True, slots=True)
class ParticipantFacts:
    """Facts about one enrolment of a participant on a day, with every declaration about it.

    `paid_cohorts` are those with a statement to come, if the server lists statements. `others` are the same person's
    other enrolments.
    """

    participant: Participant
    declarations: Sequence[Declaration]
    calendar: Calendar
    today: date
    paid_cohorts: Collection[int] | None = None
    others: Sequence[ParticipantFacts] = ()
    delivery_partners: DeliveryPartners | None = None
    """The delivery partners of the provider, in editions whose NPQ declarations name them."""
    provider: str | None = None
    """The name of the lead provider in its declarations, where it can see those of others; None elsewhere."""

    @property
    def lacks_delivery_partner(self) -> bool:
        """Declarations need a delivery partner, and the provider has none in the cohort."""
        return self.delivery_partners is not None and self.delivery_partners.are_missing(self.participant)

    @property
    def is_from_abroad(self) -> bool:
        """The applicant for an NPQ works outside the United Kingdom."""
        return self.delivery_partners is not None and self.delivery_partners.is_from_abroad(self.participant)

    @property
    def trains_as_ect(self) -> bool:
        """In training as an early career teacher."""
        return self.participant.type == "ect" and self.is_active

    @property
    def is_ect_known_to_school(self) -> bool:
        """An early career teacher who has not left the school, and has not been withdrawn by it.

        From edition 2026-08 on, a participant deferred or withdrawn by the provider is shown as having left.
        """
        is_stopped = self.participant.training_status in ("deferred", "withdrawn")
        shown = "left" if is_stopped and self.calendar.edition >= LEFT_WHEN_STOPPED_SINCE else "active"
        return self.participant.type == "ect" and self.participant.status == shown

    @property
    def is_joining(self) -> bool:
        """In training with a first day at the school that is to come."""
        return (self.participant.training_status, self.participant.status) == ("active", "joining")

    @property
    def trains_as_mentor(self) -> bool:
        """In training as a mentor."""
        return self.participant.type == "mentor" and self.is_active

    @property
    def trains_as_both(self) -> bool:
        """In training as an early career teacher and as a mentor, with one enrolment for each."""
        return self.trains_as_ect and len(self.others) == 1 and self.others[0].trains_as_mentor

    @property
    def is_active(self) -> bool:
        """In training, and not withdrawn by the school. Versions 1 and 2 show neither of NPQ participants.

        From edition 2026-08 on, participants who have finished are shown as active as well.
        """
        statuses = (self.participant.training_status, self.participant.status)
        if self.participant.course.startswith("npq-"):
            return all(each in ("active", None) for each in statuses)
        has_finished = self.calendar.edition >= LEFT_WHEN_STOPPED_SINCE and self._has_finished
        return statuses == ("active", "active") and not has_finished

    @property
    def trains_for_npq(self) -> bool:
        """In NPQ training on a schedule that has opened, in a cohort that is still paid for."""
        is_declarable = self.is_paid_for and not self.lacks_delivery_partner
        return self.is_active and is_declarable and self.window_opened("started", ends=False)

    @property
    def has_no_statement_to_come(self) -> bool:
        """In NPQ training on a schedule that has opened, in a cohort without a statement to come."""
        is_known = self.paid_cohorts is not None and not self.is_paid_for
        return self.is_active and is_known and self.window_opened("started", ends=False)

    @property
    def has_left(self) -> bool:
        """No longer with the provider, but not withdrawn by it. Versions 1 and 2 do not show it."""
        return self.participant.status == "left" and self.participant.training_status == "active"

    @property
    def was_withdrawn_long_ago(self) -> bool:
        """Withdrawn at least SETTLED_AFTER ago."""
        if self.participant.training_status != "withdrawn":
            return False
        try:
            return parse_time(self.participant.withdrawal.get("date")).date() <= self.today - SETTLED_AFTER
        except IncompleteResponse:
            return False

    @property
    def _cohort(self) -> Cohort | None:
        return self.calendar.cohorts.get(self.participant.cohort_year or 0)

    @property
    def is_paid_for(self) -> bool:
        """In a cohort that is still paid for."""
        return is_paid(self.participant.cohort_year, self.calendar, self.today, self.paid_cohorts)

    @property
    def is_in_open_cohort(self) -> bool:
        """In a cohort of the calendar that is neither closed nor frozen."""
        return self._cohort is not None and not self._cohort.closed and not self.is_frozen

    @property
    def is_frozen(self) -> bool:
        """In a cohort whose payments are frozen."""
        frozen = None if self._cohort is None else self._cohort.payments_frozen
        return frozen is not None and frozen <= self.today

    def window_opened(self, declaration_type: str, *, ends: bool) -> bool:
        """Return whether the window of that type has opened, on a schedule whose windows end, or never end."""
        window = window_of(self.participant, declaration_type, self.calendar)
        return window is not None and (window.end is not None) is ends and window.start <= self.today - SETTLED_AFTER

    @property
    def is_declarable(self) -> bool:
        """On a schedule all of whose windows have opened, and end; in a cohort that is still paid for."""
        return self.is_paid_for and self.window_opened("completed", ends=True)

    @property
    def is_undeclared_in_2025(self) -> bool:
        """In a cohort from 2025 on, whose windows never end; the first has opened, and there are no declarations."""
        is_2025 = self._cohort is not None and self._cohort.detailed_evidence
        return is_2025 and not self.declarations and self.is_paid_for and self.window_opened("started", ends=False)

    @property
    def has_completed(self) -> bool:
        """Finished with induction or training, as far as the enrolment and the declarations show."""
        return self._has_finished or "completed" in self.live_types

    @property
    def _has_finished(self) -> bool:
        ends = (self.participant.enrolment.get(each) for each in ("induction_end_date", "mentor_funding_end_date"))
        return any(ends)

    @property
    def window_opened_since_withdrawal(self) -> bool:
        """A window has opened since the participant was withdrawn."""
        return first_window_since_withdrawal(self.participant, self.calendar, self.today) is not None

    @property
    def eligible_for_funding(self) -> bool | None:
        """Whether DfE funds the training; None until that is decided."""
        return self.participant.eligible_for_funding

    @property
    def has_validated_trn(self) -> bool:
        """With a validated teacher reference number."""
        return self.participant.enrolment.get("teacher_reference_number_validated") is True

    @property
    def has_no_outcome(self) -> bool:
        """On a course that is neither passed nor failed."""
        return self.participant.course in COURSES_WITHOUT_OUTCOME

    @property
    def live_types(self) -> list[str | None]:
        """The types of the declarations that are, or will be, paid."""
        return [each.type for each in self.declarations if each.state in BILLABLE]

    @property
    def states(self) -> set[str | None]:
        """The states of the declarations."""
        return {each.state for each in self.declarations}

    @property
    def is_billed(self) -> bool:
        """With a declaration that is payable or paid."""
        return bool(self.states & {"payable", "paid"})

    @property
    def is_transferred(self) -> bool:
        """With declarations by another lead provider, which this one sees since a transfer."""
        names = {each.attributes.get("lead_provider_name") for each in self.declarations}
        return self.provider is not None and bool(names - {self.provider, None})

    @property
    def is_declared_by_two_providers(self) -> bool:
        """With declarations by two lead providers. Versions 1 and 2 do not show the provider of a declaration."""
        return len({each.attributes.get("lead_provider_name") for each in self.declarations}) == 2

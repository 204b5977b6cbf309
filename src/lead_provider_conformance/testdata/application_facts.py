"""Facts about NPQ applications, that the states of applications are recognised by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from lead_provider_conformance.api.records import Application, skip_malformed
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata.dates import opened_schedule
from lead_provider_conformance.testdata.delivery_partners import DeliveryPartners
from lead_provider_conformance.testdata.predicates import COURSES_WITHOUT_OUTCOME, SETTLED_AFTER, is_paid


class Applications:
    """An index of the provider's applications, and of the visible ones to a second provider."""

    def __init__(self, own: Iterable[Application], to_second_provider: Iterable[Application] = ()) -> None:
        self._own = _by_person(own)
        self._to_second_provider = _by_person(to_second_provider)
        self._funded_places: dict[tuple[str, str], set[bool | None]] = defaultdict(set)
        for each in chain.from_iterable(self._own.values()):
            if each.status == "accepted":
                self._funded_places[str(each.course), str(each.cohort_name)].add(each.funded_place)

    def others(self, application: Application) -> list[Application]:
        """Return the same person's other applications to the provider."""
        return [each for each in self._own[str(application.participant_id)] if each.id != application.id]

    def to_second_provider(self, application: Application) -> Sequence[Application]:
        """Return the same person's applications to the second provider."""
        return self._to_second_provider[str(application.participant_id)]

    def funded_places(self, application: Application) -> set[bool | None]:
        """Return the values of `funded_place` of accepted applications for the same course and cohort."""
        return self._funded_places[str(application.course), str(application.cohort_name)]


def _by_person(applications: Iterable[Application]) -> Mapping[str, Sequence[Application]]:
    by_person: dict[str, list[Application]] = defaultdict(list)
    for each, participant_id in skip_malformed(applications, lambda each: each.participant_id):
        by_person[str(participant_id)].append(each)
    return by_person


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """Facts about an application on a day, among all other applications."""

    application: Application
    applications: Applications
    calendar: Calendar
    today: date
    paid_cohorts: Collection[int] | None = None
    delivery_partners: DeliveryPartners | None = None
    """The delivery partners of the provider, in editions whose declarations name them."""

    @property
    def is_pending(self) -> bool:
        """Neither accepted nor rejected."""
        return self.application.status == "pending"

    @property
    def is_only_pending(self) -> bool:
        """Pending, and the only known application of the applicant."""
        return (
            self.is_pending
            and isinstance(self.application.participant_id, str)
            and not self.applications.others(self.application)
            and not self.applications.to_second_provider(self.application)
        )

    @property
    def is_contested(self) -> bool:
        """Pending with both providers, for the same course and cohort."""
        return self.is_pending and any(
            each.status == "pending" and self._is_for_same_place(each)
            for each in self.applications.to_second_provider(self.application)
        )

    @property
    def is_second(self) -> bool:
        """Pending, while another application for the same course is accepted."""
        return self.is_pending and any(
            each.status == "accepted" and each.course == self.application.course
            for each in self.applications.others(self.application)
        )

    @property
    def is_second_in_cohort(self) -> bool:
        """Pending, while another application for the same course and cohort is accepted."""
        is_known = self.application.cohort_suffix is not None
        return (
            self.is_pending
            and is_known
            and any(
                each.status == "accepted" and self._is_for_same_place(each)
                for each in self.applications.others(self.application)
            )
        )

    def _is_for_same_place(self, other: Application) -> bool:
        """Return whether another application is for the same course and cohort."""
        return (other.course, other.cohort_name) == (self.application.course, self.application.cohort_name)

    @property
    def funding(self) -> str | None:
        """How DfE funds the cohort: `full`, `capped` or `zero`; None if the calendar does not have it."""
        return self.calendar.npq_funding(self.application.cohort_year, self.application.cohort_suffix)

    @property
    def is_eligible(self) -> bool:
        """The applicant is eligible for funding."""
        return self.application.eligible

    @property
    def is_capped(self) -> bool:
        """Accepted applications for the same course and cohort have a `funded_place`, true or false."""
        if self.funding is not None:
            return self.funding == "capped"
        return bool(self.applications.funded_places(self.application) & {True, False})

    @property
    def is_uncapped(self) -> bool:
        """Accepted applications for the same course and cohort exist, and have no `funded_place`."""
        if self.funding is not None:
            return self.funding == "full"
        return self.applications.funded_places(self.application) == {None}

    @property
    def has_no_outcome(self) -> bool:
        """For a course that is neither passed nor failed."""
        return self.application.course in COURSES_WITHOUT_OUTCOME

    @property
    def is_trainable(self) -> bool:
        """For a course that has schedules in the cohort, all of which have opened; in a cohort still paid for."""
        has_opened = opened_schedule(self.application, self.calendar, self.today - SETTLED_AFTER) is not None
        return (
            has_opened
            and not (self.delivery_partners and self.delivery_partners.are_missing(self.application))
            and is_paid(self.application.cohort_year, self.calendar, self.today, self.paid_cohorts)
        )

"""What is known of an NPQ application when the suite asks which state it is in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lead_provider_conformance.api.records import Application, skip_malformed
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata.dates import opening
from lead_provider_conformance.testdata.situation import OPEN_FOR, WITHOUT_OUTCOME


class Applicants:
    """What all the applications to a provider tell about one of them: who applied twice, where places are capped.

    `elsewhere` are the applications to another provider, as far as the suite can see them.
    """

    def __init__(self, applications: Iterable[Application], elsewhere: Iterable[Application]) -> None:
        self._applications = tuple(each for each, _ in skip_malformed(applications, _everything))
        self._elsewhere = tuple(each for each, _ in skip_malformed(elsewhere, _everything))

    @cached_property
    def _by_person(self) -> Mapping[str, Sequence[Application]]:
        return _by_person(self._applications)

    @cached_property
    def _elsewhere_by_person(self) -> Mapping[str, Sequence[Application]]:
        return _by_person(self._elsewhere)

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], set[bool | None]]:
        found: dict[tuple[str, str], set[bool | None]] = {}
        for each in self._applications:
            if each.status == "accepted":
                found.setdefault((str(each.course), str(each.cohort)), set()).add(each.funded_place)
        return found

    def others(self, application: Application) -> list[Application]:
        """The same person's other applications to the provider."""
        theirs = self._by_person.get(str(application.participant_id), ())
        return [each for each in theirs if each.id != application.id]

    def elsewhere(self, application: Application) -> Sequence[Application]:
        """The same person's applications to the other provider."""
        return self._elsewhere_by_person.get(str(application.participant_id), ())

    def places(self, application: Application) -> set[bool | None]:
        """What accepted applications for the same course and cohort show as `funded_place`."""
        return self._places.get((str(application.course), str(application.cohort)), set())


def _everything(application: Application) -> tuple[object, ...]:
    """All that this module reads of an application."""
    return (
        application.participant_id,
        application.course,
        application.cohort,
        application.status,
        application.funded_place,
    )


def _by_person(applications: Iterable[Application]) -> Mapping[str, Sequence[Application]]:
    found: dict[str, list[Application]] = {}
    for each in applications:
        found.setdefault(str(each.participant_id), []).append(each)
    return found


@dataclass(frozen=True, slots=True)
class Candidacy:
    """An application on a day, among all the others."""

    application: Application
    applicants: Applicants
    calendar: Calendar
    today: date

    @property
    def pending(self) -> bool:
        """Neither accepted nor rejected, and the only application of its applicant that the suite knows of."""
        return (
            self.application.status == "pending"
            and isinstance(self.application.participant_id, str)
            and not self.applicants.others(self.application)
            and not self.applicants.elsewhere(self.application)
        )

    @property
    def contested(self) -> bool:
        """Pending with both providers, for the same course and cohort."""
        return self.application.status == "pending" and any(
            each.status == "pending"
            and each.course == self.application.course
            and each.cohort == self.application.cohort
            for each in self.applicants.elsewhere(self.application)
        )

    @property
    def second(self) -> bool:
        """Pending, though the provider has accepted the same person for the same course."""
        return self.application.status == "pending" and any(
            each.status == "accepted" and each.course == self.application.course
            for each in self.applicants.others(self.application)
        )

    @property
    def eligible(self) -> bool:
        """The applicant is eligible for funding."""
        return self.application.eligible

    @property
    def capped(self) -> bool:
        """For a course and cohort whose accepted applicants have a funded place, or expressly have none."""
        return bool(self.applicants.places(self.application) & {True, False})

    @property
    def uncapped(self) -> bool:
        """For a course and cohort about whose accepted applicants' places nothing is said."""
        return self.applicants.places(self.application) == {None}

    @property
    def without_outcome(self) -> bool:
        """For an NPQ that is neither passed nor failed."""
        return self.application.course in WITHOUT_OUTCOME

    @property
    def trainable(self) -> bool:
        """For a course that has schedules in the cohort, all of which have opened."""
        last = opening(self.application, self.calendar)
        return last is not None and last.start <= self.today - OPEN_FOR

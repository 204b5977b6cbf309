"""Trainings of both programmes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lead_provider_sandbox.domain.models import Application, Enrolment, Person, Training
from lead_provider_sandbox.store.applications import Applications
from lead_provider_sandbox.store.people import People


class Trainings:
    """ECF enrolments and accepted NPQ applications alike."""

    def __init__(self, people: People, applications: Applications) -> None:
        self._people = people
        self._applications = applications

    def with_provider(self, person: Person, provider_id: str, programme: str) -> Sequence[Training]:
        """Return a person's trainings of one programme with a provider."""
        if programme == "ecf":
            return self._people.enrolments(person.id, provider_id)
        return self._applications.accepted(person.id, provider_id)

    def in_course(self, person: Person, provider_id: str, course: str | None) -> tuple[Training | None, bool]:
        """Return a person's training in a course, and whether they have any training with the provider."""
        trainings = [
            training for programme in ("ecf", "npq") for training in self.with_provider(person, provider_id, programme)
        ]
        matching = (each for each in trainings if each.course_identifier == course)
        return next(matching, None), bool(trainings)

    def last_change(self, training: Training) -> str:
        """Return when the training or its person last changed."""
        person = self._people.get(training.person_id)
        return max(training.updated_at, person.updated_at if person else training.updated_at)

    def update(self, training: Training, moment: str, values: Mapping[str, Any]) -> None:
        """Update a training and the change times that show it."""
        if isinstance(training, Enrolment):
            self._people.update_enrolment(training, moment, values)
        elif isinstance(training, Application):
            self._applications.update(training, moment, values)

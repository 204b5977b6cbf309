"""Training of either programme, found and changed the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from lead_provider_sandbox.domain.records import Application, Enrolment, Person, Training
from lead_provider_sandbox.store import npq, people


def with_provider(connection: Connection, person: Person, provider_id: str, programme: str) -> Sequence[Training]:
    """What a person trains, or trained, in with a provider, in one programme."""
    if programme == "ecf":
        return people.enrolments_with(connection, person.id, provider_id)
    return npq.accepted_with(connection, person.id, provider_id)


def of_course(
    connection: Connection, person: Person, provider_id: str, course: str | None
) -> tuple[Training | None, bool]:
    """A person's training in a course with a provider, and whether they train, or trained, with it in anything."""
    first, second = ("npq", "ecf") if (course or "").startswith("npq-") else ("ecf", "npq")
    trainings = with_provider(connection, person, provider_id, first)
    for each in trainings:
        if each.course_identifier == course:
            return each, True
    return None, bool(trainings or with_provider(connection, person, provider_id, second))


def last_change(connection: Connection, training: Training) -> str:
    """When the training, or the person whose it is, was last changed."""
    person = people.person(connection, training.person_id)
    return max(training.updated_at, person.updated_at if person else training.updated_at)


def change(connection: Connection, training: Training, moment: str, values: Mapping[str, Any]) -> None:
    """Change a training and move the change times that show it."""
    if isinstance(training, Enrolment):
        people.change_enrolment(connection, training, moment, values)
    elif isinstance(training, Application):
        npq.change_application(connection, training, moment, values)

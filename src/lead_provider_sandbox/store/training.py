"""Training of either programme, found and changed the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from lead_provider_sandbox.domain.records import Enrolment, Person, Training
from lead_provider_sandbox.store import people
from lead_provider_sandbox.store.people import person_known_as

__all__ = ["change", "last_change", "person_known_as", "with_provider"]


def with_provider(connection: Connection, person: Person, provider_id: str, programme: str) -> Sequence[Training]:
    """What a person trains, or trained, in with a provider, in one programme."""
    if programme == "ecf":
        return people.enrolments_with(connection, person.id, provider_id)
    raise NotImplementedError(programme)


def last_change(connection: Connection, training: Training) -> str:
    """When the training, or the person whose it is, was last changed."""
    person = people.person(connection, training.person_id)
    return max(training.updated_at, person.updated_at if person else training.updated_at)


def change(connection: Connection, training: Training, moment: str, values: Mapping[str, Any]) -> None:
    """Change a training and move the change times that show it."""
    if isinstance(training, Enrolment):
        people.change_enrolment(connection, training, moment, values)


def all_with_provider(connection: Connection, person: Person, provider_id: str) -> Sequence[Training]:
    """What a person trains, or trained, in with a provider, in both programmes."""
    return people.enrolments_with(connection, person.id, provider_id)

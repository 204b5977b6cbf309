"""What a provider may declare and do. Each rule gives what is wrong by the name of the attribute; nothing is fine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .milestones import evidence, types, within, words
from .views import LIVE, TRAINING, Declaration, Person, World

Wrong = dict[str, str]

# RFC 3339, with a time zone.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def moment(text: object) -> datetime | None:
    """The moment that a text stands for, if it does."""
    if not isinstance(text, str) or not MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def trained_by(world: World, provider: str, person_id: object) -> Person | None:
    """The person with that id, if the provider trains them."""
    person = world.people.get(person_id.lower()) if isinstance(person_id, str) else None
    return person if person and person.provider == provider else None


def needed(attributes: Mapping[str, Any], **known: list[str] | None) -> Wrong:
    """What is wrong with the attributes that have to be given, each a text, and one of those that are known if any."""
    wrong = {}
    for name, choices in known.items():
        value = attributes.get(name)
        if not isinstance(value, str) or not value:
            wrong[name] = f"{name} has to be given."
        elif choices is not None and value not in choices:
            wrong[name] = f"{name} has to be one of: {', '.join(choices)}."
    return wrong


def acting(world: World, provider: str, person_id: str, action: str, attributes: Mapping[str, Any]) -> Wrong:
    """What is wrong with deferring, resuming or withdrawing."""
    reasons = {"defer": "DeferReason", "withdraw": "EcfWithdrawReason"}
    known: dict[str, list[str] | None] = {"course_identifier": words("EcfCourse")}
    if action in reasons:
        known["reason"] = words(reasons[action])
    wrong = needed(attributes, **known)
    person = trained_by(world, provider, person_id)
    course = attributes.get("course_identifier")
    if person is None:
        wrong["participant_id"] = "You train no participant with this id."
    elif "course_identifier" not in wrong and course not in person.training:
        wrong["course_identifier"] = "The participant does not take this course."
    if person is None or wrong:
        return wrong
    before = person.training[course].status
    if before not in TRAINING[action][0]:
        wrong["participant_id"] = f"The participant is {before}, so this cannot be done."
    elif action == "withdraw" and not _started(world, person.id, course):
        wrong["participant_id"] = "No started declaration has been submitted for the participant."
    return wrong


def _started(world: World, person_id: str, course: str) -> bool:
    return any(
        each.declared["declaration_type"] == "started" and each.state in LIVE for each in world.about(person_id, course)
    )


def copied(world: World, provider: str, attributes: Mapping[str, Any]) -> Declaration | None:
    """The declaration that counts and that these attributes are an exact copy of."""
    for each in world.declarations.values():
        same = all(
            each.declared.get(name) == attributes.get(name)
            for name in ("participant_id", "course_identifier", "declaration_type", "evidence_held")
        )
        same = same and each.date == moment(attributes.get("declaration_date"))
        if same and each.provider == provider and each.state in LIVE:
            return each
    return None


def out_of_time(world: World, attributes: Mapping[str, Any], now: datetime) -> Wrong:
    """Whether a declaration is dated in the future, or after the participant was withdrawn."""
    date = moment(attributes["declaration_date"])
    training = world.people[attributes["participant_id"].lower()].training[attributes["course_identifier"]]
    if date and date > now:
        return {"declaration_date": "declaration_date is in the future."}
    if date and training.status == "withdrawn" and training.since and date > training.since:
        return {"participant_id": "The participant had been withdrawn by then."}
    return {}


def declared_already(world: World, attributes: Mapping[str, Any]) -> Wrong:
    """Whether the milestone that is declared has a declaration that counts."""
    about = world.about(attributes["participant_id"].lower(), attributes["course_identifier"])
    if any(
        each.declared["declaration_type"] == attributes["declaration_type"] and each.state in LIVE for each in about
    ):
        return {"declaration_type": "The milestone has been declared already."}
    return {}


def declaring(world: World, provider: str, attributes: Mapping[str, Any]) -> Wrong:
    """What is wrong with a declaration."""
    wrong = needed(
        attributes,
        participant_id=None,
        declaration_type=words("DeclarationType"),
        declaration_date=None,
        course_identifier=words("EcfCourse"),
    )
    person = trained_by(world, provider, attributes.get("participant_id"))
    if person is None:
        wrong.setdefault("participant_id", "You train no participant with this id.")
    course, declaration_type = attributes.get("course_identifier"), attributes.get("declaration_type")
    if person and "course_identifier" not in wrong and course not in person.training:
        wrong["course_identifier"] = "The participant does not take this course."
    date = moment(attributes.get("declaration_date"))
    if date is None:
        wrong.setdefault("declaration_date", "declaration_date has to be a time as RFC 3339 writes it.")
    held = attributes.get("evidence_held")
    if held is not None and held not in words("EcfEvidence"):
        wrong["evidence_held"] = "evidence_held is not known."
    if person is None or "course_identifier" in wrong or "declaration_type" in wrong:
        return wrong
    training = person.training[course]
    schedule, cohort = training.registered["schedule"], training.registered["cohort"]
    if declaration_type not in types(schedule):
        return {**wrong, "declaration_type": "The participant's schedule has no such declaration."}
    required, kinds = evidence(cohort, course, declaration_type)
    if (required and held is None) or (held is not None and held not in kinds):
        wrong["evidence_held"] = f"evidence_held has to be one of: {', '.join(kinds)}."
    if date and not within(date, schedule, cohort, declaration_type):
        wrong["declaration_date"] = "declaration_date is outside the milestone's window."
    return wrong

"""The rules for declarations and actions. Each returns errors by attribute name, or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .calendar_rules import declaration_types, enum_values, evidence_rule, in_window
from .snapshot import LIVE, TRAINING, Declaration, Person, Snapshot

Errors = dict[str, str]

# RFC 3339, with a time zone.
TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def parse_time(text: object) -> datetime | None:
    """Return the time of a text, or None if it is not an RFC 3339 time, or its year in UTC has not four digits."""
    if not isinstance(text, str) or not TIME_PATTERN.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def participant_of(snapshot: Snapshot, provider: str, person_id: object) -> Person | None:
    """Return the participant with this id if the provider trains them."""
    person = snapshot.people.get(person_id.lower()) if isinstance(person_id, str) else None
    return person if person and person.provider == provider else None


def attribute_errors(attributes: Mapping[str, Any], **known: list[str] | None) -> Errors:
    """Check that each attribute is a non-empty string, and one of its choices if it has any."""
    errors = {}
    for name, choices in known.items():
        value = attributes.get(name)
        if not isinstance(value, str) or not value:
            errors[name] = f"{name} has to be given."
        elif choices is not None and value not in choices:
            errors[name] = f"{name} has to be one of: {', '.join(choices)}."
    return errors


def action_errors(
    snapshot: Snapshot, provider: str, person_id: str, action: str, attributes: Mapping[str, Any]
) -> Errors:
    """Check a deferral, a resumption or a withdrawal."""
    reasons = {"defer": "DeferReason", "withdraw": "EcfWithdrawReason"}
    known: dict[str, list[str] | None] = {"course_identifier": enum_values("EcfCourse")}
    if action in reasons:
        known["reason"] = enum_values(reasons[action])
    errors = attribute_errors(attributes, **known)
    person = participant_of(snapshot, provider, person_id)
    course = attributes.get("course_identifier")
    if person is None:
        errors["participant_id"] = "You train no participant with this id."
    elif "course_identifier" not in errors and course not in person.training:
        errors["course_identifier"] = "The participant does not take this course."
    if person is None or errors:
        return errors
    before = person.training[course].status
    if before not in TRAINING[action][0]:
        errors["participant_id"] = f"The participant is {before}, so this cannot be done."
    elif action == "withdraw" and not _started(snapshot, person.id, course):
        errors["participant_id"] = "No started declaration has been submitted for the participant."
    return errors


def _started(snapshot: Snapshot, person_id: str, course: str) -> bool:
    return any(
        each.declared["declaration_type"] == "started" and each.state in LIVE
        for each in snapshot.declarations_of(person_id, course)
    )


def find_copy(snapshot: Snapshot, provider: str, attributes: Mapping[str, Any]) -> Declaration | None:
    """Return the live declaration of which these attributes are an exact copy, or None."""
    for each in snapshot.declarations.values():
        same = all(
            each.declared.get(name) == attributes.get(name)
            for name in ("participant_id", "course_identifier", "declaration_type", "evidence_held")
        )
        same = same and each.date == parse_time(attributes.get("declaration_date"))
        if same and each.provider == provider and each.state in LIVE:
            return each
    return None


def date_errors(snapshot: Snapshot, attributes: Mapping[str, Any], now: datetime) -> Errors:
    """Check that a declaration is dated neither in the future nor after the withdrawal."""
    date = parse_time(attributes["declaration_date"])
    training = snapshot.people[attributes["participant_id"].lower()].training[attributes["course_identifier"]]
    if date and date > now:
        return {"declaration_date": "declaration_date is in the future."}
    if date and training.status == "withdrawn" and training.since and date > training.since:
        return {"participant_id": "The participant had been withdrawn by then."}
    return {}


def milestone_errors(snapshot: Snapshot, attributes: Mapping[str, Any]) -> Errors:
    """Check that the milestone has no live declaration."""
    existing = snapshot.declarations_of(attributes["participant_id"].lower(), attributes["course_identifier"])
    if any(
        each.declared["declaration_type"] == attributes["declaration_type"] and each.state in LIVE for each in existing
    ):
        return {"declaration_type": "The milestone has been declared already."}
    return {}


def declaration_errors(snapshot: Snapshot, provider: str, attributes: Mapping[str, Any]) -> Errors:
    """Check a declaration."""
    errors = attribute_errors(
        attributes,
        participant_id=None,
        declaration_type=enum_values("DeclarationType"),
        declaration_date=None,
        course_identifier=enum_values("EcfCourse"),
    )
    person = participant_of(snapshot, provider, attributes.get("participant_id"))
    if person is None:
        errors.setdefault("participant_id", "You train no participant with this id.")
    course, declaration_type = attributes.get("course_identifier"), attributes.get("declaration_type")
    if person and "course_identifier" not in errors and course not in person.training:
        errors["course_identifier"] = "The participant does not take this course."
    date = parse_time(attributes.get("declaration_date"))
    if date is None:
        errors.setdefault("declaration_date", "declaration_date has to be a time as RFC 3339 writes it.")
    held = attributes.get("evidence_held")
    if held is not None and held not in enum_values("EcfEvidence"):
        errors["evidence_held"] = "evidence_held is not known."
    if person is None or "course_identifier" in errors or "declaration_type" in errors:
        return errors
    training = person.training[course]
    schedule, cohort = training.registered["schedule"], training.registered["cohort"]
    if declaration_type not in declaration_types(schedule):
        return {**errors, "declaration_type": "The participant's schedule has no such declaration."}
    required, kinds = evidence_rule(cohort, course, declaration_type)
    if (required and held is None) or (held is not None and held not in kinds):
        errors["evidence_held"] = f"evidence_held has to be one of: {', '.join(kinds)}."
    if date and not in_window(date, schedule, cohort, declaration_type):
        errors["declaration_date"] = "declaration_date is outside the milestone's window."
    return errors

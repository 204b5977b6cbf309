"""Values that replace those of a named state in a new record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.seed.file import SeedFileError, check_situation
from lead_provider_sandbox.seed.row_builder import Row
from lead_provider_sandbox.seed.situations import EcfSituation, NpqSituation

S = TypeVar("S", bound=EcfSituation | NpqSituation)

_OF_PERSON = ("email", "trn")
_OF_RECORD = ("updated_at", "created_at")


class UnknownOverrideError(Exception):
    """An override has an unknown name or an impossible value; the message says which."""


def situation_with(situation: S, overrides: Mapping[str, Any], calendar: Calendar) -> S:
    """Return a situation with overridden fields. Raise `UnknownOverrideError` if a name or a value is invalid.

    `trn` is a person's number, not the field of the same name.
    """
    names: set[str] = {each.name for each in fields(situation)} - {*_OF_PERSON, "name", "count"}
    for name in overrides:
        if name not in (*names, *_OF_PERSON, *_OF_RECORD):
            raise UnknownOverrideError(f"a record of the state {situation.name} has no {name!r} to override")
    changed = replace(situation, **{name: value for name, value in overrides.items() if name in names})
    try:
        check_situation(changed, f"the state {situation.name}", calendar)
    except SeedFileError as error:
        raise UnknownOverrideError(str(error)) from error
    return changed


def override_person(person: Row, overrides: Mapping[str, Any], trainings: list[Row]) -> None:
    """Set the e-mail address and the TRN of a person and of the trainings that show them."""
    if "email" in overrides:
        person["email"] = overrides["email"]
        for each in trainings:
            if each["person_id"] == person["id"] and "email" in each:
                each["email"] = overrides["email"]
    if "trn" in overrides:
        person["claimed_trn"] = overrides["trn"]
        person["trn"] = overrides["trn"] if person["trn"] is not None else None

"""Recognise renamed fields: one that is missing on the right, and one on the left that has the same values."""

from __future__ import annotations

from collections.abc import Mapping

from lead_provider_conformance.parity.differences import FIELDS, SideName, missing, split_place
from lead_provider_conformance.parity.entry import Entry, Key

SEVERAL = 2
"""So many distinct values have to be the same. A field with one value alone may be the same by chance."""


def renamed_fields(entries: Mapping[Key, Entry]) -> dict[Key, Key]:
    """Return the causes of new names, which are missing on the left, by those of the old names."""
    new = {_place_and_values(key, entry): key for key, entry in _missing(entries, SideName.LEFT).items()}
    found: dict[Key, Key] = {}
    for key, entry in _missing(entries, SideName.RIGHT).items():
        other = new.get(_place_and_values(key, entry))
        if other and (len(entry.values) >= SEVERAL or _plain_name(key) == _plain_name(other)):
            found[key] = other
    return found


def field_name(key: Key) -> str:
    """Return the name of the field of a cause."""
    return split_place(key[3])[0].rpartition(".")[2]


def _missing(entries: Mapping[Key, Entry], side: SideName) -> dict[Key, Entry]:
    return {key: each for key, each in entries.items() if (key[1], key[4]) == (FIELDS, missing(side))}


def _place_and_values(key: Key, entry: Entry) -> tuple[object, ...]:
    """Return the object that a field is in, and its values in all records."""
    scope, _, operation, place, _ = key
    field, write = split_place(place)
    return scope, operation, field.rpartition(".")[0], write, entry.count, entry.digest


def _plain_name(key: Key) -> str:
    return field_name(key).replace("_", "").casefold()

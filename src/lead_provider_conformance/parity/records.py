"""Match the records of both servers: by id, or else by a key such as a TRN or a URN."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.parity.identities import Identities

PERSON = (
    ("teacher_reference_number", "cohort"),
    ("teacher_reference_number",),
    ("email", "cohort"),
    ("email",),
    ("full_name", "cohort"),
    ("full_name", "updated_at"),
)
KEYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ecf_participants": PERSON,
    "ecf_participant_transfers": PERSON,
    "npq_participants": PERSON,
    "legacy_list_participants": PERSON,
    "ecf_unfunded_mentors": PERSON,
    "npq_applications": (
        ("teacher_reference_number", "course_identifier", "cohort"),
        ("email", "course_identifier", "cohort"),
        ("full_name", "course_identifier", "cohort"),
    ),
    "participant_declarations": (
        ("participant_id", "declaration_type", "course_identifier", "declaration_date"),
        ("participant_id", "declaration_type", "course_identifier"),
    ),
    "npq_outcomes": (("participant_id", "course_identifier", "completion_date", "created_at"),),
    "ecf_schools": (("urn", "cohort"), ("urn",)),
    "ecf_partnerships": (("urn", "cohort", "delivery_partner_name"), ("urn", "cohort")),
    "delivery_partners": (("name",),),
    "statements": (("cohort", "year", "month", "type"), ("cohort", "year", "month")),
}
"""The fields by which records of a list are the same, if their ids differ: alternatives, the first has precedence."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Matched records as pairs of positions, and the positions of records that only one side has.

    `ways` counts the matched records by way: `id`, or the fields of a key.
    """

    pairs: tuple[tuple[int, int], ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    ways: Mapping[str, int]


def identity(record: Any, identities: Identities | None = None) -> str:
    """Return the id of a record, with that of its training where a participant is listed once for each.

    With `identities`, it is the identity of the same record on the right. A record without an id has none.
    """
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        return ""
    attributes = record.get("attributes")
    training = attributes.get("training_record_id") if isinstance(attributes, dict) else None
    parts = [record["id"], *([training] if isinstance(training, str) else [])]
    return " ".join(identities.right_of(part) if identities else part for part in parts)


def match(
    left: Sequence[Any], right: Sequence[Any], identities: Identities, keys: Iterable[tuple[str, ...]] = ()
) -> Matching:
    """Match the records of two lists by id, and what is left by the first of `keys` that they have.

    Records without an id are matched by position. Ids that a key shows to be of the same record are learned.
    """
    pairs: list[tuple[int, int]] = []
    positions = _positions(identity(each) for each in right)
    unmatched_left = []
    for position, name in enumerate(_numbered(identity(each, identities) for each in left)):
        other = positions.pop(name, None)
        if other is None:
            unmatched_left.append(position)
        else:
            pairs.append((position, other))
    unmatched_right = sorted(positions.values())
    ways = Counter({"id": len(pairs)}) if pairs else Counter()
    for key in keys:
        if not (unmatched_left and unmatched_right):
            break
        found = tuple(_matched_by(key, left, unmatched_left, right, unmatched_right, identities))
        for one, other in found:
            learn(left[one], right[other], identities)
        ours, theirs = ({pair[side] for pair in found} for side in (0, 1))
        unmatched_left = [each for each in unmatched_left if each not in ours]
        unmatched_right = [each for each in unmatched_right if each not in theirs]
        pairs += found
        if found:
            ways[" and ".join(key)] += len(found)
    return Matching(tuple(sorted(pairs)), tuple(unmatched_left), tuple(unmatched_right), ways)


def learn(left: Mapping[str, Any], right: Mapping[str, Any], identities: Identities) -> None:
    """Learn the ids of a record that a key has matched."""
    for one, other in zip(identity(left).split(), identity(right).split(), strict=False):
        identities.learn(one, other)


def _matched_by(
    key: tuple[str, ...],
    left: Sequence[Any],
    unmatched_left: Sequence[int],
    right: Sequence[Any],
    unmatched_right: Sequence[int],
    identities: Identities,
) -> Iterator[tuple[int, int]]:
    """Yield the records that have the same key, if no other record of either side has it."""
    ours = _unique((_key(left[each], key, identities), each) for each in unmatched_left)
    theirs = _unique((_key(right[each], key, None), each) for each in unmatched_right)
    return ((ours[each], theirs[each]) for each in ours if each in theirs)


def _key(record: Any, key: tuple[str, ...], identities: Identities | None) -> tuple[str, ...] | None:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    if not isinstance(attributes, dict):
        return None
    values = [_value(attributes, name) for name in key]
    if None in values:
        return None
    texts = [str(each) for each in values]
    return tuple(identities.right_of(each) if identities else each for each in texts)


def _value(attributes: Mapping[str, Any], name: str) -> Any:
    """Return a field of a record, or of its first enrolment, where version 3 has those of a participant."""
    if attributes.get(name) is not None:
        return attributes[name]
    for enrolments in ("ecf_enrolments", "npq_enrolments"):
        found = attributes.get(enrolments)
        if isinstance(found, list) and found and isinstance(found[0], dict):
            return found[0].get(name)
    return None


def _unique(pairs: Iterable[tuple[tuple[str, ...] | None, int]]) -> dict[tuple[str, ...], int]:
    found, counts = {}, Counter[tuple[str, ...]]()
    for key, position in pairs:
        if key is not None:
            counts[key] += 1
            found[key] = position
    return {key: position for key, position in found.items() if counts[key] == 1}


def _numbered(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each name with the number of its occurrence."""
    seen = Counter[str]()
    for name in names:
        yield name, seen[name]
        seen[name] += 1


def _positions(names: Iterable[str]) -> dict[tuple[str, int], int]:
    return {name: position for position, name in enumerate(_numbered(names))}

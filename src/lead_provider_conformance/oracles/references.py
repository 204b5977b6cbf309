"""Find records that other records refer to, but that are missing from their own list.

A declaration refers to its participant, statement and delivery partner. If the server shows such a record by its id, it
must be in the list too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lead_provider_conformance.api.records import shows_former_participant
from lead_provider_conformance.contract import UnknownOperationError
from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http import IncompleteResponse, NoResponse, Resource
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.oracles.lists import Listing
from lead_provider_conformance.testdata.inventory import Inventory

LOOKUP_LIMIT = 5
"""Look up at most this many missing records: most are former participants, or in another programme."""
REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ecf_participants": (("participant_declarations", "participant_id"),),
    "npq_participants": (("participant_declarations", "participant_id"), ("npq_applications", "participant_id")),
    "statements": (
        ("participant_declarations", "statement_id"),
        ("participant_declarations", "clawback_statement_id"),
    ),
    "delivery_partners": (
        ("participant_declarations", "delivery_partner_id"),
        ("ecf_partnerships", "delivery_partner_id"),
    ),
    "ecf_unfunded_mentors": (("ecf_participants", "mentor_id"),),
}
"""By list: the lists whose records refer to its records, and the field that holds the id."""


def referenced_ids(listing: Listing, inventory: Inventory) -> tuple[str, ...]:
    """Return the ids by which other lists refer to records of this list; none if it has no single records."""
    ids: dict[str, None] = {}
    for other, field in REFERENCES.get(listing.operation.name, ()) if listing.operation.has_detail else ():
        try:
            path = listing.api.list_path(other)
        except UnknownOperationError:
            continue
        try:
            ids |= {
                each: None for resource in inventory.resources(path) for each in sorted(field_values(resource, field))
            }
        except CouldNotRun:
            continue
    return tuple(each for each in ids if UUID.fullmatch(each))


def missing_record(listing: Listing, listed: Sequence[Resource], ids: Sequence[str]) -> str | None:
    """Return a referenced record that the server shows by its id, but lacks in the list even when read again."""
    present = _ids(listed)
    for record in [each for each in ids if each not in present][:LOOKUP_LIMIT]:
        try:
            alone = listing.get_one(record)
            is_shown = alone.status == 200 and not shows_former_participant(alone)
            # It may have gone before the list is read again.
            if is_shown and record not in _ids(listing.all()) and listing.get_one(record).status == 200:
                return record
        except (CouldNotRun, IncompleteResponse, NoResponse):
            continue  # other requirements report unreadable responses
    return None


def _ids(resources: Sequence[Resource]) -> frozenset[str]:
    return frozenset(str(each["id"]) for each in resources)

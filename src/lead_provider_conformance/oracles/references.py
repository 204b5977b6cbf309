"""Records that other records name, and that a list must not lack: what a list leaves out shows nowhere in it.

A declaration names its participant, its statement and its delivery partner. Whom a server shows on their own, as one of
the provider's, is in the list as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lead_provider_conformance.api.records import shows_former_participant
from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http import IncompleteResponse, NoResponse
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import field_values
from lead_provider_conformance.oracles.lists import Listing
from lead_provider_conformance.testdata.inventory import Inventory

Resource = Mapping[str, Any]

LOOKED_UP = 5
"""So many of the records that a list lacks are asked for: most are a former participant, or another programme's."""
NAMED_IN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "participants/ecf": (("participant-declarations", "participant_id"),),
    "participants/npq": (("participant-declarations", "participant_id"), ("npq-applications", "participant_id")),
    "statements": (
        ("participant-declarations", "statement_id"),
        ("participant-declarations", "clawback_statement_id"),
    ),
    "delivery-partners": (
        ("participant-declarations", "delivery_partner_id"),
        ("partnerships/ecf", "delivery_partner_id"),
    ),
    "unfunded-mentors/ecf": (("participants/ecf", "mentor_id"),),
}
"""By list: in which others its records are named, and by which member."""


def named(listing: Listing, own: Inventory) -> tuple[str, ...]:
    """The ids by which others name records of this list, each once; none where its records are not shown alone."""
    found: dict[str, None] = {}
    for other, member in NAMED_IN.get(listing.operation.name, ()) if listing.operation.has_detail else ():
        path = f"/api/{own.version}/{other}"
        if listing.api.client.contract.find("GET", path) is None:
            continue
        try:
            found |= {each: None for resource in own.resources(path) for each in sorted(field_values(resource, member))}
        except CouldNotRun:
            continue
    return tuple(each for each in found if UUID.fullmatch(each))


def lacking(listing: Listing, listed: Sequence[Resource], names: Sequence[str]) -> str | None:
    """One of the named records that is shown on its own and that the list lacks, now as well as when the run first read
    it.
    """
    there = _ids(listed)
    for record in [each for each in names if each not in there][:LOOKED_UP]:
        try:
            alone = listing.get_one(record)
            if alone.status == 200 and not shows_former_participant(alone) and record not in _ids(listing.all()):
                return record
        except (CouldNotRun, IncompleteResponse, NoResponse):
            continue  # other requirements tell of what cannot be read
    return None


def _ids(resources: Sequence[Resource]) -> frozenset[str]:
    return frozenset(str(each["id"]) for each in resources)

"""Rules for every list and the records in it."""

import re
from functools import partial

from lead_provider_conformance.api.records import identities, identity
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.oracles.same_record import assert_same_records
from lead_provider_conformance.oracles.varied_records import varied_records
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

ONLY_TESTED_HERE = {
    "delivery_partners",
    "ecf_partnerships",
    "ecf_schools",
    "statements",
    "ecf_unfunded_mentors",
}
OF_MANY_STATES = {"ecf_participants", "npq_participants", "participant_declarations", "npq_applications"}
FEW, MANY = 2, 4
"""The number of records that are shown by their ids."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# Behaviour HDR-TIMESTAMP-CHALLENGED-AT.
WITH_MILLISECONDS = {"challenged_at"}
# Other fields named "date" hold a day without a time.
DATES_WITH_TIMES = {"declaration_date", "withdrawal date", "deferral date"}


def times_in(value, name=""):
    """Yield the name and value of every time in a record, at any depth."""
    if isinstance(value, list):
        for each in value:
            yield from times_in(each, name)
    elif isinstance(value, dict):
        for inner, each in value.items():
            yield from times_in(each, f"{name} {inner}" if inner == "date" else inner)
    elif value is not None and (name.endswith("_at") or name in DATES_WITH_TIMES) and name not in WITH_MILLISECONDS:
        yield name, str(value)


@each_list()
@verifies("values/timestamps")
def test_times_are_in_utc_with_whole_seconds(listing):
    for record in listing.snapshot:
        for name, text in times_in(record["attributes"]):
            if not TIME.fullmatch(text):
                raise ShownFailure(
                    f"`{name}` of {record['id']} is {text!r} in {listing}; "
                    "expected a time in UTC with whole seconds and Z.",
                    exchange_of(record),
                )


@verifies("participants/listed")
def test_participant_is_listed_once(api, lists):
    listing = lists.at(f"{api.programme}_participants")

    record = identity(listing.first_record)
    count = [identity(each) for each in listing.snapshot].count(record)
    assert count == 1, f"{listing} lists {record} {count} times."


@each_list(lambda listed: listed.has_detail)
@verifies("lists/shown-as-listed")
def test_record_is_the_same_by_its_id_as_in_the_list(listing):
    if not listing.snapshot:
        raise CouldNotRun(f"{listing} lists nothing.", "Give the target records of that kind.")
    for listed in varied_records(listing.snapshot, MANY if listing.operation.name in OF_MANY_STATES else FEW):
        response = listing.get_one(listed["id"])
        if response.status != 200:
            listing.require_listed(listed["id"])
        record = response.resource
        if record["id"] != listed["id"] or not is_listed(listing, record):
            message = f"{identity(listed)}, requested by its id, is {identity(record)}, which {listing} lacks."
            raise ShownFailure(message, response.exchange)
        assert_same_records(listing, [record], partial(record_by_id, listing, listed["id"]), "The record by its id")


def is_listed(listing, record):
    """Return whether a list has a record, now if not when it was first read. One that has gone since is listed too."""
    if identity(record) in identities(listing.snapshot) or identity(record) in identities(listing.all()):
        return True
    now = listing.get_one(record["id"])
    return now.status != 200 or identity(now.resource) != identity(record)


def record_by_id(listing, record_id):
    """Request a record by its id, and return it as a list."""
    return [listing.get_one(record_id).resource]


# Participants, declarations, applications and transfers have requirements of their own.
@each_list(lambda listed: listed.name in ONLY_TESTED_HERE)
@verifies("lists/unknown-id")
def test_unknown_record_is_not_found(listing):
    assert listing.get_one(UNKNOWN_ID).status == 404

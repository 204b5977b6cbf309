"""The same record in the older versions and in the newest.

Only fields that no test changes are compared, so that the lists may be read at different times. Others may change them.
"""

from collections import defaultdict

from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.pytest_plugin.markers import verifies

# Not teacher_reference_number: versions 1 and 2 show one that is only claimed, too (behaviour PECF-TRN).
OF_PARTICIPANTS = ("email", "full_name", "participant_type", "school_urn", "training_record_id")
OF_DECLARATIONS = ("course_identifier", "declaration_date", "declaration_type", "participant_id")
OF_APPLICATIONS = (
    "course_identifier",
    "created_at",
    "email",
    "full_name",
    "participant_id",
    "school_urn",
    "teacher_reference_number",
    "works_in_school",
)


def assert_alike(listing, inventory, newest_in, members):
    """Compare the records of a list with those of the newest version, by id.

    `newest_in` returns the attributes of records in an inventory. A record that has changed between the two lists
    decides nothing. `updated_at` may not show it, for times have whole seconds, so both are read again.
    """
    newest = newest_in(inventory)
    if not newest:
        raise CouldNotRun(f"The newest version of {listing} lists nothing.", "Give the target records of that kind.")
    older = {each["id"]: each["attributes"] for each in listing.snapshot}
    if newest.keys() - older.keys():  # they may have come since the older version was read
        older |= {each["id"]: each["attributes"] for each in listing.all()}
    missing = newest.keys() - older.keys()
    if missing:  # those that have not gone since the newest version was read
        missing &= newest_in(inventory.reread()).keys()
    assert not missing, f"{listing} lacks {len(missing)} records of the newest version, such as {min(missing)}."
    if not any(is_unchanged(newest[each], older[each]) for each in newest):
        raise CouldNotRun(
            f"Every record of {listing} has another `updated_at` in the newest version.",
            "Run when nothing else changes the target's records.",
        )
    differing = set(differences(older, newest, members))
    if differing:
        newest = newest_in(inventory.reread())
        older = {each["id"]: each["attributes"] for each in listing.all()}
        differing &= set(differences(older, newest, members))
    for record, member in sorted(differing):
        found, expected = (each[record].get(member) for each in (older, newest))
        shown = "null" if found is None else repr(found)
        reason = f"`{member}` of {record} is {shown} in {listing}; the newest version shows {expected!r}."
        raise ShownFailure(reason, exchange_of(older[record]))


def differences(older, newest, members):
    """Yield the id and the field of each value that differs in a record that is in both, and seems unchanged."""
    for record in older.keys() & newest.keys():
        if is_unchanged(newest[record], older[record]):
            yield from ((record, each) for each in members if older[record].get(each) != newest[record].get(each))


def is_unchanged(newest, older):
    return newest.get("updated_at") == older.get("updated_at")


def inventory_of_newer(states, api):
    inventory = states.inventory
    if inventory.version == api.version:
        raise CouldNotRun("Only one version of the API is tested.", "Run with the newest version as well.")
    return inventory


@verifies("versions/participants")
def test_participants_are_the_same_in_all_versions(lists, states, api):
    inventory = inventory_of_newer(states, api)
    listing = lists.at("ecf_participants")

    older = {(each["id"], str(each["attributes"].get("training_record_id"))) for each in listing.snapshot}
    unknown = unknown_records(older, inventory)
    if unknown:  # somebody may have got another one since the newest version was read
        unknown &= unknown_records(older, inventory.reread())
    participant, record = min(unknown, default=(None, None))
    assert not unknown, (
        f"{listing} shows the training record {record} of {participant}, and the newest version does not."
    )
    assert_alike(
        listing,
        inventory,
        lambda each: {one.id: {**one.enrolment, **one.attributes} for one in each.participants},
        OF_PARTICIPANTS,
    )


def unknown_records(older, inventory):
    """Return the training records of an older version that the newest one does not show for the same participant."""
    records = defaultdict(set)
    for each in (*inventory.participants, *inventory.with_several_enrolments):
        records[each.id].add(str(each.enrolment.get("training_record_id")))
    return {(each, record) for each, record in older if each in records and record not in records[each]}


@verifies("versions/declarations")
def test_declarations_are_the_same_in_all_versions(lists, states, api):
    inventory = inventory_of_newer(states, api)
    listing = lists.at("participant_declarations")
    in_older = {each["id"] for each in listing.snapshot}  # others may have been made in between

    def in_both(newer):
        return {each.id: each.attributes for each in newer.declarations if each.id in in_older}

    assert in_both(inventory) or not inventory.declarations, (
        f"{listing} and the newest version show no declaration alike."
    )
    assert_alike(listing, inventory, in_both, OF_DECLARATIONS)


@verifies("versions/npq-applications")
def test_applications_are_the_same_in_all_versions(lists, states, api):
    assert_alike(
        lists.at("npq_applications"),
        inventory_of_newer(states, api),
        lambda each: {one.id: one.attributes for one in each.applications},
        OF_APPLICATIONS,
    )

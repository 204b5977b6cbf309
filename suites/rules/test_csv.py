"""The CSV files of versions 1 and 2 have the records and values of the lists."""

from lead_provider_conformance.api.operations import page_query
from lead_provider_conformance.api.records import identities, identity
from lead_provider_conformance.model import CouldNotRun, ShownFailure
from lead_provider_conformance.oracles.csv_table import CsvTable, documented_columns
from lead_provider_conformance.oracles.filters import instant_between_updates, time_filter
from lead_provider_conformance.pytest_plugin.markers import each_list, verifies

ATTEMPTS = 3
"""How often a file that differs from the list is read."""


@each_list(lambda listed: listed.csv)
@verifies("csv/same-as-list", "csv/columns", "csv/media-type")
def test_csv_has_the_records_and_values_of_the_list(listing, contract, check):
    records = listing.snapshot
    # Again if all records have changed since the run first read the list, or if a row is not as in the list: a record
    # that changes and changes back within a second can look unchanged once.
    for _ in range(ATTEMPTS):
        earlier = {identity(each): each for each in records}
        response = listing.get_csv()
        table = CsvTable.of(response)
        records = listing.all()
        # A record that is the same before and after the file has not changed in between.
        settled = {identity(each) for each in records if each == earlier.get(identity(each))}
        wrong = wrong_rows(table, records, settled)
        if (settled or not records) and not wrong:
            break

    if table.columns or settled:
        with check("csv/columns"):
            assert_columns(listing, contract, table.columns, response.exchange)
    else:  # behaviour CSV-EMPTY: some lists have no header without records
        check.not_applicable("csv/columns", f"{listing} lists nothing.")

    with check("csv/media-type"):
        assert response.media_type == "text/csv"

    if not records and not table.rows:
        check.not_applicable("csv/same-as-list", f"{listing} lists nothing.")
        return
    if records and not settled:
        raise CouldNotRun(f"All that {listing} shows changes all the time.", "Run again when it is not in use.")
    with check("csv/same-as-list"):
        assert not table.duplicates, f"{listing}.csv has two rows of {min(table.duplicates)}."
        if wrong:
            reason = f"{len(wrong)} rows of {listing}.csv are not as in the list, as that of {min(wrong)}."
            raise ShownFailure(reason, response.exchange)
        missing = settled - set(table.rows)
        if missing:  # another test may have made them visible, by confirming a challenged partnership again
            missing -= set(CsvTable.of(listing.get_csv()).rows)
        assert not missing, f"{listing}.csv lacks {len(missing)} records of the list, such as {min(missing)}."


def wrong_rows(table, records, settled):
    """Return the identities of the rows that differ from their settled record, or have none."""
    gone = set(table.rows) - {identity(each) for each in records}
    return (table.mismatches(records) & settled) | gone


def assert_columns(listing, contract, found, exchange):
    documented, required = documented_columns(contract, listing.operation.csv)
    columns = [each for each in documented if each in required or each in found]
    if list(found) != columns:
        reason = f"The columns of {listing}.csv are {', '.join(found)}; expected {', '.join(columns)}."
        raise ShownFailure(reason, exchange)


@each_list(lambda listed: listed.csv)
@verifies("csv/whole-list")
def test_csv_ignores_pages(listing):
    listed = set(identities(listing.snapshot))  # read first: others may add records

    rows = CsvTable.of(listing.get_csv(*page_query(2), deliberate="page of a CSV")).rows

    missing = listed - set(rows)
    missing = missing and missing & set(identities(listing.all()))  # those that have not left the list
    assert not missing, f"{listing}.csv with a page lacks {len(missing)} records of the list, such as {min(missing)}."


@each_list(lambda listed: "updated_since" in listed.csv_filters)
@verifies("csv/updated-since")
def test_csv_filtered_by_updated_since(listing):
    changed = time_filter(instant_between_updates(listing.snapshot))

    rows = CsvTable.of(listing.get_csv(changed.query)).rows

    wrong = [record for record, row in rows.items() if not changed.may_include({"id": record, "attributes": row})]
    assert not wrong, f"{listing}.csv with {changed} has {wrong[0]}, which it should leave out."
    missing = {identity(each) for each in listing.snapshot if changed.must_include(each)} - set(rows)
    missing = missing and missing & set(identities(listing.all()))  # those that have not left the list
    assert not missing, f"{listing}.csv with {changed} lacks {len(missing)} records, such as {min(missing)}."

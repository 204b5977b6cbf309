"""CSV bodies are validated: columns, their order and values."""

import csv
import io

import pytest

from lead_provider_conformance.contract import Contract, Violation

ROW = {
    "id": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11",
    "email": "",
    "full_name": "Rosalind Ashby",
    "mentor_id": "",
    "school_urn": "123456",
    "participant_type": "ect",
    "cohort": "2022",
    "status": "active",
    "teacher_reference_number": "",
    "teacher_reference_number_validated": "",
    "eligible_for_funding": "",
    "pupil_premium_uplift": "false",
    "sparsity_uplift": "true",
    "training_status": "active",
    "training_record_id": "0b6e1f52-9d3c-4a57-8a41-6f0f3f7b9d20",
    "schedule_identifier": "ecf-standard-september",
    "updated_at": "2022-10-04T09:12:44Z",
}
COLUMNS = list(ROW)


def table(*rows, columns=COLUMNS):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row.get(column, "") for column in columns])
    return text.getvalue().encode()


@pytest.fixture
def check():
    v1 = Contract.load("v1")

    def check(body, operation="list_ecf_participants_csv", version=v1):
        return version.check_response(version.operation(operation), 200, "text/csv", body)

    return check


def test_valid_rows_have_no_violation(check):
    assert check(table(ROW, ROW | {"full_name": "Ashby, Rosalind"})) == ()


@pytest.mark.parametrize("body", [b"", table(), b"\xef\xbb\xbf" + table(ROW)])
def test_empty_body_has_no_violation(check, body):
    assert check(body) == ()


def test_missing_column_is_a_violation(check):
    columns = [column for column in COLUMNS if column not in ("cohort", "status")]

    assert check(table(ROW, columns=columns)) == (
        Violation("response-schema", "", "the CSV has no column cohort, status"),
    )


def test_undocumented_column_is_a_violation(check):
    assert check(table(ROW, columns=[*COLUMNS, "colour"])) == (
        Violation("undocumented-member", "", "'colour' is not a documented column"),
    )


def test_undocumented_column_with_personal_data_has_its_own_rule_too(check):
    rules = [each.rule for each in check(table(ROW, columns=[*COLUMNS, "date_of_birth"]))]

    assert rules == ["undocumented-member", "personal-data"]


def test_columns_in_another_order_are_a_violation(check):
    (violation,) = check(table(ROW, columns=COLUMNS[::-1]))

    assert violation.message == f"the columns are in another order than documented: {', '.join(COLUMNS)}"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("eligible_for_funding", "yes", "'yes' is not one of 'true', 'false', ''"),
        ("cohort", "22", "'22' does not match"),
        ("mentor_id", "nobody", "'nobody' is not"),
        ("updated_at", "", "'' is not a valid date-time"),
    ],
)
def test_invalid_value_is_a_violation(check, column, value, message):
    found = check(table(ROW, ROW | {column: value}))

    assert {violation.where for violation in found} == {f"/1/{column}"}
    assert found[0].message.startswith(message)


def test_short_row_is_a_violation(check):
    assert check(table(ROW) + b"a,b\n") == (
        Violation("response-schema", "/1", "the row has 2 fields, but the header has 17"),
    )


@pytest.mark.parametrize("body", [b'a,"b\n', b"\xff\xfe"])
def test_body_that_is_not_csv_is_a_violation(check, body):
    (violation,) = check(body)

    assert violation.message.startswith("the body is not CSV: ")


def test_missing_optional_column_is_no_violation(check):
    v2 = Contract.load("v2")
    columns = v2.document["components"]["schemas"]["NpqEnrolmentCsvRow"]["x-columns"]
    row = {
        "participant_id": "5a9d0c77-2f64-4f0f-8c1b-7e3b1d6a4c02",
        "course_identifier": "npq-headship",
        "schedule_identifier": "npq-leadership-autumn",
        "cohort": "2022",
        "npq_application_id": "2b7c90e4-16d3-4f8a-a5b1-3d0e9c4f7a68",
        "eligible_for_funding": "true",
        "training_status": "active",
    }

    for some in (columns, [column for column in columns if column != "funded_place"]):
        assert check(table(row, columns=some), "list_npq_enrolments_csv", v2) == ()

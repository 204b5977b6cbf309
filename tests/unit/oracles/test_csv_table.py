"""Parsing of CSV responses, and comparison of rows with records."""

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.oracles.csv_table import CsvTable, csv_value, documented_columns


def response(text, status=200):
    body = text if isinstance(text, bytes) else text.encode()
    return Response("x1", "GET", "/api/v1/things.csv", status, {}, body)


def test_rows_equal_to_their_records_match(record):
    table = CsvTable.of(response('id,name,passed\na,"Fae, N.",true\nb,,\n'))

    assert table.columns == ("id", "name", "passed")
    assert table.mismatches([record("a", name="Fae, N.", passed=True), record("b", name=None, passed=None)]) == set()


def test_other_rows_are_mismatches(record):
    table = CsvTable.of(response("id,name\na,Fae\nb,Nan\n"))

    assert table.mismatches([record("a", name="May")]) == {"a", "b"}


def test_repeated_row_is_a_duplicate():
    assert CsvTable.of(response("id,name\na,Fae\nb,Nan\nb,Nan\n")).duplicates == {"b"}


def test_an_empty_file_has_no_rows():
    assert CsvTable.of(response("")) == CsvTable((), {})


@pytest.mark.parametrize("text", ["name\nFae\n", b"\xff\xfe\xfa", 'id\n"a\n'])
def test_body_that_is_not_csv_with_an_id_raises(text):
    with pytest.raises(IncompleteResponse):
        CsvTable.of(response(text))


def test_refusal_raises():
    with pytest.raises(IncompleteResponse, match="The request failed"):
        CsvTable.of(response("id\n", status=401))


def test_short_row_equals_null_fields(record):
    table = CsvTable.of(response("id,name\na\nb,Fae,more\n"))

    assert table.mismatches([record("a", name=None), record("b", name="Fae")]) == {"a"}


@pytest.mark.parametrize(("value", "field"), [(None, ""), (True, "true"), (False, "false"), (2021, "2021"), ("x", "x")])
def test_value_as_csv(value, field):
    assert csv_value(value) == field


def test_documented_columns_come_from_the_contract():
    contract = Contract.load("v2")

    columns, required = documented_columns(contract, contract.operation("list_participant_declarations_csv"))

    assert columns[:3] == ("id", "participant_id", "declaration_type")
    assert required <= set(columns)

"""A CSV answer, and what a row of a record has to hold."""

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.oracles.csv_table import CsvTable, as_field, documented_columns


def response(text, status=200):
    body = text if isinstance(text, bytes) else text.encode()
    return Response("x1", "GET", "/api/v1/things.csv", status, {}, body)


def test_rows_that_hold_what_the_list_holds(record):
    table = CsvTable.of(response('id,name,passed\na,"Fae, N.",true\nb,,\n'))

    assert table.columns == ("id", "name", "passed")
    assert table.unlike([record("a", name="Fae, N.", passed=True), record("b", name=None, passed=None)]) == set()


def test_rows_that_do_not(record):
    table = CsvTable.of(response("id,name\na,Fae\nb,Nan\n"))

    assert table.unlike([record("a", name="May")]) == {"a", "b"}


def test_a_row_that_comes_twice_is_named():
    assert CsvTable.of(response("id,name\na,Fae\nb,Nan\nb,Nan\n")).repeated == {"b"}


def test_an_empty_file_has_no_rows():
    assert CsvTable.of(response("")) == CsvTable((), {})


@pytest.mark.parametrize("text", ["name\nFae\n", b"\xff\xfe\xfa", 'id\n"a\n'])
def test_what_is_no_csv_of_records(text):
    with pytest.raises(IncompleteResponse):
        CsvTable.of(response(text))


def test_a_refusal_is_no_table():
    with pytest.raises(IncompleteResponse, match="no success"):
        CsvTable.of(response("id\n", status=401))


def test_rows_that_are_too_short_or_too_long(record):
    table = CsvTable.of(response("id,name\na\nb,Fae,more\n"))

    assert table.unlike([record("a", name=None), record("b", name="Fae")]) == {"a"}


@pytest.mark.parametrize(("value", "field"), [(None, ""), (True, "true"), (False, "false"), (2021, "2021"), ("x", "x")])
def test_values_as_fields(value, field):
    assert as_field(value) == field


def test_the_columns_that_the_contract_documents():
    contract = Contract.load("v2")

    columns, required = documented_columns(contract, contract.operation("list_participant_declarations_csv"))

    assert columns[:3] == ("id", "participant_id", "declaration_type")
    assert required <= set(columns)

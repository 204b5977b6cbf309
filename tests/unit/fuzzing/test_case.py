"""Cases: placeholders, and there and back through the form in which they are stored."""

import json

import pytest

from lead_provider_conformance.fuzzing.case import Case, Expected, Sender

CASE = Case(
    operation="create_participant_declaration",
    method="POST",
    path="/api/v3/things/{subject}",
    query=(("filter[participant_id]", "{participant}"),),
    content='{"participant_id": "{participant}", "declaration_date": "{date:retained-1}"}',
    content_type="application/json",
    expected=Expected.REFUSED,
    sender=Sender.UNKNOWN,
    wrong="nobody has this token",
    member="reason",
    labels=("one", "two"),
)


def test_a_case_survives_being_stored():
    assert Case.from_list(json.loads(json.dumps(CASE.to_list()))) == CASE


def test_placeholders_are_found_wherever_they_are():
    assert CASE.placeholders() == {"subject", "participant", "date:retained-1"}


def test_filling_in_leaves_no_placeholder():
    filled = CASE.filled({"subject": "S", "participant": "P", "date:retained-1": "D"})
    assert filled.path == "/api/v3/things/S"
    assert filled.query == (("filter[participant_id]", "P"),)
    assert json.loads(filled.content) == {"participant_id": "P", "declaration_date": "D"}
    assert not filled.placeholders()


def test_a_placeholder_without_a_value_is_an_error():
    with pytest.raises(KeyError):
        CASE.filled({"subject": "S"})


def test_bytes_that_are_no_text_go_over_the_wire_as_they_were():
    content = b'{"\xff": "\xc3\xa9"}'
    stored = json.loads(json.dumps(content.decode("utf-8", "surrogateescape")))
    assert Case("x", "POST", "/", (), stored, "application/json", Expected.LENIENT).raw == content

"""Cases: their placeholders, and their stored form."""

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
    defect="the token is unknown",
    field="reason",
    labels=("one", "two"),
)


def test_stored_case_is_read_back_unchanged():
    assert Case.from_list(json.loads(json.dumps(CASE.to_list()))) == CASE


def test_placeholders_are_found_in_path_query_and_content():
    assert CASE.placeholders() == {"subject", "participant", "date:retained-1"}


def test_fill_replaces_every_placeholder():
    filled = CASE.fill({"subject": "S", "participant": "P", "date:retained-1": "D"})
    assert filled.path == "/api/v3/things/S"
    assert filled.query == (("filter[participant_id]", "P"),)
    assert json.loads(filled.content) == {"participant_id": "P", "declaration_date": "D"}
    assert not filled.placeholders()


def test_fill_without_a_value_raises_key_error():
    with pytest.raises(KeyError):
        CASE.fill({"subject": "S"})


def test_content_that_is_not_utf_8_is_sent_unchanged():
    content = b'{"\xff": "\xc3\xa9"}'
    stored = json.loads(json.dumps(content.decode("utf-8", "surrogateescape")))
    assert Case("x", "POST", "/", (), stored, "application/json", Expected.LENIENT).raw == content

"""The records of a list that differ most."""

import pytest

from lead_provider_conformance.oracles.varied_records import varied_records


def test_records_with_the_most_and_rarest_values_come_first(record):
    records = [
        record("a", state="paid", mentor_id="x1"),
        record("b", state="paid", mentor_id="x2"),
        record("c", state="voided", mentor_id="x3"),
        record("d", state="paid", mentor_id=None),
    ]

    assert [each["id"] for each in varied_records(records, 2)] == ["d", "c"]


def test_values_inside_lists_count(record):
    records = [record("a", enrolments=[{"type": "ect"}]), record("b", enrolments=[{"type": "ect"}, {"type": "mentor"}])]

    assert [each["id"] for each in varied_records(records, 1)] == ["b"]


def test_names_times_and_ids_do_not_count(record):
    records = [record("a", name="Ada Young", at="2023-01-01", urn="1"), record("b", name="Bo Old", at="2024", urn="2")]

    assert [each["id"] for each in varied_records(records, 1)] == ["a"]


@pytest.mark.parametrize("text", ["0372740", "Ada Young, Jr", 'Gwen "Wendy" Hale', "Zoë"])
def test_text_that_formatting_can_damage_comes_first(record, text):
    records = [record("a", name="Ada Young", trn="1372740"), record("b", name=text, trn="1372741")]

    assert [each["id"] for each in varied_records(records, 1)] == ["b"]


def test_short_list_is_returned_whole(record):
    assert varied_records([record("a")], 3) == [record("a")]
    assert varied_records([], 3) == []

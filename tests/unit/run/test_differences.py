"""A difference names the fields that differ, with the received and the expected value."""

from __future__ import annotations

import pytest

from lead_provider_conformance.run.differences import difference

RECORD = {"id": "a1", "attributes": {"state": "paid", "cohort": "2023", "day": None}}


def changed(**attributes: object) -> dict[str, object]:
    return {"id": "a1", "attributes": RECORD["attributes"] | attributes}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("received", "expected", "sentence"),
    [
        (changed(state="voided"), RECORD, "a1: `attributes.state` is 'voided'; expected 'paid'."),
        (changed(x=1), RECORD, "a1: `attributes.x` is 1; expected no such field."),
        (RECORD, changed(x=1), "a1: `attributes.x` is missing; expected 1."),
        ([RECORD], [], "1 were returned; expected 0."),
        ([changed(day="2024")], [RECORD], "`1.attributes.day` is '2024'; expected null."),
        ({"a"}, {"b"}, "missing: 'b'; not expected: 'a'."),
        ({*"abcde"}, set(), "not expected: 'a', 'b', 'c' and 2 more."),
        (dict.fromkeys("abcd", 1), {}, " and more."),
    ],
)
def test_sentence_has_the_parts_that_differ(received: object, expected: object, sentence: str) -> None:
    found = difference(received, expected)

    assert found is not None
    assert found.endswith(sentence)


@pytest.mark.parametrize(("received", "expected"), [(1, 2), ("a", "b"), (["a"], ["b"]), (RECORD, RECORD)])
def test_other_values_have_no_sentence(received: object, expected: object) -> None:
    assert difference(received, expected) is None


def test_parts_beyond_the_limit_are_counted_as_more() -> None:
    found = difference({}, dict.fromkeys("abcd", 1))

    assert found == "`a` is missing; expected 1; `b` is missing; expected 1; `c` is missing; expected 1; and more."

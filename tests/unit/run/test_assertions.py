"""A failed assertion of the suites becomes a sentence with the field, its value and the expected value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lead_provider_conformance.run.assertions import LONGEST, in_plain_words


class Response:
    status = 404
    members = ("errors",)
    state = "submitted"
    fields: dict[str, Any] = {"voided": None}  # noqa: RUF012 - never changed
    deferral: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def __repr__(self) -> str:
        return "<GET /api/v3/participants → 404 {'error': 'no'}>"

    def names(self, field: str) -> bool:
        return field == "cohort"


RESPONSE = Response()


def is_shown_as(record: dict[str, str], status: str) -> bool:
    return record["status"] == status


def status() -> None:
    assert RESPONSE.status == 200


def status_in_choice() -> None:
    assert RESPONSE.status in (200, 201)


def error_about() -> None:
    assert RESPONSE.names("course_identifier")


def error_about_either() -> None:
    assert RESPONSE.names("course_identifier") or RESPONSE.names("schedule")


def fields_of_a_body() -> None:
    assert RESPONSE.members == ("error",)


def empty_list() -> None:
    found: list[Any] = ["a", 1, {"b": True}]
    assert found == []


def empty_set() -> None:
    found: set[str] = set()
    assert found == {"b", "a"}


def field() -> None:
    assert RESPONSE.state == "voided"


def field_by_name() -> None:
    assert RESPONSE.fields.get("voided") is False


def field_in_choice() -> None:
    assert RESPONSE.state in ("active", None)


def field_that_should_differ() -> None:
    assert RESPONSE.state != "submitted"


def field_that_should_be_empty() -> None:
    assert not RESPONSE.fields


def field_that_should_have_a_value() -> None:
    assert RESPONSE.deferral


def list_of_values() -> None:
    assert [RESPONSE.state] == ["voided"]


def with_a_word() -> None:
    assert RESPONSE.state == "voided", "started"


def with_a_sentence() -> None:
    assert RESPONSE.state == "voided", "The declaration is not voided."


def function() -> None:
    assert is_shown_as({"status": "active"}, "deferred")


@pytest.mark.parametrize(
    ("assertion", "sentence"),
    [
        (status, "GET /api/v3/participants returned 404; expected 200. {'error': 'no'}"),
        (status_in_choice, "GET /api/v3/participants returned 404; expected one of 200, 201. {'error': 'no'}"),
        (
            error_about,
            "No error names `course_identifier`: GET /api/v3/participants returned 404 {'error': 'no'}",
        ),
        (
            error_about_either,
            "No error names `course_identifier` or `schedule`: GET /api/v3/participants returned 404 {'error': 'no'}",
        ),
        (fields_of_a_body, "The list of fields is 'errors'; expected 'error'."),
        (empty_list, "The value is 'a', 1, {b: true}; expected nothing."),
        (empty_set, "The value is nothing; expected 'a', 'b'."),
        (field, "`state` is 'submitted'; expected 'voided'."),
        (field_by_name, "`voided` is null; expected false."),
        (field_in_choice, "`state` is 'submitted'; expected one of 'active', null."),
        (field_that_should_differ, "`state` is 'submitted'; expected anything but 'submitted'."),
        (field_that_should_be_empty, "`fields` is {voided: null}; expected nothing."),
        (field_that_should_have_a_value, "`deferral` is nothing; expected a value."),
        (list_of_values, "The value is 'submitted'; expected 'voided'."),
        (with_a_word, "`state` is 'submitted' (started); expected 'voided'."),
        (with_a_sentence, "The declaration is not voided."),
        (function, "`is_shown_as` is False for {'status': 'active'}, 'deferred'."),
    ],
)
def test_sentence_has_field_and_both_values(assertion: Callable[[], None], sentence: str) -> None:
    with pytest.raises(AssertionError) as failure:
        assertion()

    assert in_plain_words(failure.value) == sentence


def test_long_sentence_is_cut() -> None:
    text = in_plain_words(AssertionError("It is " + "x" * LONGEST))

    assert len(text) == LONGEST
    assert text.endswith("…")


def test_assertion_without_text_has_a_sentence() -> None:
    assert in_plain_words(AssertionError()) == "An assertion failed."

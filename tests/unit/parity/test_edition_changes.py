"""The changes between two editions explain differences, and no others."""

from __future__ import annotations

import pytest

from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.differences import Difference, SideName
from lead_provider_conformance.parity.edition_changes import EditionChanges
from lead_provider_conformance.parity.forms import Forms
from lead_provider_conformance.parity.pairs import ReadPair, ReplyPair
from lead_provider_conformance.parity.side import Read

from .servers import SCOPE, body, causes, record, reply

EDITIONS = ("2025-04", "2026-08")
ENROLMENT = "data[].attributes.ecf_enrolments[]"


@pytest.fixture(scope="module")
def changes() -> EditionChanges:
    return EditionChanges.of(SCOPE, EDITIONS)


def pair(operation: str = "list_ecf_participants", status: int = 200) -> ReplyPair:
    read = ReadPair(SCOPE, operation, Read("/"), Read("/"))
    return ReplyPair(read, reply(SideName.LEFT, body(), status), reply(SideName.RIGHT, body(), status))


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (
            Difference("parity/fields", f"{ENROLMENT}.working_pattern", "missing on the left"),
            "in the response 200, `data.attributes.ecf_enrolments[].working_pattern` is new",
        ),
        (
            Difference("parity/fields", f"{ENROLMENT}.teacher_reference_number_validated", "missing on the right"),
            "in the response 200, `data.attributes.ecf_enrolments[].teacher_reference_number_validated` is removed",
        ),
        (
            Difference("parity/statuses", "query:filter[training_status]", "400 on the left, 200 on the right"),
            "with an unknown `filter[training_status]`, returns an empty list (200), no longer a 400",
        ),
        (
            Difference("parity/headers", "headers.content-type", "another value"),
            "no longer returns 200 as application/vnd.api+json",
        ),
    ],
)
def test_change_of_contract_explains_difference(changes: EditionChanges, difference: Difference, sentence: str) -> None:
    assert changes.explains(pair(), difference)
    assert sentence in {each.sentence for each in changes.seen}


@pytest.mark.parametrize(
    "difference",
    [
        Difference("parity/fields", f"{ENROLMENT}.working_pattern", "missing on the right"),
        Difference("parity/fields", "data[].attributes.full_name", "missing on the right"),
        Difference("parity/values", "data[].attributes.full_name", "another value"),
        Difference("parity/headers", "headers.link", "missing on the right"),
        Difference("parity/headers", "headers.cache-control", "missing on the left"),
        Difference("parity/statuses", "query:filter[training_status]", "200 on the left, 400 on the right"),
        Difference("parity/statuses", "query:filter[cohort]", "400 on the left, 200 on the right"),
        Difference("parity/statuses", "query:filter[cohort]", "200 on the left, 400 on the right"),
        Difference("parity/records", "data[]", "only on the left"),
    ],
    ids=lambda each: f"{each.place} {each.kind}",
)
def test_other_differences_are_not_explained(changes: EditionChanges, difference: Difference) -> None:
    assert not changes.explains(pair(), difference)


def test_change_of_behaviour_of_one_operation_or_of_all_explains_difference() -> None:
    changes = EditionChanges.of(Scope("v3", "npq"), EDITIONS)
    missing = Difference("parity/statuses", "path:id", "200 on the left, 404 on the right")

    assert changes.explains(pair("list_npq_participant_outcomes"), missing)
    assert not changes.explains(pair("show_npq_participant"), missing)
    assert not changes.explains(
        pair("list_npq_participant_outcomes"), Difference("parity/statuses", "", "200 on the left, 404 on the right")
    )
    header = Difference("parity/headers", "headers.cache-control", "missing on the left")
    assert changes.explains(pair("show_statement"), header)
    assert changes.explains(pair("list_npq_participants", status=422), header)


def test_parameter_that_is_no_longer_accepted_explains_a_status(changes: EditionChanges) -> None:
    difference = Difference("parity/statuses", "query:filter[type]", "200 on the left, 400 on the right")

    assert changes.explains(pair("list_statements"), difference)
    assert not changes.explains(pair("list_ecf_partnerships"), difference)


def test_moved_path_is_seen_when_the_operation_is_compared() -> None:
    changes = EditionChanges.of(SCOPE, EDITIONS)
    assert changes.seen == set()

    changes.compared("list_ecf_participants")

    (moved,) = changes.seen
    assert moved.sentence == "moved from `/api/v3/participants/ecf` to `/api/v3/participants`"


def test_same_edition_has_no_changes() -> None:
    assert EditionChanges.of(Scope("v1", "npq"), ("2025-04", "2025-04")).changes == ()


def forms_of(left: bytes, right: bytes) -> list[tuple[str, str, str]]:
    read = ReadPair(SCOPE, "list_ecf_participants", Read("/"), Read("/"))
    forms = Forms()
    forms.add(ReplyPair(read, reply(SideName.LEFT, left), reply(SideName.RIGHT, right)))
    return causes([difference for _, difference in forms.differences()])


def test_forms_of_different_records_are_the_same() -> None:
    left = body(record(1, a="x", b=None), record(2, a="x", b=1))

    assert forms_of(left, body(record(3, a="y", b=2))) == []


def test_field_that_no_record_has_is_missing() -> None:
    assert forms_of(body(record(1, a=1, b=2)), body(record(2, a=1), record(3, a=1))) == [
        ("fields", "data[].attributes.b", "missing on the right")
    ]


def test_fields_of_an_empty_list_are_not_missing() -> None:
    assert forms_of(body(record(1, a=[{"b": 1}])), body(record(2, a=[]))) == []
    assert forms_of(body(record(1, a=1)), body()) == []


def test_values_of_other_types_are_a_difference() -> None:
    assert forms_of(body(record(1, a=1)), body(record(2, a="1"))) == [
        ("fields", "data[].attributes.a", "number on the left, string on the right")
    ]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([(200, 404), (404, 200)], []),
        ([(200, 404), (200, 200)], []),
        ([(200, 404), (200, 404)], [("statuses", "", "200 on the left, 404 on the right")]),
    ],
    ids=["either", "some", "always"],
)
def test_statuses_of_records_differ_if_no_record_has_the_same(
    statuses: list[tuple[int, int]], expected: list[tuple[str, str, str]]
) -> None:
    forms = Forms()
    read = ReadPair(SCOPE, "show_ecf_participant", Read("/"), Read("/"))
    for left, right in statuses:
        forms.add(ReplyPair(read, reply(SideName.LEFT, b"", left), reply(SideName.RIGHT, b"", right)))

    assert causes([difference for _, difference in forms.differences()]) == expected

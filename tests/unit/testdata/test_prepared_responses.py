"""A refused preparation, in the server's own words."""

import json

import pytest

from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.refusals import assert_not_paid_again, prepared


def response(status: int, body: bytes) -> Response:
    return Response("main-00001", "POST", "/api/v3/participant-declarations", status, {}, body)


def test_success_is_returned() -> None:
    success = response(200, b'{"data": {}}')
    assert prepared(success) is success


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"errors": [{"title": "cohort", "detail": "The contract has ended."}]}', r"422 \(cohort: The contract has"),
        (b"<html>", r"422 \(<html>\)"),
    ],
)
def test_refusal_could_not_run_in_the_words_of_the_server(body: bytes, words: str) -> None:
    with pytest.raises(CouldNotRun, match=words):
        prepared(response(422, body))


def recorded(state: str) -> Response:
    attributes = {"state": state, "participant_id": "x", "declaration_type": "started"}
    record = {"id": "0b0f3a6e-30c4-4b47-8ad9-1c6fd4a1e1a0", "type": "participant-declaration", "attributes": attributes}
    return response(200, json.dumps({"data": record}).encode())


def test_duplicate_may_be_refused_or_recorded_as_ineligible() -> None:
    assert_not_paid_again(response(422, b'{"errors": []}'))
    assert_not_paid_again(recorded("ineligible"))


@pytest.mark.parametrize("state", ["submitted", "eligible", "payable", "paid"])
def test_duplicate_that_can_be_paid_fails(state: str) -> None:
    with pytest.raises(AssertionError, match=f"status 200, and the second declaration is {state}"):
        assert_not_paid_again(recorded(state))


def test_duplicate_with_another_status_fails() -> None:
    with pytest.raises(AssertionError):
        assert_not_paid_again(response(409, b"{}"))

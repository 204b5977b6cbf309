"""A refused preparation, in the server's own words."""

import pytest

from lead_provider_conformance.http import Response
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.refusals import prepared


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

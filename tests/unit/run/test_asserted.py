"""The exchange of a failed assertion is the one whose response shows the failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.http import Response
from lead_provider_conformance.model import ShownFailure
from lead_provider_conformance.run.asserted import asserted_exchange, asserted_field

ID = "11111111-1111-4111-8111-111111111111"


def response(exchange: str) -> Response:
    body = b'{"data": {"id": "%s", "attributes": {"state": "paid", "at": null}}}' % ID.encode()
    return Response(exchange, "GET", "/x", 200, {}, body)


@dataclass
class Api:
    def send(self) -> Response:
        return response("e9")


def response_itself() -> None:
    refusal, later = response("e1"), response("e2").resource
    assert refusal.status == later["attributes"]["state"]


def latest_of_two_responses() -> None:
    first, again = response("e1"), response("e2")
    assert first.body != again.body


def record_of_a_response() -> None:
    shown = Participant.in_resource(response("e1").resource)[0]
    assert shown.enrolment["state"] == "voided"


def several_records() -> None:
    found = [response("e1").resource]
    assert not found


def list_that_should_have_a_record() -> None:
    written, listed = response("e1"), [response("e2").resource]
    assert [written.status] in listed


def size_between_two_others() -> None:
    least, most, found, _ = 2, 3, [response("e1").resource], response("e2")
    assert least <= len(found) <= most


def list_that_should_lack_a_record() -> None:
    participant, listed = response("e1").resource, {ID}
    assert participant["id"] not in listed


def key_of_a_list() -> None:
    written, listed = response("e1"), {ID: "paid"}
    assert listed.get(written.resource["id"]) == "voided"


def key_of_a_list_in_brackets() -> None:
    written, listed = response("e1"), {ID: response("e2").resource}
    assert listed[written.resource["id"]]["attributes"] == "voided"


def request_in_the_assertion() -> None:
    api, before = Api(), response("e1")
    assert api.send().status != before.status


def request_by_a_function_of_the_test() -> None:
    api, before = Api(), response("e1")

    def show() -> Response:
        return api.send()

    assert show().status != before.status


def request_by_a_function_with_the_api() -> None:
    api, before = Api(), response("e1")
    assert status_of(api) != before.status


def status_of(api: Api) -> int:
    return api.send().status


def values_of_no_response() -> None:
    one, other = 1, 2
    assert one == other


def missing_field() -> None:
    response("e1").resource["attributes"]["day"]


def response_without_data() -> None:
    Response("e1", "GET", "/x", 404, {}, b"{}").data  # noqa: B018 - reading it raises


def failure_with_its_exchange() -> None:
    raise ShownFailure("It lists too much.", "e1")


@pytest.mark.parametrize(
    ("failing", "exchange"),
    [
        (response_itself, "e1"),
        (latest_of_two_responses, "e2"),
        (record_of_a_response, "e1"),
        (several_records, "e1"),
        (size_between_two_others, "e1"),
        (list_that_should_have_a_record, "e2"),
        (list_that_should_lack_a_record, None),
        (key_of_a_list, None),
        (key_of_a_list_in_brackets, None),
        (request_in_the_assertion, None),
        (request_by_a_function_of_the_test, None),
        (request_by_a_function_with_the_api, None),
        (values_of_no_response, None),
        (missing_field, "e1"),
        (response_without_data, "e1"),
        (failure_with_its_exchange, "e1"),
    ],
)
def test_exchange_is_that_of_the_asserted_values(failing: Callable[[], None], exchange: str | None) -> None:
    with pytest.raises(AssertionError) as failure:
        failing()

    assert asserted_exchange(failure.value) == exchange


def test_field_may_be_named_by_a_variable() -> None:
    name, attributes = "cohort", {"cohort": "2023"}
    with pytest.raises(AssertionError) as failure:
        assert attributes.get(name) == "2024"

    assert asserted_field(failure.value) == "cohort"


def test_property_of_a_record_has_the_name_of_its_field() -> None:
    declaration = Declaration(ID, {"declaration_type": None})
    with pytest.raises(AssertionError) as failure:
        assert declaration.type == "started"

    assert asserted_field(failure.value) == "declaration_type"


def test_id_of_a_record_is_no_field() -> None:
    by_id = {ID: 1}
    with pytest.raises(AssertionError) as failure:
        assert by_id[ID] == 2

    assert asserted_field(failure.value) is None

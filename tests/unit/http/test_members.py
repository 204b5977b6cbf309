"""What a test reads of a resource is of the kind that the contract has there, or the test fails naming the member."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import IncompleteResponse, Members, Readings, Response

ID = "6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"


def shown(attributes: dict[str, Any], operation: str = "show_ecf_participant") -> Any:
    """The attributes of a resource that an operation of version 3 answers with."""
    contract = Contract.load("v3")
    body = json.dumps({"data": {"id": ID, "type": "participant", "attributes": attributes}}).encode()
    shape = contract.shape(contract.operation(operation), 200)
    return Response("main-00001", "GET", "/api/v3/x", 200, {}, body, shape, Readings()).resource["attributes"]


@pytest.mark.parametrize("value", [None, "", "text", 1, 1.5, True])
def test_a_single_value_is_read_as_it_is_even_of_another_type(value: Any) -> None:
    attributes = shown({"full_name": value})

    assert attributes["full_name"] == attributes.get("full_name") == value


@pytest.mark.parametrize("value", [[], [[]], {}, {"a": 1}])
def test_what_is_no_single_value_is_the_servers_failure(value: Any) -> None:
    with pytest.raises(IncompleteResponse, match=f"The record {ID} shows `full_name` as .* a single value"):
        shown({"full_name": value}).get("full_name")


@pytest.mark.parametrize("value", ["text", 1.5, True, {}, ["text"], [[]]])
def test_what_is_no_list_of_objects_is_the_servers_failure(value: Any) -> None:
    with pytest.raises(IncompleteResponse, match=r"shows `ecf_enrolments` as .* the contract has (a list|an object)"):
        shown({"ecf_enrolments": value}).get("ecf_enrolments")


def test_members_within_members_are_read_the_same_way() -> None:
    (enrolment,) = shown({"ecf_enrolments": [{"schedule_identifier": ["a"], "withdrawal": "a", "cohort": "2021"}]})[
        "ecf_enrolments"
    ]

    assert enrolment.get("cohort") == "2021"
    for member in ("schedule_identifier", "withdrawal"):
        with pytest.raises(IncompleteResponse, match=f"`{member}`"):
            enrolment.get(member)


def test_what_is_missing_is_no_failure_to_read() -> None:
    assert shown({}).get("full_name") is None
    assert shown({}).get("full_name", "nobody") == "nobody"
    with pytest.raises(KeyError):
        _ = shown({})["full_name"]


def test_half_of_a_character_is_no_text() -> None:
    with pytest.raises(IncompleteResponse, match="half of a character"):
        shown({"full_name": "a\ud800"}).get("full_name")
    assert shown({"full_name": "é😀"}).get("full_name") == "é😀"


def test_a_member_that_the_contract_does_not_know_may_be_anything() -> None:
    assert shown({"favourites": [{"colour": ["green"]}]}).get("favourites") == [{"colour": ["green"]}]


def test_members_are_compared_and_written_as_they_came() -> None:
    content = {"full_name": ["a"], "ecf_enrolments": 1}
    attributes = shown(content)

    assert isinstance(attributes, Members)
    assert attributes == content
    assert json.loads(json.dumps(attributes)) == content


def test_what_has_been_read_is_known_for_the_servers_own() -> None:
    readings = Readings()
    for value in ("one", 2, None):
        readings.note(value)

    assert [readings.hold(each) for each in ("one", "2", 2, None, "two,one")] == [True] * 5
    assert [readings.hold(each) for each in ("on", "two", "")] == [False] * 3
    assert not readings.hold()

"""Reading a field whose type is not the contract's raises IncompleteResponse; all other fields stay readable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import IncompleteResponse, Response, read_resources
from lead_provider_conformance.model import Cause

ID = "6c9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"


def read(attributes: dict[str, Any], operation: str = "show_ecf_participant") -> Any:
    """Return the attributes of a resource in a response of an operation of version 3."""
    contract = Contract.load("v3")
    body = json.dumps({"data": {"id": ID, "type": "participant", "attributes": attributes}}).encode()
    shape = contract.shape(contract.operation(operation), 200)
    return Response("main-00001", "GET", "/api/v3/x", 200, {}, body, shape, operation).resource["attributes"]


@pytest.mark.parametrize("value", [None, "", "text"])
def test_value_of_the_documented_type_or_null_is_readable(value: Any) -> None:
    attributes = read({"full_name": value})

    assert attributes["full_name"] == attributes.get("full_name") == value


@pytest.mark.parametrize("value", [1, 1.5, True, [], [[]], {}, {"a": 1}])
def test_value_of_another_type_raises(value: Any) -> None:
    with pytest.raises(IncompleteResponse, match=f"The record {ID} shows `full_name` as .* has a string") as raised:
        read({"full_name": value}).get("full_name")

    assert raised.value.cause == Cause("show_ecf_participant", "/data/attributes/full_name", "type")


@pytest.mark.parametrize("value", ["text", 1.5, True, {}, ["text"], [[]]])
def test_other_value_in_place_of_list_of_objects_raises(value: Any) -> None:
    with pytest.raises(IncompleteResponse, match=r"shows `ecf_enrolments` as .* the contract has (a list|an object)"):
        read({"ecf_enrolments": value}).get("ecf_enrolments")


@pytest.mark.parametrize("value", [0, 1.5, "true"])
def test_number_or_text_in_place_of_a_boolean_raises(value: Any) -> None:
    (enrolment,) = read({"ecf_enrolments": [{"sparsity_uplift": value}]})["ecf_enrolments"]

    with pytest.raises(IncompleteResponse, match="has true or false"):
        enrolment.get("sparsity_uplift")


def test_other_fields_of_a_record_with_an_unusable_field_are_readable() -> None:
    attributes = read({"full_name": ["a"], "email": "a@b.example", "ecf_enrolments": [{"cohort": "2021"}]})

    assert attributes["email"] == "a@b.example"
    assert attributes["ecf_enrolments"][0].get("cohort") == "2021"


def test_fields_of_nested_objects_are_validated() -> None:
    (enrolment,) = read({"ecf_enrolments": [{"schedule_identifier": ["a"], "withdrawal": "a", "cohort": "2021"}]})[
        "ecf_enrolments"
    ]

    assert enrolment.get("cohort") == "2021"
    for field in ("schedule_identifier", "withdrawal"):
        with pytest.raises(IncompleteResponse, match=f"`{field}`"):
            enrolment.get(field)
        with pytest.raises(IncompleteResponse, match=f"`{field}`"):
            _ = enrolment[field]


@pytest.mark.parametrize("attributes", [{}, {"email": []}])
def test_missing_field_is_absent_or_raises(attributes: dict[str, Any]) -> None:
    assert read(attributes).get("full_name") is None
    assert read(attributes).get("full_name", "default") == "default"
    with pytest.raises(IncompleteResponse, match=f"The record {ID} has no `full_name`"):
        _ = read(attributes)["full_name"]


def test_lone_surrogate_raises() -> None:
    with pytest.raises(IncompleteResponse, match="half of a character"):
        read({"full_name": "a\ud800"}).get("full_name")
    assert read({"full_name": "é😀"}).get("full_name") == "é😀"


def test_field_that_the_contract_does_not_describe_may_have_any_type() -> None:
    assert read({"favourites": [{"colour": ["green"]}]}).get("favourites") == [{"colour": ["green"]}]


def test_attributes_with_unusable_fields_are_compared_and_encoded_unchanged() -> None:
    content = {"full_name": ["a"], "ecf_enrolments": 1}
    attributes = read(content)

    assert attributes == content
    assert json.loads(json.dumps(attributes)) == content


def test_resources_of_a_stored_list_are_validated() -> None:
    values = [({"id": ID, "attributes": {"full_name": ["a"], "email": "b"}}, "main-00007")]
    (resource,) = read_resources(Contract.load("v3"), "/api/v3/participants/ecf", values)

    assert resource["attributes"]["email"] == "b"
    with pytest.raises(IncompleteResponse, match=f"The record {ID} shows `full_name`"):
        resource["attributes"].get("full_name")

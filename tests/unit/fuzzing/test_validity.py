"""Validity of requests: valid, to be refused, or invalid where servers may be lenient."""

import json

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Expected
from lead_provider_conformance.fuzzing.validity import Validity, assess, unpromised

CONTRACT = Contract.load("v3")
GOOD = {
    "participant_id": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11",
    "declaration_type": "started",
    "declaration_date": "2022-09-14T09:00:00Z",
    "course_identifier": "ecf-induction",
}


def of_body(attributes, **data):
    body = {"data": {"type": "participant-declaration", "attributes": attributes, **data}}
    operation = CONTRACT.operation("create_participant_declaration")
    return assess(CONTRACT, operation, operation.path, (), "application/json", json.dumps(body).encode())


def of_query(name, value):
    operation = CONTRACT.operation("list_ecf_participants")
    return assess(CONTRACT, operation, operation.path, ((name, value),), "application/json", None)


def test_request_that_the_contract_allows_is_valid():
    assert of_body(GOOD).expected is Expected.RULED


def test_one_wrong_field_must_be_refused_by_name():
    validity = of_body(GOOD | {"declaration_date": "yesterday"})
    assert (validity.expected, validity.field) == (Expected.REFUSED, "declaration_date")


def test_missing_field_must_be_named():
    validity = of_body({name: value for name, value in GOOD.items() if name != "declaration_date"})
    assert (validity.expected, validity.field) == (Expected.REFUSED, "declaration_date")


def test_two_wrong_fields_are_lenient():
    assert of_body(GOOD | {"declaration_date": 1, "participant_id": 2}).expected is Expected.LENIENT


def test_wrong_resource_type_is_lenient():
    assert of_body(GOOD, type="anything").expected is Expected.LENIENT


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("page[page]", "0", Expected.REFUSED),
        ("page[page]", "abc", Expected.REFUSED),
        ("page[page]", "10abc", Expected.LENIENT),
        ("filter[updated_since]", "2021-05-13", Expected.REFUSED),
        ("filter[updated_since]", "", Expected.LENIENT),
        ("filter[training_status]", "asleep", Expected.REFUSED),
        ("filter[shoe_size]", "43", Expected.LENIENT),
        ("page[page]", "2", Expected.RULED),
    ],
)
def test_query_must_be_refused_only_for_enforced_parameters(name, value, expected):
    assert of_query(name, value).expected is expected


def test_blank_cohort_is_lenient():
    operation = CONTRACT.operation("change_ecf_participant_schedule")
    path = operation.path.replace("{id}", GOOD["participant_id"])
    attributes = {"schedule_identifier": "ecf-standard-january", "course_identifier": "ecf-induction", "cohort": ""}
    body = json.dumps({"data": {"type": "participant-change-schedule", "attributes": attributes}}).encode()
    assert assess(CONTRACT, operation, path, (), "application/json", body).expected is Expected.LENIENT


def test_unknown_schedule_must_be_refused_but_not_named():
    operation = CONTRACT.operation("change_ecf_participant_schedule")
    path = operation.path.replace("{id}", GOOD["participant_id"])
    attributes = {"schedule_identifier": "never", "course_identifier": "ecf-induction"}
    body = json.dumps({"data": {"type": "participant-change-schedule", "attributes": attributes}}).encode()
    validity = assess(CONTRACT, operation, path, (), "application/json", body)
    assert (validity.expected, validity.field) == (Expected.REFUSED, "")


def test_label_place_of_a_missing_field_includes_its_name():
    missing = Validity(Expected.REFUSED, "'reason' is missing", "/data/attributes", "reason")
    assert missing.label_place == "/data/attributes/reason"
    wrong = Validity(Expected.REFUSED, "wrong", "/data/attributes/reason", "reason")
    assert wrong.label_place == "/data/attributes/reason"
    assert Validity(Expected.REFUSED, "wrong", "/data").label_place == "/data"


ATTRIBUTES = {"data": {"type": "x", "attributes": {}}}


@pytest.mark.parametrize(
    ("name", "promised", "refusable"),
    [
        ("page[page]", "731", "12345678901234567890"),
        ("filter[participant_id]", f"{GOOD['participant_id']},{{unknown}}", "abc"),
        ("filter[delivery_partner_id]", "{one:delivery_partner_id}", ""),
        ("filter[cohort]", "2021,1066", "NIL"),
        ("filter[urn]", "100000", ""),
        ("filter[updated_since]", "0337-11-18T16:33:56Z", None),
    ],
)
def test_parameter_must_be_accepted_only_in_a_promised_form(name, promised, refusable):
    assert not unpromised([(name, promised)], ATTRIBUTES)
    assert refusable is None or unpromised([(name, refusable)], None)


def test_body_without_attributes_need_not_be_accepted():
    assert unpromised([], {"data": {"type": "npq-application-accept"}})
    assert not unpromised([], ATTRIBUTES)
    assert not unpromised([], None)


@pytest.mark.parametrize(
    ("document", "path", "expected"),
    [
        ("v3", "/api/v3/participants/ecf", Expected.REFUSED),
        ("2026-08/v3-ecf", "/api/v3/participants", Expected.LENIENT),
    ],
)
def test_unknown_training_status_need_not_be_refused_in_edition_2026_08(document, path, expected):
    contract = Contract.load(document)
    query = (("filter[training_status]", "paused"),)

    assert assess(contract, contract.operation("list_ecf_participants"), path, query, "", None).expected is expected

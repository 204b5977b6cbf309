"""The contract of the NPQ service, edition 2026-08."""

import json

import pytest
from tools.contract.lint import lint

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.resources import contract_root

FOLDER = contract_root() / "2026-08"
FORMER, NEW = "5a9d0c77-2f64-4f0f-8c1b-7e3b1d6a4c02", "b3e1c5d8-9a20-4c7f-8e64-2f0d7a9b5c13"


@pytest.fixture(scope="module")
def npq() -> Contract:
    return Contract.load("2026-08/v3-npq")


@pytest.fixture(scope="module")
def examples(npq):
    """Return the first record of every example of a response, by its type."""
    values = (each["value"].get("data") for each in npq.document["components"]["examples"].values())
    return {data["type"]: data for data in values if isinstance(data, dict)}


def rules(npq, operation_id, data, status=200) -> set[str]:
    body = json.dumps({"data": data}).encode()
    return {each.rule for each in npq.check_response(npq.operation(operation_id), status, "application/json", body)}


def test_document_has_no_lint_errors():
    lint(FOLDER)


def test_every_operation_belongs_to_the_npq_programme(npq):
    assert len(npq.operations) == 23
    assert {operation.programmes for operation in npq.operations} == {frozenset({"npq"})}


def test_operation_has_the_id_of_earlier_editions(npq):
    new = {operation.id for operation in npq.operations} - {each.id for each in Contract.load("v3").operations}

    assert new == {"change_participant_declaration_delivery_partner"}


def test_only_actions_on_declarations_answer_403(npq):
    assert {operation.id for operation in npq.operations if 403 in operation.statuses} == {
        "void_participant_declaration",
        "change_participant_declaration_delivery_partner",
    }


def test_body_that_is_not_json_may_get_an_empty_page(npq):
    operation = npq.operation("create_participant_declaration")

    assert npq.check_response(operation, 400, "text/html; charset=", b"") == ()


@pytest.mark.parametrize("content_type", ["application/json", None])
def test_empty_400_of_another_type_is_a_violation(npq, content_type):
    (violation,) = npq.check_response(npq.operation("list_statements"), 400, content_type, b"")

    assert violation.rule == "error-body"


def test_changed_identifier_is_410_with_the_changes(npq):
    change = {"from_participant_id": FORMER, "to_participant_id": NEW, "changed_at": "2026-07-01T09:00:00Z"}
    error = {"title": "Participant ID has been changed", "detail": "See the changes."}
    operation = npq.operation("show_npq_participant")

    def check(error):
        return npq.check_response(operation, 410, "application/json", json.dumps({"errors": [error]}).encode())

    assert check(error | {"participant_id_changes": [change]}) == ()
    assert {each.rule for each in check(error)} == {"response-schema"}


@pytest.mark.parametrize(
    ("operation_id", "kind", "attribute", "value"),
    [
        ("show_participant_declaration", "participant-declaration", "state", "clawed-back"),
        ("show_participant_declaration", "participant-declaration", "state", "clawed_back"),
        ("show_participant_declaration", "participant-declaration", "has_passed", True),
        ("show_participant_declaration", "participant-declaration", "has_passed", "true"),
        ("show_delivery_partner", "delivery-partner", "cohort", [2025, 2026]),
        ("show_delivery_partner", "delivery-partner", "cohort", ["2025", "2026"]),
        ("show_npq_application", "npq_application", "email", None),
        ("show_npq_application", "npq_application", "teacher_reference_number", None),
        ("show_npq_application", "npq_application", "reason_for_rejection", "any_words"),
    ],
)
def test_published_and_sent_value_are_both_allowed(npq, examples, operation_id, kind, attribute, value):
    data = examples[kind]

    assert rules(npq, operation_id, data | {"attributes": data["attributes"] | {attribute: value}}) == set()


@pytest.mark.parametrize(
    ("operation_id", "kind", "attribute", "value"),
    [
        ("show_participant_declaration", "participant-declaration", "state", "clawed back"),
        ("show_participant_declaration", "participant-declaration", "has_passed", "yes"),
        ("show_participant_declaration", "participant-declaration", "application_id", None),
        ("show_participant_declaration", "participant-declaration", "declaration_type", "retained-3"),
        ("show_delivery_partner", "delivery-partner", "cohort", [26]),
        ("show_delivery_partner", "delivery-partner", "cohort", "2026"),
        ("show_delivery_partner", "delivery-partner", "cohort", [2026, 2026]),
        ("show_npq_application", "npq_application", "cohort_suffix", None),
        ("show_npq_application", "npq_application", "cohort_suffix", "2026b"),
        ("show_npq_application", "npq_application", "schedule_identifier", "npq-nothing"),
        ("show_npq_participant", "npq-participant", "previous_names", None),
    ],
)
def test_any_other_value_is_a_violation(npq, examples, operation_id, kind, attribute, value):
    data = examples[kind]

    assert rules(npq, operation_id, data | {"attributes": data["attributes"] | {attribute: value}}) == {
        "response-schema"
    }


def test_statement_has_no_type(npq, examples):
    data = examples["statement"]

    assert rules(npq, "show_statement", data) == set()
    assert rules(npq, "show_statement", data | {"attributes": data["attributes"] | {"type": "npq"}}) == {
        "undocumented-member"
    }


@pytest.mark.parametrize("value", ["2026-11-20", "2026-11-20T09:00:00+00:00", "2026-11-20T00:00:00+01:00"])
def test_completion_date_is_midnight_utc(npq, examples, value):
    data = examples["participant-outcome"] | {"id": FORMER}
    wrong = data | {"attributes": data["attributes"] | {"completion_date": value}}

    assert rules(npq, "create_npq_participant_outcome", data) == set()
    assert rules(npq, "create_npq_participant_outcome", wrong) == {"response-schema"}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"funded_place": True}, set()),
        ({"schedule_identifier": None}, set()),
        ({}, {"request-schema"}),
        ({"funded_place": None}, {"request-schema"}),
    ],
)
def test_acceptance_needs_an_attribute(npq, attributes, expected):
    body = json.dumps({"data": {"type": "npq-application-accept", "attributes": attributes}}).encode()
    path = f"/api/v3/npq-applications/{NEW}/accept"

    problems = npq.check_request(npq.operation("accept_npq_application"), path, (), "application/json", body)
    assert {each.rule for each in problems} == expected

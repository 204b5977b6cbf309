"""The contract of the ECT service in edition 2026-08 is as strict as those of earlier editions."""

import copy
import json

import pytest

from lead_provider_conformance.contract import Contract

JSON = "application/json"
ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"
TRAINING, OFFLINE = "training-event-attended", "materials-engaged-with-offline"
ENGAGED, ONE_TERM = "75-percent-engagement-met", "one-term-induction"


@pytest.fixture(scope="module")
def service() -> Contract:
    return Contract.load("2026-08/v3-ecf")


@pytest.fixture
def check(service):
    """Return the rules and places that a response violates."""

    def check(operation, body, status=200, content_type=JSON):
        raw = json.dumps(body).encode()
        found = service.check_response(service.operation(operation), status, content_type, raw)
        return [(each.rule, each.where) for each in found]

    return check


@pytest.fixture
def example(service):
    def example(name):
        return copy.deepcopy(service.document["components"]["examples"][name]["value"])

    return example


@pytest.fixture
def refused(service):
    """Return the messages about the body of a declaration."""

    def refused(**attributes):
        started = {"participant_id": ID, "declaration_type": "started", "declaration_date": "2025-09-14T09:00:00Z"}
        sent = {name: value for name, value in (started | attributes).items() if value is not None}
        body = json.dumps({"data": {"type": "participant-declaration", "attributes": sent}}).encode()
        operation = service.operation("create_participant_declaration")
        return [each.message for each in service.check_request(operation, operation.path, (), JSON, body)]

    return refused


def test_operations_have_the_statuses_of_the_service(service):
    assert len(service.operations) == 24
    for operation in service.operations:
        assert operation.programmes == {"ecf"}
        assert {200, 400, 401, 429} <= set(operation.statuses)
        assert 403 not in operation.statuses
        assert (404 in operation.statuses) == ("{" in operation.path)
        assert (422 in operation.statuses) == operation.writes


def test_paths_have_no_programme(service):
    assert not [each.path for each in service.operations if "ecf" in each.path]
    assert service.find("GET", "/api/v3/participants/transfers").id == "list_ecf_participant_transfers"


def test_operation_ids_are_those_of_earlier_editions(service, v3):
    assert {each.id for each in service.operations} <= {each.id for each in v3.operations}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("participant_status", "withdrawn"),
        ("working_pattern", "flexible"),
        ("delivery_partner_id", None),
        ("eligible_for_funding", "yes"),
        ("overall_induction_start_date", "2025-09-01T00:00:00Z"),
        ("withdrawal", {"reason": "changed_lead_provider", "date": "2026-01-12T11:20:00Z"}),
        ("withdrawal", {"reason": "other"}),
        ("schedule_identifier", "standard-september"),
        ("cohort", 2025),
        ("created_at", "2025-07-19T14:03:10+01:00"),
    ],
)
def test_invalid_value_of_enrolment_is_a_violation(check, example, member, value):
    body = example("EcfParticipantV3")
    body["data"]["attributes"]["ecf_enrolments"][0][member] = value

    ((rule, where),) = check("show_ecf_participant", body)
    assert rule == "response-schema"
    assert where.startswith(f"/data/attributes/ecf_enrolments/0/{member}")


@pytest.mark.parametrize("member", ["working_pattern", "mentor_id", "deferral", "induction_end_date", "email"])
def test_missing_member_of_enrolment_is_a_violation(check, example, member):
    body = example("EcfParticipantV3")
    del body["data"]["attributes"]["ecf_enrolments"][0][member]

    assert check("show_ecf_participant", body) == [("response-schema", "/data/attributes/ecf_enrolments/0")]


@pytest.mark.parametrize("reason", ["changed-lead-provider", "switched-to-school-led"])
def test_new_withdrawal_reasons_are_allowed(check, example, reason):
    body = example("EcfParticipantV3")
    enrolment = body["data"]["attributes"]["ecf_enrolments"][0]
    enrolment["withdrawal"] = {"reason": reason, "date": "2026-01-12T11:20:00Z"}

    assert check("withdraw_ecf_participant", body) == []


@pytest.mark.parametrize(
    ("operation", "name", "member", "value"),
    [
        ("show_participant_declaration", "EcfDeclarationV3", "state", "ineligible"),
        ("show_participant_declaration", "EcfDeclarationV3", "delivery_partner_id", None),
        ("show_participant_declaration", "EcfDeclarationV3", "evidence_held", "certificate"),
        ("show_ecf_partnership", "Partnership", "participants_currently_training", -1),
        ("show_ecf_partnership", "Partnership", "participants_currently_training", None),
        ("show_ecf_school", "School", "induction_programme_choice", "no_early_career_teachers"),
        ("show_ecf_school", "School", "expression_of_interest", None),
        ("show_statement", "Statement", "month", "11"),
        ("show_statement", "Statement", "payment_date", "2025-11-25T00:00:00Z"),
        ("show_delivery_partner", "DeliveryPartner", "cohort", "2025"),
        ("show_ecf_unfunded_mentor", "UnfundedMentor", "email", None),
    ],
)
def test_invalid_value_is_a_violation(check, example, operation, name, member, value):
    body = example(name)
    body["data"]["attributes"][member] = value

    assert check(operation, body) == [("response-schema", f"/data/attributes/{member}")]


@pytest.mark.parametrize(
    ("operation", "name", "member"),
    [
        ("show_participant_declaration", "EcfDeclarationV3", "has_passed"),
        ("show_ecf_partnership", "Partnership", "challenged_at"),
        ("show_statement", "Statement", "type"),
    ],
)
def test_member_of_earlier_editions_is_not_documented(check, example, operation, name, member):
    body = example(name)
    body["data"]["attributes"][member] = None

    assert check(operation, body) == [("undocumented-member", f"/data/attributes/{member}")]


@pytest.mark.parametrize("created_at", ["2026-01-10T12:00:00Z", "2026-01-10"])
def test_transfer_has_time_or_date_of_creation(check, example, created_at):
    body = example("ParticipantTransfers")
    body["data"]["attributes"]["transfers"][0]["created_at"] = created_at

    assert check("show_ecf_participant_transfers", body) == []


def test_provider_of_transfer_to_school_led_training_is_null(check, example):
    body = example("ParticipantTransfers")
    body["data"]["attributes"]["transfers"][0]["joining"]["provider"] = None

    assert check("show_ecf_participant_transfers", body) == []


def test_missing_record_is_a_list_of_errors(check, example):
    assert check("show_statement", example("ResourceNotFound"), 404) == []
    assert ("response-schema", "") in check("show_statement", {"error": "Resource not found"}, 404)


def test_former_media_type_is_a_violation(check, example):
    found = check("show_statement", example("Statement"), content_type="application/vnd.api+json")
    assert found == [("media-type", "")]


@pytest.mark.parametrize(
    ("course", "declaration_type", "evidence"),
    [
        ("ecf-induction", "started", None),
        ("ecf-induction", "started", OFFLINE),
        ("ecf-mentor", "started", OFFLINE),
        ("ecf-induction", "retained-1", TRAINING),
        ("ecf-induction", "retained-1", OFFLINE),
        ("ecf-induction", "retained-2", TRAINING),
        ("ecf-induction", "retained-2", ENGAGED),
        ("ecf-induction", "extended-3", OFFLINE),
        ("ecf-induction", "completed", ONE_TERM),
        ("ecf-mentor", "completed", ENGAGED),
        ("ecf-mentor", "completed", TRAINING),
        ("ecf-mentor", "retained-4", "other"),
    ],
)
def test_declaration_that_some_cohort_allows_is_valid(refused, course, declaration_type, evidence):
    assert refused(course_identifier=course, declaration_type=declaration_type, evidence_held=evidence) == []


@pytest.mark.parametrize(
    ("course", "declaration_type", "evidence"),
    [
        ("ecf-induction", "started", ENGAGED),
        ("ecf-induction", "retained-1", None),
        ("ecf-induction", "retained-1", ENGAGED),
        ("ecf-induction", "retained-2", OFFLINE),
        ("ecf-induction", "completed", OFFLINE),
        ("ecf-mentor", "completed", ONE_TERM),
        ("ecf-mentor", "retained-1", OFFLINE),
        ("ecf-mentor", "extended-1", OFFLINE),
        ("npq-headship", "started", TRAINING),
        ("ecf-induction", "retained-5", TRAINING),
    ],
)
def test_declaration_that_no_cohort_allows_is_invalid(refused, course, declaration_type, evidence):
    assert refused(course_identifier=course, declaration_type=declaration_type, evidence_held=evidence) != []


@pytest.mark.parametrize(
    ("operation", "kind", "attributes"),
    [
        ("defer_ecf_participant", "participant-defer", {"reason": "other", "course_identifier": "ecf-mentor"}),
        ("create_ecf_partnership", "partnership", {"cohort": "2026", "school_id": ID, "delivery_partner_id": ID}),
        ("update_ecf_partnership", "partnership", {"delivery_partner_id": ID}),
    ],
)
def test_type_of_request_is_required(service, operation, kind, attributes):
    known = service.operation(operation)
    path = known.path.replace("{id}", ID)

    def problems(data):
        return service.check_request(known, path, (), JSON, json.dumps({"data": data}).encode())

    assert problems({"type": kind, "attributes": attributes}) == ()
    assert problems({"type": f"ecf-{kind}", "attributes": attributes}) != ()
    assert problems({"attributes": attributes}) != ()

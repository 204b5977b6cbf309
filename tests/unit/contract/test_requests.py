"""Requests are validated against their operation."""

import json

import pytest

from lead_provider_conformance.contract import Violation

ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"


@pytest.fixture
def check(v3):
    def check(operation, path=None, query=(), body=None, content_type="application/json"):
        known = v3.operation(operation)
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        concrete = path or known.path.replace("{id}", ID).replace("{participant_id}", ID)
        return v3.check_request(known, concrete, query, content_type if raw else None, raw)

    return check


def declaration(**attributes):
    start = {
        "participant_id": ID,
        "declaration_type": "started",
        "declaration_date": "2022-09-14T09:00:00Z",
        "course_identifier": "ecf-induction",
    }
    return {"data": {"type": "participant-declaration", "attributes": start | attributes}}


@pytest.mark.parametrize(
    "query",
    [
        [],
        [("filter[cohort]", "2022"), ("page[page]", "2"), ("page[per_page]", "50"), ("sort", "-updated_at,created_at")],
        [("filter[updated_since]", "2022-09-01T00:00:00+01:00")],
        [("page[page]", "9" * 40), ("sort", "")],
    ],
)
def test_valid_query_has_no_violation(check, query):
    assert check("list_ecf_participants", query=query) == ()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("page[page]", "0", "0 must be at least 1"),
        ("page[page]", "two", "'two' is not a whole number"),
        ("page[size]", "2", "'size' is not a documented member of 'page'"),
        ("page", "2", "this parameter is sent as 'page[…]'"),
        ("sort[]", "created_at", "this parameter is sent as 'sort'"),
        ("sort", "name", "'name' is not one of 'created_at', '-created_at', 'updated_at', '-updated_at'"),
        ("filter[updated_since]", "yesterday", "'yesterday' is not a valid date-time"),
        ("filter[training_status]", "gone", "'gone' is not one of 'active', 'deferred', 'withdrawn'"),
        ("colour", "blue", "'colour' is not a documented parameter"),
        ("[]", "x", "'[]' is not a documented parameter"),
    ],
)
def test_invalid_query_is_a_violation(check, name, value, message):
    assert check("list_ecf_participants", query=[(name, value)]) == (
        Violation("request-schema", f"query:{name}", message),
    )


@pytest.mark.parametrize("query", [[], [("filter[urn]", "123456")]])
def test_missing_required_parameter_is_a_violation(check, query):
    (violation,) = check("list_ecf_schools", query=query)

    assert violation.where in ("query:filter", "query:filter[cohort]")
    assert "is missing" in violation.message


def test_invalid_id_in_path_is_a_violation(check):
    (violation,) = check("show_statement", path="/api/v3/statements/november")

    assert violation == Violation("request-schema", "path:id", "'november' is not a valid uuid")


def test_path_of_another_operation_is_a_violation(check):
    (violation,) = check("show_statement", path="/api/v3/statements")

    assert violation.message == "'/api/v3/statements' is not a path of /api/v3/statements/{id}"


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"evidence_held": "other"},
        {"declaration_type": "retained-1", "evidence_held": "training-event-attended"},
        {"course_identifier": "npq-headship"},
        {"course_identifier": "npq-headship", "declaration_type": "completed", "has_passed": True},
        {"course_identifier": "npq-early-headship-coaching-offer", "declaration_type": "completed"},
    ],
)
def test_valid_declaration_has_no_violation(check, attributes):
    assert check("create_participant_declaration", body=declaration(**attributes)) == ()


@pytest.mark.parametrize(
    ("attributes", "where", "message"),
    [
        ({"declaration_type": "retained-1"}, "", "'evidence_held' is missing"),
        ({"course_identifier": "npq-headship", "declaration_type": "completed"}, "", "'has_passed' is missing"),
        ({"declaration_date": "14/09/2022"}, "/declaration_date", "'14/09/2022' is not a valid date-time"),
        ({"participant_id": "me"}, "/participant_id", "'me' is not a valid uuid"),
        ({"declaration_type": "begun"}, "/declaration_type", "'begun' is not one of 'started', 'retained-1', "),
        (
            {"declaration_type": "retained-3", "course_identifier": "npq-headship"},
            "/declaration_type",
            "'retained-3' is not one of 'started', 'retained-1', 'retained-2'",
        ),
        (
            {"declaration_type": "retained-1", "evidence_held": "none"},
            "/evidence_held",
            "'none' is not one of 'training-event-attended', 'self-study-material-completed', 'other', ",
        ),
    ],
)
def test_violation_is_about_the_most_similar_alternative(check, attributes, where, message):
    (violation,) = check("create_participant_declaration", body=declaration(**attributes))

    assert violation.where == f"/data/attributes{where}"
    assert violation.message.startswith(message)


def test_ignored_attribute_is_an_undocumented_member(check):
    assert check("create_participant_declaration", body=declaration(colour="blue")) == (
        Violation("undocumented-member", "/data/attributes/colour", "'colour' is not a documented member"),
    )


def test_missing_body_is_a_violation(check):
    assert check("create_participant_declaration") == (Violation("request-schema", "", "the body is missing"),)


def test_missing_optional_body_is_no_violation(check):
    assert check("accept_npq_application") == ()


def test_body_of_operation_without_body_is_a_violation(check):
    (violation,) = check("void_participant_declaration", body={"data": {}})

    assert violation.message == "this operation takes no body"


def test_body_that_is_not_json_is_a_violation(check):
    (violation,) = check("create_participant_declaration", body=b'{"data":')

    assert violation.message.startswith("the body is not JSON: ")


def test_undocumented_content_type_is_a_violation(check):
    (violation,) = check("create_participant_declaration", body=declaration(), content_type="text/plain")

    assert violation.message == (
        "the content type 'text/plain' is not documented; documented: application/json, application/vnd.api+json"
    )


def test_withdrawal_allows_the_reasons_of_both_editions(check):
    for reason in ("school-left-fip", "switched-to-school-led"):
        attributes = {"reason": reason, "course_identifier": "ecf-induction"}
        body = {"data": {"type": "participant-withdraw", "attributes": attributes}}

        assert check("withdraw_ecf_participant", body=body) == ()

"""Responses are validated against their operation and status."""

import copy
import json
import sys
from functools import reduce

import pytest

from lead_provider_conformance.contract import Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.contract.personal_data import shows_personal_data

JSON = "application/vnd.api+json"


@pytest.fixture
def participant(v3):
    """A valid response body."""
    return copy.deepcopy(v3.document["components"]["examples"]["EcfParticipantV3"]["value"])


@pytest.fixture
def check(v3):
    def check(body, status=200, content_type=JSON, operation="show_ecf_participant"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return v3.check_response(v3.operation(operation), status, content_type, raw)

    return check


def test_valid_response_has_no_violation(check, participant):
    assert check(participant) == ()


def test_application_json_is_allowed(check, participant):
    assert check(participant, content_type="Application/JSON; charset=utf-8") == ()


def test_undocumented_status_is_a_violation(check):
    text = "status 418 is not documented for GET /api/v3/participants/ecf/{id}; documented: "

    assert check(b"", status=418) == (Violation("documented-status", "", f"{text}200, 400, 401, 403, 404, 429"),)


@pytest.mark.parametrize(("sent", "shown"), [("text/plain", "'text/plain'"), (None, "missing"), ("", "missing")])
def test_undocumented_media_type_is_a_violation(check, participant, sent, shown):
    text = f"the content type of status 200 is {shown}; documented: application/vnd.api+json, application/json"

    assert check(participant, content_type=sent) == (Violation("media-type", "", text),)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b"<html>", "it begins '<html>'"),
        (b'{"data": NaN}', "it has NaN, which is not JSON"),
        (b'\xff{"a": 1}', "it is not UTF-8 at byte 0"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"data": ' + b"1" * 5000 + b"}", "it has a number that is too long"),
        (b'{"data": -1e999}', "it has a number that is too large: -1e999"),
        (b'\xef\xbb\xbf{"data": {}}', "Unexpected UTF-8 BOM"),
        ('{"data": {}}'.encode("utf-16"), "it is not UTF-8 at byte 0"),
        ('{"data": {}}'.encode("utf-16-le"), "Expecting property name"),
        (b'{"data": {"id": 1, "a": 2, "id": 3}}', "an object in it has 2 members 'id'"),
    ],
)
def test_body_that_is_not_json_is_a_violation(check, body, reason):
    (violation,) = check(body)

    assert (violation.rule, violation.where) == ("body-is-json", "")
    assert reason in violation.message


@pytest.mark.parametrize("depth", [300, 900])
def test_deeply_nested_body_is_a_violation(check, depth):
    (violation,) = check(b'{"data": ' + b"[" * depth + b"]" * depth + b"}")

    assert (violation.rule, violation.where) == ("response-schema", "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["x" * 1_000_000] * 3, "a list of 3"),
        ({"x": "y" * 1_000_000}, "an object"),
        (10**30, "1000000000000000000000000000000"),
        (True, "true"),
    ],
)
def test_quoted_value_is_short(check, participant, value, shown):
    participant["data"]["attributes"]["full_name"] = value

    assert check(participant) == (
        Violation("response-schema", "/data/attributes/full_name", f"{shown} is not a string"),
    )


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"full_name": None}, "/full_name", "null is not a string"),
        ({"updated_at": "2022-10-04"}, "/updated_at", "'2022-10-04' is not a valid date-time"),
        ({"updated_at": "2022-10-04T09:12:44+01:00"}, "/updated_at", "does not match ^.+(Z|[+-]00:00)$"),
        ({"participant_id_changes": None}, "/participant_id_changes", "null is not a list"),
    ],
)
def test_invalid_attribute_is_a_violation(check, participant, change, where, message):
    participant["data"]["attributes"] |= change

    (violation,) = check(participant)

    assert (violation.rule, violation.where) == ("response-schema", f"/data/attributes{where}")
    assert message in violation.message


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"cohort": 2022}, "/cohort", "2022 is not a string"),
        ({"training_status": "gone"}, "/training_status", "'gone' is not one of 'active', 'deferred', 'withdrawn'"),
        ({"mentor_id": "ABC"}, "/mentor_id", "'ABC' is not a valid uuid"),
        ({"withdrawal": {"date": "2022-10-04T09:12:44Z"}}, "/withdrawal", "'reason' is missing"),
        ({"sparsity_uplift": "no"}, "/sparsity_uplift", "'no' is not true or false"),
    ],
)
def test_invalid_nested_value_is_a_violation(check, participant, change, where, message):
    participant["data"]["attributes"]["ecf_enrolments"][0] |= change

    (violation,) = check(participant)

    assert violation == Violation("response-schema", f"/data/attributes/ecf_enrolments/0{where}", message)


def test_missing_member_is_a_violation(check, participant):
    del participant["data"]["attributes"]["full_name"]

    assert check(participant) == (Violation("response-schema", "/data/attributes", "'full_name' is missing"),)


def test_upper_case_id_is_a_violation(check, participant):
    participant["data"]["id"] = participant["data"]["id"].upper()

    (violation,) = check(participant)

    assert violation.where == "/data/id"


def test_undocumented_member_has_its_own_rule(check, participant):
    participant["data"]["attributes"]["ecf_enrolments"][0]["favourite/colour"] = "blue"
    participant["meta"] = {"total": 1}

    assert set(check(participant)) == {
        Violation(
            "undocumented-member",
            "/data/attributes/ecf_enrolments/0/favourite~1colour",
            "'favourite/colour' is not a documented member",
        ),
        Violation("undocumented-member", "/meta", "'meta' is not a documented member"),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date_of_birth", "1990-01-01"),
        ("dateOfBirth", "1990-01-01"),
        ("NINO", "QQ123456C"),
        ("ethnicity", "any"),
        ("person", {"contacts": [{"home_address": "1 High Street"}]}),
    ],
)
def test_undocumented_personal_data_has_its_own_rule_too(check, participant, name, value):
    participant["data"]["attributes"][name] = value

    rules = {each.rule: each.where for each in check(participant)}

    place = f"/data/attributes/{name}"
    assert rules == {"undocumented-member": place, "personal-data": place}


@pytest.mark.parametrize(
    ("name", "value"),
    [("date_of_birth", None), ("ethnicity", ""), ("person", {"gender": []}), ("nominated", True), ("notes", "birth")],
)
def test_other_undocumented_members_and_empty_ones_show_no_personal_data(check, participant, name, value):
    participant["data"]["attributes"][name] = value

    assert {each.rule for each in check(participant)} == {"undocumented-member"}


def test_violation_can_always_be_encoded(check, participant):
    participant["data"]["\ud800" * 100] = 1
    participant["data"]["id"] = "\udfff"

    for violation in check(participant):
        assert f"{violation.where} {violation.message}".encode()


def test_violations_beyond_the_limit_are_counted(check, participant):
    enrolment = participant["data"]["attributes"]["ecf_enrolments"][0]
    participant["data"]["attributes"]["ecf_enrolments"] = [enrolment | {"school_urn": 1}] * (MAX_VIOLATIONS + 7)

    found = check(participant)

    assert len(found) == MAX_VIOLATIONS + 1
    assert found[-1] == Violation("response-schema", "", "and 7 more")


def test_defect_of_many_records_does_not_hide_another_one(check, participant):
    record = participant["data"]
    without_name = record | {"attributes": record["attributes"] | {"full_name": None}}
    other = record | {"attributes": record["attributes"] | {"updated_at": 5, "colour": "green"}}
    records = [without_name] * (3 * MAX_VIOLATIONS) + [other]

    found = check({"data": records}, operation="list_ecf_participants")

    last = f"/data/{len(records) - 1}/attributes"
    assert len(found) == MAX_VIOLATIONS + 1
    assert {(each.rule, each.where) for each in found} >= {
        ("response-schema", f"{last}/updated_at"),
        ("undocumented-member", f"{last}/colour"),
    }


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "HTTP Token: Access denied"}),
        (404, {"error": "Resource not Found"}),
        (400, {"errors": [{"title": "Bad request", "detail": "No."}]}),
    ],
)
def test_error_has_one_of_two_shapes(check, status, body):
    assert check(body, status=status) == ()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"errors": [{"title": "Bad request", "detail": "No."}]}),
        (404, {"title": "Not found", "detail": "No."}),
        (400, {"error": "No."}),
        (400, {"errors": []}),
        (400, {"errors": [{"title": "Bad request"}]}),
    ],
)
def test_error_of_another_shape_is_a_violation(check, status, body):
    assert any(violation.rule == "response-schema" for violation in check(body, status=status))


@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize(
    ("content_type", "body"), [("text/html; charset=utf-8", b""), (None, b""), ("text/html", b"<html></html>")]
)
def test_400_and_403_without_json_body_violate_a_rule_of_their_own(check, status, content_type, body):
    (violation,) = check(body, status=status, content_type=content_type)

    assert violation.rule == "error-body"


def test_403_with_json_body_is_allowed(check):
    assert check({"error": "Forbidden"}, status=403) == ()


@pytest.mark.parametrize(
    "text",
    [
        "PG::InvalidColumnReference: ERROR:  for SELECT DISTINCT, ORDER BY expressions must appear in select list",
        "SELECT users.* FROM users WHERE id = 1",
        "Traceback (most recent call last):",
        "app/controllers/api_controller.rb:12:in `show'",
        "undefined method `[]' for nil",
        "at com.example.Api.show(Api.java:41)",
    ],
)
def test_internals_in_an_error_are_a_violation(check, text):
    rules = [each.rule for each in check({"errors": [{"title": "Bad request", "detail": text}]}, status=400)]

    assert rules == ["no-internals"]


def test_names_in_a_success_or_plain_words_in_an_error_are_no_internals(check):
    body = {"errors": [{"title": "sort", "detail": "Select a value from the list, at least one."}]}

    assert check(body, status=400) == ()
    assert "no-internals" not in [each.rule for each in check({"data": "SELECT a FROM b"})]


def test_429_may_be_plain_text(check):
    assert check(b"Retry later\n", status=429, content_type="text/plain") == ()


def test_personal_data_is_found_at_any_depth():
    innermost = {"date_of_birth": "1990-01-01"}
    nested = reduce(lambda value, _: [value], range(10 * sys.getrecursionlimit()), innermost)

    assert shows_personal_data("more", nested)

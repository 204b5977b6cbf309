"""Rules for results, and the grouping of failures into causes."""

import json
from dataclasses import replace

import pytest

from lead_provider_conformance.contract import Contract, Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.causes import causes_of, describe, merge_causes
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.fuzzing.rules import RULES, refusals_show_nothing
from lead_provider_conformance.http import Response
from lead_provider_conformance.http.client import Exchange
from lead_provider_conformance.model import Cause

OPERATION = Contract.load("v3").operation("list_ecf_participants")
ID, OTHER_ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"
LONG_QUERY = (("filter[cohort]", "2022"),)
BY_ID = {rule.requirement.removeprefix("generated/"): rule for rule in RULES}


def result_of(
    expected,
    status,
    body=None,
    *,
    violations=(),
    method="GET",
    query=(),
    defect="",
    field="",
    label="x",
    id_="e",
    operation=OPERATION,
):
    case = Case(
        operation.id, method, operation.path, query, None, "", expected, defect=defect, field=field, labels=(label,)
    )
    content = json.dumps(body).encode() if body is not None else b""
    response = None if status is None else Response(id_, method, operation.path, status, {}, content)
    return CaseResult(case, case, response, Exchange(id_, operation, status, tuple(violations)))


def fails(requirement, *results):
    found = BY_ID[requirement].check(results)
    assert found is not None
    return bool(found)


@pytest.mark.parametrize(
    ("requirement", "expected", "good", "bad"),
    [
        ("no-server-error", Expected.LENIENT, 200, 500),
        ("no-server-error", Expected.ACCEPTED, 200, None),
        ("accepts-valid", Expected.ACCEPTED, 200, 400),
        ("rejects-invalid", Expected.REFUSED, 400, 200),
        ("rejects-invalid", Expected.REFUSED, 422, 429),
        ("authentication", Expected.UNAUTHENTICATED, 401, 200),
        ("authentication/comes-first", Expected.UNAUTHENTICATED_AND_WRONG, 401, 400),
        ("isolation", Expected.FOREIGN, 404, 200),
        ("unknown-record", Expected.UNKNOWN_RECORD, 422, 200),
        ("method", Expected.NO_SUCH_METHOD, 405, 200),
    ],
)
def test_status_decides_the_rule(requirement, expected, good, bad):
    assert not fails(requirement, result_of(expected, good, defect="it is wrong"))
    assert fails(requirement, result_of(expected, bad, defect="it is wrong"))


def test_ruled_write_may_be_refused_but_a_list_may_not():
    assert not fails("accepts-valid", result_of(Expected.RULED, 422, method="POST"))
    assert fails("accepts-valid", result_of(Expected.RULED, 422))


def test_refusal_must_name_the_field():
    named = {"errors": [{"title": "reason", "detail": "is wrong"}]}
    assert not fails("refusal-names-member", result_of(Expected.REFUSED, 422, named, field="reason"))
    assert fails("refusal-names-member", result_of(Expected.REFUSED, 422, named, field="course_identifier"))
    assert fails("refusal-names-member", result_of(Expected.REFUSED, 422, field="reason"))


@pytest.mark.parametrize("rule", ["documented-status", "media-type", "response-schema"])
def test_contract_violation_is_reported(rule):
    assert fails(rule, result_of(Expected.ACCEPTED, 200, violations=[Violation(rule, "", "is wrong")]))
    assert not fails(rule, result_of(Expected.ACCEPTED, 200))


def test_server_error_is_reported_by_one_rule_only():
    crash = result_of(Expected.REFUSED, 500, violations=[Violation("documented-status", "", "500 is not documented")])
    assert [name for name, rule in BY_ID.items() if rule.check([crash])] == ["no-server-error"]


def test_undocumented_status_is_reported_by_one_rule_only():
    undocumented = Violation("documented-status", "", "201 is not documented")
    created = result_of(Expected.ACCEPTED, 201, violations=[undocumented])
    assert [name for name, rule in BY_ID.items() if rule.check([created])] == ["documented-status"]


def test_list_that_contradicts_its_query_is_reported():
    two = {"data": [{"id": ID, "attributes": {}}, {"id": OTHER_ID, "attributes": {}}]}
    assert fails("lists-what-was-asked", result_of(Expected.ACCEPTED, 200, two, query=(("page[per_page]", "1"),)))


def test_list_with_a_field_of_another_type_does_not_contradict_its_query():
    record = {"id": "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11", "type": "x", "attributes": {"ecf_enrolments": 5}}
    result = result_of(Expected.ACCEPTED, 200, {"data": [record]}, query=(("filter[cohort]", "2023"),))
    shape = Contract.load("v3").shape(OPERATION, 200)

    assert not fails("lists-what-was-asked", replace(result, response=replace(result.response, shape=shape)))


def test_refusal_of_another_field_decides_nothing_about_the_wrong_one():
    def refusal_of(field):
        body = {"errors": [{"title": field, "detail": "It is wrong."}]}
        return result_of(Expected.REFUSED, 422, body, defect="no reason", field="reason")

    assert BY_ID["rejects-invalid"].check([refusal_of("participant_id")]) is None
    assert not fails("rejects-invalid", refusal_of("reason"))
    assert fails("refusal-names-member", refusal_of("participant_id"))


def named(expected, status, *fields):
    body = {"errors": [{"title": each, "detail": "It is wrong."} for each in fields]}
    return result_of(expected, status, body, field="reason" if expected is Expected.REFUSED else "")


@pytest.mark.parametrize(
    ("valid", "invalid", "nothing"),
    [
        (named(Expected.RULED, 422, "reason"), named(Expected.REFUSED, 422, "reason"), True),
        (named(Expected.RULED, 400), named(Expected.REFUSED, 400), True),
        (named(Expected.RULED, 422, "schedule"), named(Expected.REFUSED, 422, "reason"), False),
        (named(Expected.RULED, 422, "schedule"), named(Expected.REFUSED, 400), False),
        (named(Expected.RULED, 200), named(Expected.REFUSED, 422, "reason"), False),
        (named(Expected.RULED, 500), named(Expected.REFUSED, 500), False),
    ],
)
def test_refusals_show_nothing_if_valid_requests_are_refused_alike(valid, invalid, nothing):
    assert refusals_show_nothing([valid, invalid]) is nothing
    assert not refusals_show_nothing([invalid])


@pytest.mark.parametrize(("status", "decides"), [(200, True), (400, True), (404, False), (409, False)])
def test_refusal_of_the_record_decides_nothing_about_a_field(status, decides):
    result = result_of(Expected.REFUSED, status, {"error": "Resource not found"}, defect="wrong", field="reason")

    assert (BY_ID["rejects-invalid"].check([result]) is not None) is decides


def test_rule_without_relevant_results_returns_none():
    assert BY_ID["isolation"].check([result_of(Expected.ACCEPTED, 200)]) is None


def test_filter_may_exclude_the_record_of_the_path():
    urn = (("filter[urn]", "000001"),)
    school = Contract.load("v3").operation("show_ecf_school")
    assert not fails("accepts-valid", result_of(Expected.ACCEPTED, 404, query=urn, operation=school))
    assert fails("accepts-valid", result_of(Expected.ACCEPTED, 404, operation=school))
    assert fails("accepts-valid", result_of(Expected.ACCEPTED, 404, query=urn))


def test_malformed_id_may_give_an_empty_list():
    some = {"data": [{"id": ID, "attributes": {}}]}
    path, query = "path:participant_id: '0' is not a valid uuid", "query:page[page]: 0 is below the minimum"
    assert not fails("rejects-invalid", result_of(Expected.REFUSED, 200, {"data": []}, defect=path))
    assert fails("rejects-invalid", result_of(Expected.REFUSED, 200, some, defect=path))
    assert fails("rejects-invalid", result_of(Expected.REFUSED, 200, {"data": []}, defect=query))


def test_cause_has_the_shortest_request_and_the_count():
    where = [Violation("response-schema", f"/data/{each}/attributes/state", f"'{each}' is wrong") for each in range(3)]
    long = result_of(Expected.ACCEPTED, 200, violations=where[:2], query=(("filter[cohort]", "2022"),), id_="long")
    short = result_of(Expected.ACCEPTED, 200, violations=where[2:], id_="short")
    (cause,) = causes_of(BY_ID["response-schema"].check([long, short]))
    assert (cause.count, cause.exchange) == (3, "short")
    assert "3 requests" in str(cause)


def test_same_defect_in_several_operations_has_one_key():
    lists, declarations = (
        result_of(Expected.REFUSED, 500, defect="a", label=f"{name} query:page[page] type {kind}")
        for name, kind in (("list_ecf_participants", "wrong-type"), ("list_participant_declarations", "fuzzed"))
    )
    assert len({cause.key for each in (lists, declarations) for cause in crashes(each)}) == 1


def test_valid_requests_to_two_operations_have_two_causes():
    one = result_of(Expected.ACCEPTED, 500)
    other = replace(one, case=replace(one.case, operation="show_statement"))
    assert len({cause.key for each in (one, other) for cause in crashes(each)}) == 2


def test_causes_with_the_same_key_are_merged_with_the_shorter_request():
    long = result_of(Expected.ACCEPTED, 500, query=LONG_QUERY, id_="long")
    short = result_of(Expected.ACCEPTED, 500, id_="short")
    (cause,) = merge_causes([*crashes(long), *crashes(short)])
    assert (cause.count, cause.exchange) == (2, "short")


def crashes(result):
    return causes_of(BY_ID["no-server-error"].check([result]))


def test_count_of_further_violations_is_no_failure():
    violations = [Violation("response-schema", "/data/0/id", "is wrong")] * MAX_VIOLATIONS
    violations.append(Violation("response-schema", "", "and 7 more"))
    result = result_of(Expected.ACCEPTED, 200, violations=violations)
    (cause,) = causes_of(BY_ID["response-schema"].check([result]))
    assert "more" not in cause.shortest.message


def test_defects_at_different_places_have_different_causes():
    one = result_of(Expected.REFUSED, 200, defect="a", label="op /data/attributes/reason type wrong-type")
    other = result_of(Expected.REFUSED, 200, defect="b", label="op /data/attributes/course type wrong-type")
    assert len(causes_of(BY_ID["rejects-invalid"].check([one, other, one]))) == 2


def test_malformed_json_must_be_refused_with_400_and_other_bodies_need_not():
    def refused(status, label):
        return result_of(Expected.REFUSED, status, label=label, defect="it is wrong")

    not_json = "x body - malformed=cut-off"
    assert not fails("errors/malformed-json", refused(400, not_json))
    assert fails("errors/malformed-json", refused(422, not_json))
    assert BY_ID["errors/malformed-json"].check([refused(422, "x /data required missing")]) is None


def test_description_of_a_long_case_is_cut_short():
    long = result_of(Expected.ACCEPTED, 200, query=(("filter[cohort]", "2022é" * 200),)).case
    assert len(describe(long)) == 300
    assert describe(long).endswith("…")
    assert "\\xe9" in describe(long)


def test_refused_valid_query_has_its_parameters_and_status_as_cause():
    query = (("filter[updated_since]", "2000-01-01T00:00:00+01:00"), ("filter[cohort]", "2022"))
    (failure,) = BY_ID["accepts-valid"].check([result_of(Expected.ACCEPTED, 400, query=query)])

    assert failure.cause == Cause(place="query:filter[cohort],filter[updated_since]", kind="400")


@pytest.mark.parametrize(
    "result",
    [
        result_of(Expected.ACCEPTED, 400),
        result_of(Expected.ACCEPTED, 400, method="PUT", query=LONG_QUERY),
        result_of(Expected.ACCEPTED, 302, query=LONG_QUERY),
    ],
    ids=["no query", "write", "redirect"],
)
def test_other_refusals_have_no_cause_of_their_own(result):
    (failure,) = BY_ID["accepts-valid"].check([result])
    assert failure.cause is None


def test_accepted_unknown_token_has_no_cause_of_its_own():
    (failure,) = BY_ID["authentication"].check([result_of(Expected.UNAUTHENTICATED, 404, query=LONG_QUERY)])
    assert failure.cause is None

"""What answers say about each requirement, and causes that are told once."""

import json
from dataclasses import replace

import pytest

from lead_provider_conformance.contract import Contract, Violation
from lead_provider_conformance.contract.bodies import MAX_VIOLATIONS
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.fuzzing.rules import RULES, broken, causes, overlaps, together
from lead_provider_conformance.http import Response
from lead_provider_conformance.http.client import Exchange

OPERATION = Contract.load("v3").operation("list_ecf_participants")
ID, OTHER_ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"
LONG = (("filter[cohort]", "2022"),)
BY_ID = {rule.requirement.removeprefix("generated/"): rule for rule in RULES}


def sent(
    expected,
    status,
    body=None,
    *,
    violations=(),
    method="GET",
    query=(),
    wrong="",
    member="",
    label="x",
    id_="e",
    operation=OPERATION,
):
    case = Case(
        operation.id, method, operation.path, query, None, "", expected, wrong=wrong, member=member, labels=(label,)
    )
    content = json.dumps(body).encode() if body is not None else b""
    response = None if status is None else Response(id_, method, operation.path, status, {}, content)
    return CaseResult(case, case, response, Exchange(id_, operation, status, tuple(violations)))


def fails(requirement, *results):
    found = broken(BY_ID[requirement], results)
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
def test_a_status_decides(requirement, expected, good, bad):
    assert not fails(requirement, sent(expected, good, wrong="it is wrong"))
    assert fails(requirement, sent(expected, bad, wrong="it is wrong"))


def test_a_rule_of_the_programme_may_refuse_a_valid_write_but_no_list():
    assert not fails("accepts-valid", sent(Expected.RULED, 422, method="POST"))
    assert fails("accepts-valid", sent(Expected.RULED, 422))


def test_a_refusal_names_the_member():
    named = {"errors": [{"title": "reason", "detail": "is wrong"}]}
    assert not fails("refusal-names-member", sent(Expected.REFUSED, 422, named, member="reason"))
    assert fails("refusal-names-member", sent(Expected.REFUSED, 422, named, member="course_identifier"))
    assert fails("refusal-names-member", sent(Expected.REFUSED, 422, member="reason"))


@pytest.mark.parametrize("rule", ["documented-status", "media-type", "response-schema"])
def test_violations_of_the_contract_are_told(rule):
    assert fails(rule, sent(Expected.ACCEPTED, 200, violations=[Violation(rule, "", "is wrong")]))
    assert not fails(rule, sent(Expected.ACCEPTED, 200))


def test_a_crash_is_told_as_a_crash_and_as_nothing_else():
    crash = sent(Expected.REFUSED, 500, violations=[Violation("documented-status", "", "500 is not documented")])
    assert [name for name, rule in BY_ID.items() if broken(rule, [crash])] == ["no-server-error"]


def test_an_undocumented_status_is_told_as_one_and_as_nothing_else():
    created = sent(Expected.ACCEPTED, 201, violations=[Violation("documented-status", "", "201 is not documented")])
    assert [name for name, rule in BY_ID.items() if broken(rule, [created])] == ["documented-status"]


def test_a_list_that_is_not_as_asked_is_told():
    two = {"data": [{"id": ID, "attributes": {}}, {"id": OTHER_ID, "attributes": {}}]}
    assert fails("lists-what-was-asked", sent(Expected.ACCEPTED, 200, two, query=(("page[per_page]", "1"),)))


def test_nothing_about_a_requirement_is_neither_pass_nor_failure():
    assert broken(BY_ID["isolation"], [sent(Expected.ACCEPTED, 200)]) is None


def test_pages_that_share_a_record_are_told():
    page = {"data": [{"id": ID, "attributes": {}}]}
    first, second = (sent(Expected.ACCEPTED, 200, page, query=(("page[page]", each),)) for each in "12")
    assert len(list(overlaps([first, second]))) == 1


def test_a_filter_may_leave_out_the_one_record_that_is_asked_for():
    urn = (("filter[urn]", "000001"),)
    school = Contract.load("v3").operation("show_ecf_school")
    assert not fails("accepts-valid", sent(Expected.ACCEPTED, 404, query=urn, operation=school))
    assert fails("accepts-valid", sent(Expected.ACCEPTED, 404, operation=school))
    assert fails("accepts-valid", sent(Expected.ACCEPTED, 404, query=urn))


def test_a_list_about_an_id_that_is_none_may_be_empty():
    some = {"data": [{"id": ID, "attributes": {}}]}
    path, query = "path:participant_id: '0' is not a valid uuid", "query:page[page]: 0 is below the minimum"
    assert not fails("rejects-invalid", sent(Expected.REFUSED, 200, {"data": []}, wrong=path))
    assert fails("rejects-invalid", sent(Expected.REFUSED, 200, some, wrong=path))
    assert fails("rejects-invalid", sent(Expected.REFUSED, 200, {"data": []}, wrong=query))


def test_a_page_that_is_none_may_be_any():
    page = {"data": [{"id": ID, "attributes": {}}]}
    first = sent(Expected.ACCEPTED, 200, page, query=(("page[page]", "1"),))
    none = sent(Expected.REFUSED, 200, page, query=(("page[page]", "0"),), wrong="below the minimum")
    assert not list(overlaps([first, none]))


def test_one_cause_is_told_once_with_its_shortest_request():
    where = [Violation("response-schema", f"/data/{each}/attributes/state", f"'{each}' is wrong") for each in range(3)]
    long = sent(Expected.ACCEPTED, 200, violations=where[:2], query=(("filter[cohort]", "2022"),), id_="long")
    short = sent(Expected.ACCEPTED, 200, violations=where[2:], id_="short")
    (cause,) = causes(broken(BY_ID["response-schema"], [long, short]))
    assert (cause.count, cause.exchange) == (3, "short")
    assert "3 requests" in str(cause)


def test_one_cause_in_several_operations_has_one_key():
    lists, declarations = (
        sent(Expected.REFUSED, 500, wrong="a", label=f"{name} query:page[page] type {kind}")
        for name, kind in (("list_ecf_participants", "wrong-type"), ("list_participant_declarations", "fuzzed"))
    )
    assert len({cause.key for each in (lists, declarations) for cause in crashes(each)}) == 1


def test_valid_requests_to_several_operations_fail_for_causes_of_their_own():
    one = sent(Expected.ACCEPTED, 500)
    other = replace(one, case=replace(one.case, operation="show_statement"))
    assert len({cause.key for each in (one, other) for cause in crashes(each)}) == 2


def test_causes_that_turn_out_to_be_one_are_told_once_with_the_shorter_request():
    long, short = (sent(Expected.ACCEPTED, 500, query=query, id_=id_) for query, id_ in ((LONG, "long"), ((), "short")))
    (cause,) = together([*crashes(long), *crashes(short)])
    assert (cause.count, cause.exchange) == (2, "short")


def crashes(result):
    return causes(broken(BY_ID["no-server-error"], [result]))


def test_what_is_not_told_of_an_answer_is_no_failure_of_its_own():
    told = [Violation("response-schema", "/data/0/id", "is wrong")] * MAX_VIOLATIONS
    rest = Violation("response-schema", "", "and 7 more")
    (cause,) = causes(broken(BY_ID["response-schema"], [sent(Expected.ACCEPTED, 200, violations=[*told, rest])]))
    assert "more" not in cause.shortest.told


def test_what_is_wrong_in_different_places_has_different_causes():
    one = sent(Expected.REFUSED, 200, wrong="a", label="op /data/attributes/reason type wrong-type")
    other = sent(Expected.REFUSED, 200, wrong="b", label="op /data/attributes/course type wrong-type")
    assert len(causes(broken(BY_ID["rejects-invalid"], [one, other, one]))) == 2


def test_a_body_that_is_no_json_is_refused_with_400_and_any_other_need_not_be():
    def refused(status, label):
        return sent(Expected.REFUSED, status, label=label, wrong="it is wrong")

    not_json = "x body - malformed=cut-off"
    assert not fails("errors/malformed-json", refused(400, not_json))
    assert fails("errors/malformed-json", refused(422, not_json))
    assert broken(BY_ID["errors/malformed-json"], [refused(422, "x /data required missing")]) is None

"""Failing requests, made as short as possible."""

import json
from dataclasses import replace

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.fuzzing.causes import Failure
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.fuzzing.shrink_case import ATTEMPTS, shrink_failure
from lead_provider_conformance.http.client import Exchange

CONTRACT = Contract.load("v3")
LIST = CONTRACT.operation("list_ecf_participants")
VALID = frozenset({Expected.ACCEPTED, Expected.RULED})
DEFER = CONTRACT.operation("defer_ecf_participant")


def failure(case):
    return Failure("key", "message", CaseResult(case, case, None, Exchange("e", None, None)))


def listing(*query):
    return Case(LIST.id, "GET", LIST.path, query, None, "application/json", Expected.ACCEPTED)


def test_query_parameters_that_do_not_matter_are_left_out():
    case = listing(("page[page]", "1"), ("filter[cohort]", "2022"), ("sort", "updated_at"))
    short = shrink_failure(
        failure(case), VALID, CONTRACT, lambda each: failure(each) if dict(each.query).get("sort") else None
    )
    assert short.result.template.query == (("sort", "updated_at"),)


def test_shorter_case_has_its_defect_at_the_same_place():
    case = replace(listing(("page[page]", "0"), ("filter[cohort]", "2022")), expected=Expected.REFUSED)
    short = shrink_failure(failure(case), frozenset({Expected.REFUSED}), CONTRACT, failure)
    assert short.result.template.query == (("page[page]", "0"),)


def test_server_error_is_shown_with_the_shortest_request_of_any_kind():
    case = replace(listing(("sort", "f"), ("page[page]", "x")), expected=Expected.LENIENT, defect="sort: 'f' is wrong")

    def fails_with_query(smaller):
        return failure(smaller) if smaller.query else None

    crash = shrink_failure(failure(case), frozenset(Expected), CONTRACT, fails_with_query)
    assert crash.result.template.query == (("page[page]", "x"),)
    assert crash.result.template.expected is Expected.REFUSED
    assert crash.result.template.defect.startswith("query:page[page]")
    assert "query:page[page]" in crash.result.template.labels[0]


def test_unauthenticated_case_is_not_shrunk_to_another_kind():
    case = replace(listing(("sort", "f")), expected=Expected.UNAUTHENTICATED, sender=Sender.NONE, defect="no token")
    assert shrink_failure(failure(case), frozenset(Expected), CONTRACT, failure).result.template == case


def test_fields_that_validity_requires_stay_in_the_body():
    body = {"data": {"type": "participant-defer", "attributes": {"reason": "other", "course_identifier": "{course}"}}}
    path = DEFER.path.replace("{id}", "{subject}")
    case = Case(DEFER.id, "PUT", path, (), json.dumps(body), "application/json", Expected.RULED)
    short = shrink_failure(failure(case), VALID, CONTRACT, failure)
    assert json.loads(short.result.template.content)["data"]["attributes"] == body["data"]["attributes"]


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_valid_declaration_stays_valid_with_the_course_of_either_programme(programme):
    required = {"ecf": {"evidence_held": "other"}, "npq": {"has_passed": True}}[programme]
    attributes = {
        "participant_id": "{participant}",
        "declaration_type": "completed",
        "declaration_date": "{date:completed}",
        "course_identifier": "{course}",
    } | required
    body = {"data": {"type": "participant-declaration", "attributes": attributes}}
    declare = CONTRACT.operation("create_participant_declaration")
    case = Case(declare.id, "POST", declare.path, (), json.dumps(body), "application/json", Expected.ACCEPTED)
    short = shrink_failure(failure(case), VALID, CONTRACT, failure)
    assert json.loads(short.result.template.content)["data"]["attributes"].keys() >= attributes.keys()


def test_shrinking_sends_few_requests():
    sent = []
    shrink_failure(
        failure(listing(("filter[cohort]", "x" * 10_000))),
        VALID,
        CONTRACT,
        lambda each: sent.append(each) or failure(each),
    )
    assert len(sent) <= ATTEMPTS

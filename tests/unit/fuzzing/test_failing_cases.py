"""Fresh cases that fail: shortened, kept, and forgotten when they pass."""

import json
from dataclasses import replace

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.fuzzing.failing_cases import ATTEMPTS, FailingCases, shortest
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.fuzzing.rules import Failure
from lead_provider_conformance.http.client import Exchange

CONTRACT = Contract.load("v3")
LIST = CONTRACT.operation("list_ecf_participants")
VALID = frozenset({Expected.ACCEPTED, Expected.RULED})
DEFER = CONTRACT.operation("defer_ecf_participant")


def failure(case):
    return Failure("key", "told", CaseResult(case, case, None, Exchange("e", None, None)))


def listing(*query):
    return Case(LIST.id, "GET", LIST.path, query, None, "application/json", Expected.ACCEPTED)


def test_what_a_failure_does_not_need_is_left_out():
    case = listing(("page[page]", "1"), ("filter[cohort]", "2022"), ("sort", "updated_at"))
    short = shortest(
        failure(case), VALID, CONTRACT, lambda each: failure(each) if dict(each.query).get("sort") else None
    )
    assert short.sent.made.query == (("sort", "updated_at"),)


def test_a_shorter_case_is_wrong_in_the_same_place():
    case = replace(listing(("page[page]", "0"), ("filter[cohort]", "2022")), expected=Expected.REFUSED)
    short = shortest(failure(case), frozenset({Expected.REFUSED}), CONTRACT, failure)
    assert short.sent.made.query == (("page[page]", "0"),)


def test_what_no_request_may_cause_is_shown_with_whatever_request_is_the_shortest():
    case = replace(listing(("sort", "f"), ("page[page]", "x")), expected=Expected.LENIENT, wrong="sort: 'f' is wrong")
    crash = shortest(failure(case), frozenset(Expected), CONTRACT, lambda each: failure(each) if each.query else None)
    assert crash.sent.made.query == (("page[page]", "x"),)
    assert crash.sent.made.expected is Expected.REFUSED
    assert crash.sent.made.wrong.startswith("query:page[page]")
    assert "query:page[page]" in crash.sent.made.labels[0]


def test_a_request_of_nobody_stays_one():
    case = replace(listing(("sort", "f")), expected=Expected.UNAUTHENTICATED, sender=Sender.NONE, wrong="no token")
    assert shortest(failure(case), frozenset(Expected), CONTRACT, failure).sent.made == case


def test_members_of_a_body_are_left_out_as_long_as_it_stays_as_valid():
    body = {"data": {"type": "participant-defer", "attributes": {"reason": "other", "course_identifier": "{course}"}}}
    path = DEFER.path.replace("{id}", "{subject}")
    case = Case(DEFER.id, "PUT", path, (), json.dumps(body), "application/json", Expected.RULED)
    short = shortest(failure(case), VALID, CONTRACT, failure)
    assert json.loads(short.sent.made.content)["data"]["attributes"] == body["data"]["attributes"]


@pytest.mark.parametrize("programme", ["ecf", "npq"])
def test_a_valid_declaration_stays_valid_with_the_course_of_either_programme(programme):
    due = {"ecf": {"evidence_held": "other"}, "npq": {"has_passed": True}}[programme]
    attributes = {
        "participant_id": "{participant}",
        "declaration_type": "completed",
        "declaration_date": "{date:completed}",
        "course_identifier": "{course}",
    } | due
    body = {"data": {"type": "participant-declaration", "attributes": attributes}}
    declare = CONTRACT.operation("create_participant_declaration")
    case = Case(declare.id, "POST", declare.path, (), json.dumps(body), "application/json", Expected.ACCEPTED)
    short = shortest(failure(case), VALID, CONTRACT, failure)
    assert json.loads(short.sent.made.content)["data"]["attributes"].keys() >= attributes.keys()


def test_few_requests_are_spent_on_it():
    sent = []
    shortest(
        failure(listing(("filter[cohort]", "x" * 10_000))),
        VALID,
        CONTRACT,
        lambda each: sent.append(each) or failure(each),
    )
    assert len(sent) <= ATTEMPTS


def test_failing_cases_are_kept_until_they_pass(tmp_path):
    store = FailingCases(tmp_path / "folder" / "cases.json")
    assert store.read() == ()
    store.keep([listing(("sort", "updated_at"))])
    assert store.read() == (listing(("sort", "updated_at")),)
    store.keep([])
    assert store.read() == ()


@pytest.mark.parametrize("content", ["not json", "[[1, 2]]", '{"a": 1}'])
def test_a_file_of_another_version_is_as_good_as_none(tmp_path, content):
    (tmp_path / "cases.json").write_text(content, encoding="utf-8")
    assert FailingCases(tmp_path / "cases.json").read() == ()

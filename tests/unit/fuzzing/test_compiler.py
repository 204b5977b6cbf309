"""Compiled cases: reproducible, of every kind, and valid exactly when they say so."""

import json

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Expected
from lead_provider_conformance.fuzzing.compiler import Effort, compile_cases

CONTRACT = Contract.load("v3")
OPERATIONS = [CONTRACT.operation(each) for each in ("list_ecf_participants", "withdraw_ecf_participant")]
EFFORT = Effort(valid=2, free=2, invalid=3)
VALUES = {
    "subject": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11",
    "participant": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12",
    "other": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b13",
    "unknown": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b14",
    "course": "ecf-induction",
    "one:cohort": "2021",
    "other:cohort": "2022",
    "one:from_participant_id": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b15",
    "half:updated_at": "2023-01-01T00:00:00Z",
    "half:page": "2",
}


@pytest.fixture(scope="module")
def cases():
    return compile_cases(CONTRACT, OPERATIONS, "ecf", seed=7, effort=EFFORT)


def problems(case):
    operation = CONTRACT.operation(case.operation)
    filled = case.fill(VALUES)
    content_type = None if filled.raw is None else filled.content_type
    return CONTRACT.check_request(operation, filled.path, filled.query, content_type, filled.raw)


def test_same_seed_gives_the_same_bytes(cases):
    again = compile_cases(CONTRACT, OPERATIONS, "ecf", seed=7, effort=EFFORT)
    assert json.dumps([case.to_list() for case in again]) == json.dumps([case.to_list() for case in cases])


def test_other_seed_gives_other_cases(cases):
    assert compile_cases(CONTRACT, OPERATIONS, "ecf", seed=8, effort=EFFORT) != cases


def test_fresh_corpus_has_only_fuzzed_cases():
    fresh = compile_cases(CONTRACT, OPERATIONS, "ecf", seed=7, effort=Effort(2, 2, 2, fixed=False))
    assert 0 < len(fresh) <= 12
    assert {case.expected for case in fresh} <= {
        Expected.ACCEPTED, Expected.RULED, Expected.REFUSED, Expected.LENIENT
    }  # fmt: skip


def test_valid_cases_are_valid(cases):
    valid = [case for case in cases if case.expected in (Expected.ACCEPTED, Expected.RULED)]
    assert valid
    assert not [case for case in valid if problems(case)]


def test_refused_cases_are_invalid_in_one_way(cases):
    refused = [case for case in cases if case.expected is Expected.REFUSED]
    assert refused
    assert {len(problems(case)) for case in refused} == {1}


def test_every_class_of_responses_has_a_case(cases):
    assert {case.expected for case in cases} == set(Expected)


def test_accepted_write_uses_the_claimed_record(cases):
    accepted = [case for case in cases if case.writes and case.expected is Expected.ACCEPTED]
    assert accepted
    assert all(case.path == "/api/v3/participants/ecf/{subject}/withdraw" for case in accepted)
    assert all(json.loads(case.content)["data"]["attributes"]["course_identifier"] == "{course}" for case in accepted)


def test_edition_specific_word_may_be_refused(cases):
    doubtful = [case for case in cases if "switched-to-school-led" in (case.content or "") and not case.defect]
    assert doubtful
    assert {case.expected for case in doubtful} == {Expected.RULED}


def test_every_value_of_an_enumeration_is_sent(cases):
    labels = {label for case in cases for label in case.labels}
    for status in ("active", "deferred", "withdrawn"):
        assert f"list_ecf_participants query:filter[training_status] - value={status}" in labels


def test_invalid_case_has_a_label_with_keyword_and_kind(cases):
    labels = {label for case in cases for label in case.labels}
    assert "list_ecf_participants query:page[page] minimum boundary-below" in labels
    assert "withdraw_ecf_participant /data/attributes/reason enum wrong-value" in labels


def test_operation_without_parameters_has_cases():
    contract = Contract.load("v1")
    operation = contract.operation("list_participant_declarations_csv")
    bare = {each.expected for each in compile_cases(contract, [operation], "ecf", seed=7, effort=EFFORT)}
    assert {Expected.ACCEPTED, Expected.UNAUTHENTICATED, Expected.NO_SUCH_METHOD} <= bare


def test_senders_and_owners_are_in_the_first_half_of_the_budget(cases):
    cases = [case for case in cases if not case.is_always_sent]
    early = cases[: len(cases) // 2]
    for expected in (Expected.UNAUTHENTICATED, Expected.FOREIGN, Expected.UNKNOWN_RECORD):
        assert [case for case in cases if case.expected is expected] == [
            case for case in early if case.expected is expected
        ]


def test_no_request_is_repeated(cases):
    sent = [(case.method, case.path, case.query, case.content, case.content_type, case.sender) for case in cases]
    assert len(sent) == len(set(sent))


def test_operation_that_succeeds_once_has_one_accepted_case_with_pinned_fields():
    operation = CONTRACT.operation("create_ecf_partnership")
    accepted = [
        case
        for case in compile_cases(CONTRACT, [operation], "ecf", seed=7, effort=EFFORT)
        if case.expected is Expected.ACCEPTED
    ]
    assert len(accepted) == 1
    assert accepted[0].placeholders() == {"school", "partner", "cohort"}


def test_operation_that_succeeds_once_has_no_accepted_fresh_case():
    operation = CONTRACT.operation("create_ecf_partnership")
    fresh = compile_cases(CONTRACT, [operation], "ecf", seed=7, effort=Effort(2, 2, 2, fixed=False))
    assert Expected.RULED in {case.expected for case in fresh}
    assert Expected.ACCEPTED not in {case.expected for case in fresh}

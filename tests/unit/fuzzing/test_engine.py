"""The engine of one operation: results, shrinking, causes and saved cases."""

import json
from dataclasses import replace

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.case_selection import CaseSelection
from lead_provider_conformance.fuzzing.causes import Failure
from lead_provider_conformance.fuzzing.corpus import Corpus
from lead_provider_conformance.fuzzing.engine import REQUIREMENTS, Engine
from lead_provider_conformance.fuzzing.list_comparison import AS_DEPLOYED, AS_PROMISED, SHOWN
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.http import Response
from lead_provider_conformance.http.client import Exchange

CONTRACT = Contract.load("v3")
OPERATION = CONTRACT.operation("list_ecf_participants")
ACCEPTS = "generated/accepts-valid"


def case(*query, expected=Expected.ACCEPTED, method="GET"):
    label = f"{OPERATION.id} - - valid"
    return Case(OPERATION.id, method, OPERATION.path, query, None, "application/json", expected, labels=(label,))


LONG = case(("page[page]", "1"), ("sort", "updated_at"))
WRITE = case(expected=Expected.FOREIGN, method="PUT")


class Server:
    """Refuses every request that is sorted."""

    unready = None

    def __init__(self):
        self.sent = []

    def send_all(self, cases):
        return map(self.send, cases)

    def send(self, template):
        self.sent.append(template)
        status = 400 if "sort" in dict(template.query) else 200
        response = Response("e", "GET", OPERATION.path, status, {}, b'{"data": []}')
        return CaseResult(template, template, response, Exchange("e", OPERATION, status))


class Comparison:
    """Finds one difference in the list, and does not compare single records."""

    def failures(self, results):
        return {AS_PROMISED: (Failure("list", "the list is wrong", results[0]),), AS_DEPLOYED: ()}


def engine_for(*cases, comparison=None, **selection):
    corpus = Corpus(cases)
    selected = CaseSelection(OPERATION, corpus, corpus, may_write=False, has_other_provider=False)
    return Engine(replace(selected, **selection), Server(), comparison, CONTRACT)


def decisions_of(engine):
    return {decision.requirement: decision for decision in engine.decisions(engine.send())}


def test_each_requirement_is_decided_once():
    engine = engine_for(LONG)
    assert [decision.requirement for decision in engine.decisions(engine.send())] == list(REQUIREMENTS)


def test_failure_is_shrunk_and_has_one_cause():
    (cause,) = decisions_of(engine_for(LONG, case(("sort", "created_at"))))[ACCEPTS].causes
    assert cause.count == 2
    assert cause.shortest.result.template.query in ((("sort", "updated_at"),), (("sort", "created_at"),))


def test_requirement_without_failures_has_passed():
    assert decisions_of(engine_for(case()))[ACCEPTS].causes == ()


def test_requirement_without_cases_is_not_applicable():
    decision = decisions_of(engine_for(case()))["generated/method"]
    assert (decision.causes, decision.reason) == (None, None)


@pytest.mark.parametrize(("valid", "causes"), [(LONG, None), (case(), ())])
def test_refusal_counts_only_if_a_valid_request_is_accepted(valid, causes):
    invalid = replace(case(("sort", "asleep"), expected=Expected.REFUSED), defect="sort=asleep")

    decision = decisions_of(engine_for(valid, invalid))["generated/rejects-invalid"]

    assert decision.causes == causes
    assert (decision.reason or ("",))[0].startswith("The server refused the valid requests" if causes is None else "")


def test_requirement_whose_cases_may_not_be_sent_has_a_reason():
    decision = decisions_of(engine_for(case(), WRITE))["generated/isolation"]
    assert decision.causes is None
    assert decision.reason[0] == "It changes data, and the target may only be read."


def test_list_differences_are_causes_of_their_requirements():
    decisions = decisions_of(engine_for(case(), comparison=Comparison()))
    assert [str(cause.key) for cause in decisions[AS_PROMISED].causes] == ["list"]
    assert decisions[AS_DEPLOYED].causes == ()
    assert decisions[SHOWN].causes is None


class ChangingServer(Server):
    """Lists two records in the wrong order, the first time or always."""

    def __init__(self, wrong_orders):
        super().__init__()
        self.wrong_orders = wrong_orders

    def send(self, template):
        self.sent.append(template)
        order = -1 if len(self.sent) <= self.wrong_orders else 1
        records = [
            {"id": f"{n}f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "attributes": {"updated_at": f"2023-01-0{n}T00:00:00Z"}}
            for n in (1, 2)
        ]
        body = json.dumps({"data": records[::order]}).encode()
        response = Response("e", "GET", OPERATION.path, 200, {}, body)
        return CaseResult(template, template, response, Exchange("e", OPERATION, 200))


@pytest.mark.parametrize(("wrong_orders", "causes"), [(1, 0), (99, 1)])
def test_list_that_contradicts_its_query_fails_if_it_does_so_again(wrong_orders, causes):
    engine = replace(engine_for(case(("sort", "updated_at"))), replay=ChangingServer(wrong_orders))
    assert len(decisions_of(engine)[AS_PROMISED].causes) == causes


def test_failing_fresh_case_is_saved_in_its_shortest_form():
    engine = engine_for(fresh=(LONG,))
    decisions_of(engine)
    assert engine.failing_cases == [case(("sort", "updated_at"))]


def test_failing_compiled_case_is_not_saved():
    engine = engine_for(LONG)
    decisions_of(engine)
    assert engine.failing_cases == []


class Checks:
    """The calls that decide requirements."""

    def __init__(self):
        self.calls = []

    def decide(self, requirement, failures):
        self.calls.append((requirement, [each.group for each in failures]))

    def could_not_run(self, requirement, *_reason):
        self.calls.append((requirement, "could not run"))

    def not_applicable(self, requirement):
        self.calls.append((requirement, "not applicable"))


def test_decisions_are_recorded_as_checks():
    check = Checks()
    for decision in decisions_of(engine_for(LONG, WRITE)).values():
        decision.record(check)
    calls = dict(check.calls)
    assert calls[ACCEPTS] == [f"400 {OPERATION.id}"]
    assert calls["generated/isolation"] == "could not run"
    assert calls["generated/method"] == "not applicable"


def test_cases_and_failed_attempts_to_shrink_them_are_judged():
    engine = engine_for(LONG)
    ids = map("e{}".format, range(100))
    send = engine.replay.send

    def numbered(template):
        result = send(template)
        return replace(result, exchange=replace(result.exchange, id=next(ids)))

    engine.replay.send = numbered
    decisions_of(engine)
    refused = {f"e{number}" for number, sent in enumerate(engine.replay.sent) if "sort" in dict(sent.query)}
    assert engine.judged == refused
    assert len(refused) < len(engine.replay.sent)

"""Plain mistakes: sent to every operation, whatever the budget, and of one programme only."""

import json

import pytest
from tools.corpora import scopes

from lead_provider_conformance.config.options import DEFAULT_SEED
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Expected
from lead_provider_conformance.fuzzing.corpus import corpus_of
from lead_provider_conformance.fuzzing.impossible_values import TIMES
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.testdata.subjects import has_subject

OF_PAGES = [(("page", "abc"),), (("page[]", "0"),), (("page[page]", "12345678901234567890"),)]
OTHER = {"ecf": "npq", "npq": "ecf"}


@pytest.fixture(scope="module", params=scopes(), ids="-".join)
def scope(request):
    return request.param


@pytest.fixture(scope="module")
def corpus(scope):
    document, programme = scope
    return corpus_of(Contract.load(document), programme, profile="quick", seed=DEFAULT_SEED)


@pytest.fixture(scope="module")
def operations(scope):
    contract, programme = Contract.load(scope[0]), scope[1]
    return [each for each in contract.operations if has_subject(contract.edition, programme, each)]


def test_every_list_gets_each_malformed_page_without_a_budget(corpus, operations, scope):
    paged = {each.operation.id for each in ListOperation.of(Contract.load(scope[0]))}

    for operation in (each for each in operations if each.id in paged):
        queries = [case.query for case in corpus.of(operation, within=0).cases]
        for query in OF_PAGES:
            assert any(each[-1:] == query for each in queries), f"{operation.path} {query}"


def test_every_body_gets_each_mistake_without_a_budget(corpus, operations):
    for operation in (each for each in operations if "requestBody" in each.definition):
        sent = [case.content for case in corpus.of(operation, within=0).cases if case.content]
        text, no_attributes, deep = sent[:3]
        assert json.loads(text) == {"data": "abc"}
        assert set(json.loads(no_attributes)["data"]) == {"type"}
        assert deep.startswith("[" * 1_000)
        assert any(content.startswith('{"data": [') for content in sent), operation.path


def test_every_filter_by_time_gets_impossible_times_without_a_budget(corpus, operations):
    for operation in operations:
        values = {value for case in corpus.of(operation, within=0).cases for _, value in case.query}
        filters = {name for each in operation.parameters for name in each["schema"].get("properties", ())}
        if filters & {"updated_since", "created_since"}:
            assert values >= {*TIMES.values()}, operation.path


def test_acceptance_without_attributes_is_not_invalid(corpus):
    accepting = [each for each in corpus.cases if each.path.endswith("/accept") and each.expected is Expected.REFUSED]
    assert not [each.defect for each in accepting if "'attributes' is missing" in each.defect]


def test_other_programme_is_not_named(corpus, scope):
    other = OTHER[scope[1]]
    words = [f"/{other}", f'"{other}', f"'{other}"]
    if scope in [("v1", "npq"), ("v2", "npq"), ("v3", "npq")]:
        words.append("delivery_partner_id")
    requests = [(case.path, str(case.query), case.content or "") for case in corpus.cases]

    assert not [each for each in requests if any(word in part for part in each for word in words)]

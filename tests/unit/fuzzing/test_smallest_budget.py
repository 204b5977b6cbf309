"""The smallest budget of a profile tests every requirement of generated requests."""

from collections.abc import Callable, Mapping

import pytest
from tools.corpora import scopes

from lead_provider_conformance.config.options import DEFAULT_SEED, PROFILE_REQUESTS
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.case_selection import case_budget
from lead_provider_conformance.fuzzing.corpus import corpus_of
from lead_provider_conformance.fuzzing.coverage_labels import LIST_QUERY, kind_of
from lead_provider_conformance.fuzzing.list_comparison import AS_DEPLOYED, SHOWN
from lead_provider_conformance.fuzzing.rules import RULES
from lead_provider_conformance.oracles.lists import ListOperation
from lead_provider_conformance.testdata.subjects import subject_of

EARLY = 40
BESIDES_RULES: Mapping[str, Callable[[Case], bool]] = {
    "generated/refusal-names-member": lambda case: bool(case.field),
    "generated/lists-what-was-asked": lambda case: f" {LIST_QUERY}" in case.labels[0],
    AS_DEPLOYED: lambda case: f" {LIST_QUERY}" in case.labels[0] and "," in dict(case.query).get("filter[cohort]", ""),
    SHOWN: lambda case: case.method == "GET" and case.path.endswith("{subject}") and not case.defect,
}


@pytest.fixture(scope="module", params=scopes(), ids="-".join)
def scope(request):
    return request.param


@pytest.fixture(scope="module")
def budget(scope):
    """The single requests of a scope: three tenths for a service of its own, or else half of those of a version."""
    requests = PROFILE_REQUESTS["quick"]
    return case_budget(requests * 3 // 10 if "/" in scope[0] else requests // 2)


@pytest.fixture(scope="module")
def cases(scope):
    document, programme = scope
    corpus = corpus_of(Contract.load(document), programme, profile="quick", seed=DEFAULT_SEED)
    return [case for case in corpus.cases if not case.is_always_sent]


@pytest.mark.parametrize("requirement", sorted({*(rule.requirement for rule in RULES), *BESIDES_RULES}))
def test_smallest_budget_has_a_case_for_the_requirement(cases, budget, requirement):
    kinds = next((rule.kinds for rule in RULES if rule.requirement == requirement), frozenset(Expected))
    about = BESIDES_RULES.get(requirement, lambda case: True)

    assert [case for case in cases[:budget] if case.expected in kinds and about(case)]


def test_smallest_budget_has_a_page_of_every_list(cases, budget, scope):
    of_programme = {case.operation for case in cases}
    lists = {each.operation.id for each in ListOperation.of(Contract.load(scope[0]))} & of_programme

    pages = {case.operation for case in cases[:budget] if "page[page]" in dict(case.query)}

    assert lists <= pages


def test_smallest_budget_has_a_refusal_that_could_change_a_record(cases, budget, scope):
    contract, programme = Contract.load(scope[0]), scope[1]
    changed = [
        case
        for case in cases[:budget]
        if case.expected is Expected.REFUSED
        and subject_of(contract.edition, programme, contract.operation(case.operation)).prepare
    ]

    assert changed


def test_first_cases_have_every_kind(cases):
    def kinds(some):
        return {kind_of(case.labels[0]) for case in some}

    assert kinds(cases[:EARLY]) == kinds(cases)

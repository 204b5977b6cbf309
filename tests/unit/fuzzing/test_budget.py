"""The request budget: shared by programmes, cases and journeys."""

from types import SimpleNamespace

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.case_selection import (
    MAX_JOURNEYS,
    REQUESTS_PER_JOURNEY,
    CaseSelection,
    case_budget,
    journey_budget,
    profile_for,
    scope_budget,
)
from lead_provider_conformance.fuzzing.corpus import Corpus
from lead_provider_conformance.model import Scope

BOTH = tuple(Scope("v3", programme) for programme in ("ecf", "npq"))


@pytest.mark.parametrize(
    ("edition", "scopes", "requests"),
    [
        ("2024-12", BOTH, 300),
        ("2025-04", (*BOTH[:1], Scope("v1", "ecf")), 600),
        ("2026-08", BOTH[:1], 180),
    ],
)
def test_programmes_of_a_version_share_its_budget(edition, scopes, requests):
    run = SimpleNamespace(requests=600, scopes=scopes, edition=edition)

    assert scope_budget(run, scopes[0]) == requests


@pytest.mark.parametrize("requests", [1, 200, 600, 3_000, 50_000])
def test_cases_and_journeys_spend_the_whole_budget(requests):
    spent = case_budget(requests) + journey_budget(requests) * REQUESTS_PER_JOURNEY
    assert spent == requests
    assert journey_budget(requests) <= MAX_JOURNEYS


@pytest.mark.parametrize(("requests", "profile"), [(1, "quick"), (200, "quick"), (201, "standard"), (9_999, "full")])
def test_more_requests_need_a_larger_profile(requests, profile):
    assert profile_for(requests) == profile


def a_case(method, kind, defect=""):
    return Case("an_operation", method, "/", (), None, "", Expected.LENIENT, defect=defect, labels=(f"x y z {kind}",))


def test_plain_mistakes_of_reads_are_apart_from_other_cases():
    mistake = a_case("GET", "mistake=scalar-page", defect="page=abc is no page")
    every_filter, generated = a_case("GET", "mistake=every-filter"), a_case("GET", "wrong-type", defect="wrong type")
    write = a_case("PUT", "mistake=text-as-data", defect="data is a text")
    corpus = Corpus((mistake, every_filter, write, generated))
    operation = Contract.load("v3").operation("list_statements")
    selection = CaseSelection(operation, corpus, corpus, may_write=True, has_other_provider=True, fresh=(mistake,))

    assert selection.plain_mistakes.sendable == (mistake,)
    assert selection.other_cases.sendable == (every_filter, write, generated)
    assert selection.plain_mistakes.compiled.labels | selection.other_cases.compiled.labels == corpus.labels


def test_saved_failing_cases_are_sent_with_the_other_cases():
    mistake = a_case("GET", "mistake=scalar-page", defect="page=abc is no page")
    operation = Contract.load("v3").operation("list_statements")
    selection = CaseSelection(
        operation, Corpus(()), Corpus(()), may_write=True, has_other_provider=True, failed=(mistake,)
    )

    assert selection.plain_mistakes.sendable == ()
    assert selection.other_cases.sendable == (mistake,)

"""Corpora on disk: compiled once, by one process, under a name that changes with every input."""

import subprocess
import sys
from dataclasses import replace

import pytest

from lead_provider_conformance.config.options import PROFILE_REQUESTS
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.compile_worker import CompilationError, compile_in_subprocess
from lead_provider_conformance.fuzzing.corpus import Corpus, corpus_of

CONTRACT = Contract.load("v3")


def case(operation, *labels):
    return Case(operation, "GET", "/", (), None, "", Expected.ACCEPTED, labels=labels)


def operation(name):
    return replace(CONTRACT.operations[0], id=name)


@pytest.fixture
def compilations(monkeypatch):
    """Mock the compiler and return the list of its calls."""
    calls = []

    def compile_cases(contract, operations, programme, *, profile, seed, folder):
        calls.append((contract.version, programme, seed))
        return (case("show_ecf_participant", "one"),)

    monkeypatch.setattr("lead_provider_conformance.fuzzing.corpus.compile_in_subprocess", compile_cases)
    return calls


def test_corpus_is_compiled_once(tmp_path, compilations):
    first = corpus_of(CONTRACT, "ecf", profile="quick", seed=1, folder=tmp_path)
    assert corpus_of(CONTRACT, "ecf", profile="quick", seed=1, folder=tmp_path).cases == first.cases
    assert compilations == [("v3", "ecf", 1)]


@pytest.mark.parametrize("other", [{"seed": 2}, {"profile": "standard"}])
def test_other_seed_or_profile_is_another_corpus(tmp_path, compilations, other):
    arguments = {"profile": "quick", "seed": 1, "folder": tmp_path}
    corpus_of(CONTRACT, "ecf", **arguments)
    corpus_of(CONTRACT, "ecf", **(arguments | other))
    assert len(compilations) == 2


def test_other_contract_is_another_corpus(tmp_path, compilations):
    corpus_of(CONTRACT, "ecf", profile="quick", seed=1, folder=tmp_path)
    document = dict(CONTRACT.document) | {"info": {**CONTRACT.document["info"], "summary": "Other"}}
    corpus_of(Contract("v3", document), "ecf", profile="quick", seed=1, folder=tmp_path)
    assert len(compilations) == 2


def test_compiling_in_a_subprocess_is_reproducible(tmp_path):
    operations = [CONTRACT.operation("show_ecf_participant")]
    first, second = (
        compile_in_subprocess(CONTRACT, operations, "ecf", profile="quick", seed=3, folder=tmp_path) for _ in range(2)
    )
    assert first == second
    assert {each.expected for each in first} >= {Expected.ACCEPTED, Expected.REFUSED, Expected.FOREIGN}


def test_failing_subprocess_raises_compilation_error_with_its_reason(tmp_path):
    with pytest.raises(CompilationError, match="profile"):
        compile_in_subprocess(CONTRACT, [], "ecf", profile="no such profile", seed=3, folder=tmp_path)


def test_budget_keeps_the_first_cases():
    whole = Corpus((case("a", "1"), case("b", "2"), case("a", "3")))
    assert whole.of(operation("a")).labels == {"1", "3"}
    assert whole.of(operation("a"), within=2).labels == {"1"}
    assert not whole.of(operation("c")).cases
    assert whole.of(CONTRACT.operation("show_ecf_participant")).cases == ()
    assert whole.labels == {"1", "2", "3"}


def test_budgets_grow_with_the_profile():
    assert list(PROFILE_REQUESTS.values()) == sorted(PROFILE_REQUESTS.values())


def test_reading_a_corpus_does_not_import_the_generators(tmp_path, compilations):
    corpus_of(CONTRACT, "ecf", profile="quick", seed=1, folder=tmp_path)
    program = (
        "import sys; from pathlib import Path; from lead_provider_conformance.contract import Contract; "
        "from lead_provider_conformance.fuzzing.corpus import corpus_of; "
        f"corpus_of(Contract.load('v3'), 'ecf', profile='quick', seed=1, folder=Path({str(tmp_path)!r})); "
        "print(sorted({'schemathesis', 'hypothesis'} & set(sys.modules)))"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[]"

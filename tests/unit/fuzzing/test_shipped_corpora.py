"""Shipped corpora are those that a run needs, and those that the compiler produces."""

from pathlib import Path

import pytest
from tools.corpora import corpora

from lead_provider_conformance.config.options import DEFAULT_SEED
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing import corpus
from lead_provider_conformance.fuzzing.case import Case
from lead_provider_conformance.fuzzing.compile_worker import compile_in_subprocess
from lead_provider_conformance.fuzzing.corpus import corpus_of
from lead_provider_conformance.testdata.subjects import has_subject


@pytest.mark.parametrize(("document", "programme", "profile"), list(corpora()))
def test_first_run_needs_no_compilation(
    document: str, programme: str, profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_shipped(*_arguments: object, **_options: object) -> tuple[Case, ...]:
        pytest.fail("The corpus is not shipped: run `make corpora` and commit the files.")

    monkeypatch.setattr(corpus, "compile_in_subprocess", not_shipped)

    assert corpus_of(Contract.load(document), programme, profile=profile, seed=DEFAULT_SEED, folder=tmp_path).cases


def test_shipped_corpus_is_what_the_compiler_produces(tmp_path: Path) -> None:
    contract = Contract.load("v2")
    operations = [each for each in contract.operations if has_subject(contract.edition, "ecf", each)]

    cases = compile_in_subprocess(contract, operations, "ecf", profile="quick", seed=DEFAULT_SEED, folder=tmp_path)

    shipped = corpus_of(contract, "ecf", profile="quick", seed=DEFAULT_SEED).cases
    assert cases == shipped, "Increase COMPILER_VERSION, run `make corpora` and commit the files."

"""The corpora that come with the package are those that a run asks for: none is made on a first run."""

from pathlib import Path

import pytest
from tools.corpora import corpora

from lead_provider_conformance.config.options import DEFAULT_SEED
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.corpus import corpus_of


@pytest.mark.parametrize(("version", "programme", "profile"), list(corpora()))
def test_the_corpus_is_shipped_and_up_to_date(version: str, programme: str, profile: str, tmp_path: Path) -> None:
    nowhere = tmp_path / "cache"

    corpus = corpus_of(Contract.load(version), programme, profile=profile, seed=DEFAULT_SEED, folder=nowhere)

    assert corpus.cases
    assert not nowhere.exists(), "it had to be made: run `make corpora` and commit what changed"

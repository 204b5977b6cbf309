"""Compile the corpora that the package ships: run `make corpora` after a change to the contract or the compiler."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from lead_provider_conformance.config.options import DEFAULT_SEED
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.contract.contract import document_name
from lead_provider_conformance.contract.editions import editions, load_edition
from lead_provider_conformance.fuzzing.corpus import SHIPPED, corpus_of

PROFILES = ("quick", "standard")


def scopes() -> Iterator[tuple[str, str]]:
    """Yield document and programme of each scope of every edition, such as "v3" or "2026-08/v3-ecf" and "ecf"."""
    every = ((edition, scope) for edition in editions() for scope in load_edition(edition).scopes)
    yield from dict.fromkeys((document_name(edition, scope), scope.programme) for edition, scope in every)


def corpora() -> Iterator[tuple[str, str, str]]:
    """Yield document, programme and profile of each shipped corpus."""
    return ((document, programme, profile) for document, programme in scopes() for profile in PROFILES)


def main() -> None:
    """Replace all shipped corpora."""
    shutil.rmtree(SHIPPED, ignore_errors=True)
    SHIPPED.mkdir()
    for document, programme, profile in corpora():
        corpus_of(Contract.load(document), programme, profile=profile, seed=DEFAULT_SEED, folder=SHIPPED)
    for lock in SHIPPED.glob("*.lock"):
        lock.unlink()


if __name__ == "__main__":
    main()

"""Compile the corpora that the package ships: run `make corpora` after a change to the contract or the compiler."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from lead_provider_conformance.config.options import DEFAULT_SEED
from lead_provider_conformance.contract import Contract, versions
from lead_provider_conformance.fuzzing.corpus import SHIPPED, corpus_of
from lead_provider_conformance.model import PROGRAMMES

PROFILES = ("quick", "standard")


def corpora() -> Iterator[tuple[str, str, str]]:
    """Yield version, programme and profile of each shipped corpus."""
    return ((version, programme, profile) for version in versions() for programme in PROGRAMMES for profile in PROFILES)


def main() -> None:
    """Replace all shipped corpora."""
    shutil.rmtree(SHIPPED, ignore_errors=True)
    SHIPPED.mkdir()
    for version, programme, profile in corpora():
        corpus_of(Contract.load(version), programme, profile=profile, seed=DEFAULT_SEED, folder=SHIPPED)
    for lock in SHIPPED.glob("*.lock"):
        lock.unlink()


if __name__ == "__main__":
    main()

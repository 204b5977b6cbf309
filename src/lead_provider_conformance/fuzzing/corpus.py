"""The compiled cases of one version and programme: compiled once, stored, and read by every later run."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as installed
from itertools import takewhile
from pathlib import Path

from filelock import FileLock

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Case
from lead_provider_conformance.fuzzing.compile_worker import compile_in_subprocess
from lead_provider_conformance.resources import cache_folder, write_atomically
from lead_provider_conformance.testdata.subjects import has_subject, subject_of

COMPILER_VERSION = 4
"""Part of a corpus's file name. Increase it when the compiler produces other cases, then run `make corpora`."""
SHIPPED = Path(__file__).parent / "corpora"
"""Corpora in the package, made by `tools/corpora.py`: a first run need not compile them."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Cases: those that every run sends, then the most covering first."""

    cases: tuple[Case, ...]

    def of(self, operation: Operation, *, within: int | None = None) -> Corpus:
        """Return the cases of one operation.

        With a budget they are `within` the first cases of all operations, besides those that every run sends.
        """
        always_sent = takewhile(lambda case: case.is_always_sent, self.cases)
        number = None if within is None else within + len(list(always_sent))
        return Corpus(tuple(case for case in self.cases[:number] if case.operation == operation.id))

    @property
    def labels(self) -> frozenset[str]:
        """The coverage of these cases."""
        return frozenset(label for case in self.cases for label in case.labels)


# Read once per process instead of once per operation: a run of profile `standard` is about two seconds shorter.
@cache
def corpus_of(contract: Contract, programme: str, *, profile: str, seed: int, folder: Path | None = None) -> Corpus:
    """Return the shipped or cached corpus, or compile it and cache it in `folder`, by default the user's cache.

    The file name changes with everything that the cases depend on, so a cached corpus is never stale. One of several
    processes compiles it; the others wait.
    """
    operations = tuple(each for each in contract.operations if has_subject(contract.edition, programme, each))
    name = corpus_name(contract, operations, programme, profile, seed)
    shipped = SHIPPED / f"{name}.json.gz"
    folder = folder or cache_folder()
    file = shipped if shipped.is_file() else folder / f"{name}.json.gz"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{name}.lock"):
            if not file.is_file():
                cases = compile_in_subprocess(
                    contract, operations, programme, profile=profile, seed=seed, folder=cache_folder()
                )
                content = json.dumps([case.to_list() for case in cases]).encode()
                write_atomically(file, gzip.compress(content, mtime=0))
    return Corpus(tuple(Case.from_list(values) for values in json.loads(gzip.decompress(file.read_bytes()))))


def corpus_name(contract: Contract, operations: Sequence[Operation], programme: str, profile: str, seed: int) -> str:
    """Return a name that changes with the contract, the test data, the libraries and COMPILER_VERSION."""
    subjects = {each.id: subject_of(contract.edition, programme, each) for each in operations}
    depends_on = (
        contract.hash,
        *(f"{operation} {subject.accepts} {subject.accepts_once}" for operation, subject in subjects.items()),
        installed("schemathesis"),
        installed("hypothesis"),
        str(COMPILER_VERSION),
    )
    digest = hashlib.sha256("\n".join(depends_on).encode()).hexdigest()[:20]
    return f"{contract.version}-{programme}-{profile}-{seed}-{digest}"

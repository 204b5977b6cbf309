"""The compiled cases of one version and programme: made once, stored, and read from then on."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import version as installed
from pathlib import Path

from filelock import FileLock

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Case
from lead_provider_conformance.fuzzing.compile_worker import compile_in_subprocess
from lead_provider_conformance.resources import cache_folder, write_atomically
from lead_provider_conformance.testdata.subjects import has_subject, subject_of

COMPILER_VERSION = 1
"""Part of a corpus's name. Increase it when the compiler produces other cases, then run `make corpora`."""
SHIPPED = Path(__file__).parent / "corpora"
"""Corpora that come with the package, so that a first run need not make them: see `shipped.py`."""


@dataclass(frozen=True)
class Corpus:
    """Cases, the most covering first: any beginning of them covers as many labels as that number of cases can."""

    cases: tuple[Case, ...]

    def of(self, operation: Operation, *, within: int | None = None) -> Corpus:
        """The cases of one operation: all of them, or those among as many of the first as a budget allows."""
        of_it = self._by_operation.get(operation.id, ())
        return Corpus(tuple(case for place, case in of_it if within is None or place < within))

    @cached_property
    def _by_operation(self) -> Mapping[str, Sequence[tuple[int, Case]]]:
        """The cases of each operation, with their places among all."""
        found: dict[str, list[tuple[int, Case]]] = defaultdict(list)
        for place, case in enumerate(self.cases):
            found[case.operation].append((place, case))
        return found

    @cached_property
    def labels(self) -> frozenset[str]:
        """What these cases cover."""
        return frozenset(label for case in self.cases for label in case.labels)


def corpus_of(contract: Contract, programme: str, *, profile: str, seed: int, folder: Path | None = None) -> Corpus:
    """The corpus of one version and programme; made now if it is not shipped and no run before this one has made it.

    It is kept in `folder`, by default the user's cache, under a name that changes with whatever it is made from, so
    that it is never stale. Several processes may ask at once: one makes it, the others wait.
    """
    operations = tuple(each for each in contract.operations if has_subject(programme, each))
    rows = {each.id: subject_of(programme, each) for each in operations}
    supplied_with = (f"{name} {its.settled} {its.once}" for name, its in rows.items())
    name = _name(contract.version, programme, profile, seed, (contract.hash, *supplied_with))
    shipped = SHIPPED / f"{name}.json.gz"
    folder = folder or cache_folder()
    file = shipped if shipped.is_file() else folder / f"{name}.json.gz"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{name}.lock"):
            if not file.is_file():
                _make(contract, operations, programme, profile, seed, file)
    return _read(file)


@cache
def _read(file: Path) -> Corpus:
    """A stored corpus. What is under one name never changes, so that a process reads it once."""
    return Corpus(tuple(Case.from_list(members) for members in json.loads(gzip.decompress(file.read_bytes()))))


def _make(
    contract: Contract, operations: Sequence[Operation], programme: str, profile: str, seed: int, file: Path
) -> None:
    cases = compile_in_subprocess(contract, operations, programme, profile=profile, seed=seed, folder=cache_folder())
    write_atomically(file, gzip.compress(json.dumps([case.to_list() for case in cases]).encode(), mtime=0))


@cache
def _name(version: str, programme: str, profile: str, seed: int, made_from: tuple[str, ...]) -> str:
    """Return a name that changes with the contract, the libraries and COMPILER_VERSION."""
    libraries = (installed("schemathesis"), installed("hypothesis"))
    digest = hashlib.sha256("\n".join((*made_from, *libraries, str(COMPILER_VERSION))).encode())
    return f"{version}-{programme}-{profile}-{seed}-{digest.hexdigest()[:20]}"

"""The compiled cases of one version and programme: made once, stored, and read from then on."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.generation.case import Case
from lead_provider_conformance.generation.elsewhere import compiled_elsewhere
from lead_provider_conformance.states.subjects import supplied

CACHE_VARIABLE = "LEAD_PROVIDER_CONFORMANCE_CACHE"
BUDGETS = {"quick": 200, "standard": 600, "full": 3_000}
"""How many generated requests a version gets, by profile."""
MADE_BY = ("case", "compiler", "elsewhere", "judge", "labels", "ordering", "overlay", "probes", "queries", "stand_ins")
"""The modules that decide what a corpus holds."""
SHIPPED = Path(__file__).parent / "corpora"
"""Corpora that come with the package, so that a first run need not make them: see `shipped.py`."""


@dataclass(frozen=True)
class Corpus:
    """Cases, the most covering first: any beginning of them covers as many labels as that number of cases can."""

    cases: tuple[Case, ...]

    def within(self, budget: int) -> Corpus:
        """The cases that a budget allows."""
        return Corpus(self.cases[:budget])

    def of(self, operation: Operation) -> Corpus:
        """The cases of one operation."""
        return Corpus(tuple(case for case in self.cases if case.operation == operation.id))

    @cached_property
    def labels(self) -> frozenset[str]:
        """What these cases cover."""
        return frozenset(label for case in self.cases for label in case.labels)


def corpus_of(contract: Contract, programme: str, *, profile: str, seed: int, folder: Path | None = None) -> Corpus:
    """The corpus of one version and programme; made now if it is not shipped and no run before this one has made it.

    It is kept in `folder`, by default the user's cache, under a name that changes with whatever it is made from, so
    that it is never stale. Several processes may ask at once: one makes it, the others wait.
    """
    operations = [each for each in contract.operations if supplied(programme, each)]
    name = _name(contract, programme, profile, seed, operations)
    shipped = SHIPPED / f"{name}.json.gz"
    folder = folder or cache_folder()
    file = shipped if shipped.is_file() else folder / f"{name}.json.gz"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{name}.lock"):
            if not file.is_file():
                _make(contract, operations, programme, profile, seed, file)
    with gzip.open(file, "rt", encoding="utf-8") as stored:
        return Corpus(tuple(Case.from_list(members) for members in json.load(stored)))


def cache_folder() -> Path:
    """Where corpora are kept: $LEAD_PROVIDER_CONFORMANCE_CACHE, else the user's cache folder."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lead-provider-conformance"


def _make(
    contract: Contract, operations: Sequence[Operation], programme: str, profile: str, seed: int, file: Path
) -> None:
    cases = compiled_elsewhere(contract, operations, programme, profile=profile, seed=seed)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(gzip.compress(json.dumps([case.to_list() for case in cases]).encode(), mtime=0))
    Path(part.name).replace(file)


def _name(contract: Contract, programme: str, profile: str, seed: int, operations: Sequence[Operation]) -> str:
    made_from = [
        contract.hash,
        *(operation.id for operation in operations),
        version("schemathesis"),
        version("hypothesis"),
    ]
    digest = hashlib.sha256("\n".join(made_from).encode())
    for module in MADE_BY:
        digest.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return f"{contract.version}-{programme}-{profile}-{seed}-{digest.hexdigest()[:20]}"

"""Storage for failing fresh cases: every later run sends them first, until they pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from lead_provider_conformance.fuzzing.case import Case
from lead_provider_conformance.model import Scope
from lead_provider_conformance.resources import cache_folder
from lead_provider_conformance.run.run import Run


class FailingCases:
    """The failing cases of one operation of one target."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, run: Run, scope: Scope, operation: str) -> FailingCases:
        """Return the storage for an operation of the run's target."""
        target = hashlib.sha256(run.target.name.encode()).hexdigest()[:12]
        return cls(cache_folder() / "failing" / target / f"{scope}-{operation}.json")

    def read(self) -> tuple[Case, ...]:
        """Return the stored cases; none if another version of the suite wrote the file."""
        if not self._file.is_file():
            return ()
        try:
            return tuple(Case.from_list(values) for values in json.loads(self._file.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            return ()

    def save(self, cases: Iterable[Case]) -> None:
        """Store these cases in place of the previous ones."""
        lines = [case.to_list() for case in dict.fromkeys(cases)]
        if lines:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(lines), encoding="utf-8")
        else:
            self._file.unlink(missing_ok=True)

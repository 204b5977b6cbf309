"""The files of an earlier run in the report folder: set aside when a run begins, restored if it runs no test."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from lead_provider_conformance.results.files import REPORTS, SIGNATURE_SUFFIX, VERDICT
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS

ALLURE_RESULTS = "allure-results"
ARTEFACTS = (RESULTS, EXCHANGES, *REPORTS, VERDICT + SIGNATURE_SUFFIX, ALLURE_RESULTS)


@dataclass(frozen=True)
class EarlierReport:
    """The earlier files of a report `folder`, in the `workspace` of the run."""

    folder: Path
    workspace: Path

    def set_aside(self) -> None:
        """Move the files into a new workspace."""
        shutil.rmtree(self.workspace, ignore_errors=True)
        self._place.mkdir(parents=True)
        _move_artefacts(self.folder, self._place)
        self._begun.touch()

    def restore(self) -> bool:
        """Restore the files, and delete those of the run. Return False if the run is closed, or has been cancelled."""
        if not self._place.is_dir():
            return False
        if self._begun.exists():
            cancelled = self.workspace / "cancelled"
            cancelled.mkdir()
            _move_artefacts(self.folder, cancelled)
        _move_artefacts(self._place, self.folder)
        shutil.rmtree(self.workspace, ignore_errors=True)
        return True

    @property
    def exists(self) -> bool:
        """Whether there were files of an earlier run."""
        return self._place.is_dir() and any(self._place.iterdir())

    @property
    def _place(self) -> Path:
        return self.workspace / "earlier"

    @property
    def _begun(self) -> Path:
        """A file that exists when no file of the earlier run is left in the folder."""
        return self.workspace / "begun"


def _move_artefacts(source: Path, destination: Path) -> None:
    for name in ARTEFACTS:
        if (source / name).exists():
            (source / name).rename(destination / name)

"""The report of an earlier run stays until a run has tested something."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lead_provider_conformance.model import Ending, ReportFolderError
from lead_provider_conformance.run.earlier_report import EarlierReport
from lead_provider_conformance.run.run import Run


@pytest.fixture
def earlier(tmp_path: Path) -> EarlierReport:
    """The report of an earlier run, whose verdict is the text "earlier"."""
    (tmp_path / "verdict.json").write_text("earlier")
    return EarlierReport(tmp_path, tmp_path / ".work")


def test_restored_report_replaces_the_files_of_the_run(earlier: EarlierReport) -> None:
    earlier.set_aside()
    assert earlier.exists
    (earlier.folder / "verdict.json").write_text("new")

    assert earlier.restore()
    assert (earlier.folder / "verdict.json").read_text() == "earlier"
    assert not earlier.workspace.exists()
    assert not earlier.restore()


def test_folder_without_a_report_has_no_earlier_one(tmp_path: Path) -> None:
    nothing = EarlierReport(tmp_path, tmp_path / ".work")
    nothing.set_aside()

    assert not nothing.exists


def test_run_that_ends_on_a_full_disk_keeps_its_own_journals(earlier: EarlierReport) -> None:
    def fail(_: object) -> None:
        raise ReportFolderError("reports", OSError(28, "No space left on device"))

    earlier.set_aside()
    (earlier.folder / "results.ndjson").write_text("new")
    finding: Any = SimpleNamespace(to_line=dict)
    run: Any = SimpleNamespace(workspace=earlier.workspace, journal=SimpleNamespace(write_result=fail))

    with pytest.raises(ReportFolderError, match="No space left"):
        Run.close(run, Ending.INTERRUPTED, [finding])

    assert not earlier.restore()
    assert (earlier.folder / "results.ndjson").read_text() == "new"

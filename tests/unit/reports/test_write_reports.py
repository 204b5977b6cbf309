"""Reports are written atomically, and depend only on the journals."""

import json
from pathlib import Path

import pytest
from tests.unit.journals import Run
from tests.unit.samples import conformant, hostile, troubled

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports.write import RENDERERS, write_job_summary, write_reports
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.files import REPORTS
from lead_provider_conformance.results.verdict import Verdict
from lead_provider_conformance.run.earlier_report import ARTEFACTS

NAMES = ["verdict.json", "report.html", "junit.xml", "summary.md", "report.sarif", "ctrf.json", "badge.svg"]


def test_every_report_is_written_without_temporary_files(tmp_path: Path) -> None:
    written = write_reports(troubled().verdict(), tmp_path / "reports" / "latest")

    assert [path.name for path in written] == NAMES
    assert sorted(path.name for path in (tmp_path / "reports" / "latest").iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("make", [conformant, troubled, hostile, lambda: Run(scopes=())])
def test_reports_can_be_recreated_from_the_journals(tmp_path: Path, make) -> None:
    run = make()
    run.write(tmp_path / "journals")
    write_reports(Verdict.of(journal.read_journals(tmp_path / "journals")), tmp_path / "again")
    write_reports(run.verdict(), tmp_path / "first")

    for name in NAMES:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()


def test_failed_report_leaves_the_previous_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_reports(conformant().verdict(), tmp_path)
    before = (tmp_path / "report.html").read_bytes()

    def broken(_verdict: Verdict) -> str:
        raise OSError("disk full")

    monkeypatch.setitem(RENDERERS, "report.html", broken)
    with pytest.raises(OSError, match="disk full"):
        write_reports(troubled().verdict(), tmp_path)

    assert (tmp_path / "report.html").read_bytes() == before


def test_page_of_a_large_run_is_small_enough_for_email(tmp_path: Path) -> None:
    run = Run()
    body = json.dumps({"data": [{"id": str(item), "attributes": {"text": "x" * 120}} for item in range(90)]})
    for number in range(200):
        requirement = f"area-{number % 9}/rule-{number}"
        run.requires(requirement, "A server meets this rule. " * 3)
        ids = [run.exchanged("POST", f"/api/v3/{number}/{n}", body=body, sent=body, cut=True) for n in range(15)]
        for test in range(10):
            run.found(Outcome.FAILED, requirement, "No.", exchanges=ids, test=f"suites/test_{test}.py::test_{number}")
    (_, page, *_) = write_reports(run.verdict(), tmp_path)

    assert page.stat().st_size < 3 * 1024 * 1024


def test_job_summary_is_appended_in_github_actions(tmp_path: Path) -> None:
    page = tmp_path / "step.md"
    page.write_text("# Earlier step\n", encoding="utf-8")
    write_job_summary(conformant().verdict(), {"GITHUB_STEP_SUMMARY": str(page)})

    assert page.read_text(encoding="utf-8").startswith("# Earlier step\n## ✅ Example service: conformant\n")


def test_no_job_summary_outside_github_actions() -> None:
    write_job_summary(conformant().verdict(), {})


def test_every_report_belongs_to_the_files_of_a_run() -> None:
    assert tuple(RENDERERS) == REPORTS
    assert set(REPORTS) < set(ARTEFACTS)

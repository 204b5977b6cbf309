"""Write every report of a run atomically."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lead_provider_conformance.model import Subject
from lead_provider_conformance.reports.badge import badge_svg
from lead_provider_conformance.reports.client_page import client_html
from lead_provider_conformance.reports.ctrf import ctrf_json
from lead_provider_conformance.reports.html import compile_templates, server_html
from lead_provider_conformance.reports.junit import junit_xml
from lead_provider_conformance.reports.markdown import summary_markdown
from lead_provider_conformance.reports.parity_page import parity_html
from lead_provider_conformance.reports.sarif import sarif_json
from lead_provider_conformance.reports.verdict_json import verdict_json
from lead_provider_conformance.results.files import REPORTS, VERDICT
from lead_provider_conformance.results.verdict import Verdict

PAGES = {Subject.SERVER: server_html, Subject.CLIENT: client_html, Subject.PARITY: parity_html}


def report_html(verdict: Verdict) -> str:
    """Return the text of `report.html`."""
    return PAGES[verdict.subject](verdict)


RENDERERS = {
    VERDICT: verdict_json,
    "report.html": report_html,
    "junit.xml": junit_xml,
    "summary.md": summary_markdown,
    "report.sarif": sarif_json,
    "ctrf.json": ctrf_json,
    "badge.svg": badge_svg,
}

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"  # the file that GitHub Actions shows on a job's page


def prepare() -> None:
    """Do the work of `write_reports` that needs no verdict: it takes as long as the rest."""
    compile_templates()


def write_reports(verdict: Verdict, folder: Path) -> tuple[Path, ...]:
    """Write every report into `folder` and return the paths in the order of REPORTS."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(folder / name, RENDERERS[name](verdict)) for name in REPORTS)


def write_job_summary(verdict: Verdict, environment: Mapping[str, str] = os.environ) -> None:
    """Append the summary to the job's page in GitHub Actions; do nothing elsewhere."""
    if page := environment.get(STEP_SUMMARY):
        with Path(page).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(summary_markdown(verdict) + "\n")


def _write(path: Path, text: str) -> Path:
    """Write a temporary file and rename it, so that a report is never incomplete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # A lone surrogate in an identifier must not stop a report.
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    temporary.replace(path)
    return path

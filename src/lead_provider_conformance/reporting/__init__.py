"""Reports of a run. Each is a function of the verdict, so of the two journals, and can be made again at any time."""

from __future__ import annotations

import os
from pathlib import Path

from lead_provider_conformance.reporting.html import report_html
from lead_provider_conformance.reporting.junit import junit_xml
from lead_provider_conformance.reporting.markdown import summary_markdown
from lead_provider_conformance.reporting.terminal import terminal_summary
from lead_provider_conformance.reporting.verdict_json import verdict_json
from lead_provider_conformance.verdict import Verdict

__all__ = ["terminal_summary", "write_reports"]

REPORTS = {
    "verdict.json": verdict_json,
    "report.html": report_html,
    "junit.xml": junit_xml,
    "summary.md": summary_markdown,
}


def write_reports(verdict: Verdict, folder: Path) -> tuple[Path, ...]:
    """Write every report into `folder` and return their paths, the order being that of REPORTS.

    Each file appears whole: it is written beside its place and then moved there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(_write(folder / name, make(verdict)) for name, make in REPORTS.items())


def _write(path: Path, text: str) -> Path:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    # What a reader cannot see is shown by number already; a stray surrogate in an identifier must not stop a report.
    beside.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    beside.replace(path)
    return path

"""The names of the files in a report folder, apart from the journals."""

from __future__ import annotations

VERDICT = "verdict.json"
SIGNATURE_SUFFIX = ".sig"
REPORTS = (VERDICT, "report.html", "junit.xml", "summary.md", "report.sarif", "ctrf.json", "badge.svg")

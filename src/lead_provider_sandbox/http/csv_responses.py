"""CSV answers."""

from __future__ import annotations

from lead_provider_sandbox.http.responses import Answer

CSV = "text/csv"


def csv_answer(text: str) -> Answer:
    """A success with a CSV file (behaviour HDR-CSV-CONTENT-TYPE)."""
    return Answer(200, text=text, media_type=CSV)

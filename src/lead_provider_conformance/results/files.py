"""The names of the files in a report folder, apart from the journals, and the form of those in JSON."""

from __future__ import annotations

import codecs
import json
from typing import Any

import orjson

VERDICT = "verdict.json"
SIGNATURE_SUFFIX = ".sig"
PROFILE = "provider.yaml"
"""The profile of a client, if its session wrote it into the report folder."""
REPORTS = (VERDICT, "report.html", "junit.xml", "summary.md", "report.sarif", "ctrf.json", "badge.svg")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("lead_provider_json", _escaped)


def indented_json(content: Any) -> str:
    """Return `content` as JSON for people: indented, in ASCII, with a line break at the end."""
    try:
        text = orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        text = json.dumps(content, indent=2)
    return text.encode("ascii", "lead_provider_json").decode() + "\n"

"""The names of the files in a report folder, apart from the journals, and the form of those in JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

VERDICT = "verdict.json"
SIGNATURE_SUFFIX = ".sig"
PROFILE = "provider.yaml"
"""The profile of a client, if its session wrote it into the report folder."""
REPORTS = (VERDICT, "report.html", "junit.xml", "summary.md", "report.sarif", "ctrf.json", "badge.svg")
_NOT_ASCII = re.compile("[^\\x00-\\x7f]+")


def indented_json(content: Any) -> str:
    """Return `content` as JSON for people: indented, in ASCII, with a line break at the end."""
    try:
        text = orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        text = json.dumps(content, indent=2)
    return _NOT_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n"

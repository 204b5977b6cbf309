"""Shell scripts that reproduce a failure: one `curl` command per request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lead_provider_conformance.results.curl import curl
from lead_provider_conformance.results.journal import EXCHANGES
from lead_provider_conformance.text import one_line

FOLDER = "reproductions"
_HEADER = """#!/bin/sh
# {failure}
# Needs $TOKEN, and $OTHER_TOKEN for requests of another provider.
set -eu
"""


def script(failure: str, exchanges: Sequence[Mapping[str, Any]]) -> str:
    """Return a script that sends the journalled requests again, in order, and prints each response."""
    parts = [_HEADER.format(failure=one_line(failure))]
    for line in exchanges:
        status = line["response"]["status"] if line["response"] else "no response"
        parts.append(f"# the response was {status}\n{curl(line)}\necho\n")
    return "\n".join(parts)


def write_script(folder: Path, name: str, failure: str, exchange_ids: Sequence[str]) -> Path:
    """Write the script of some journalled exchanges to `reproductions/` in the run's folder, and return its path."""
    with (folder / EXCHANGES).open(encoding="utf-8") as lines:
        exchanges = {line["id"]: line for line in map(json.loads, lines) if line["id"] in exchange_ids}
    path = folder / FOLDER / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.sh"
    path.parent.mkdir(exist_ok=True)
    text = script(failure, [exchanges[each] for each in exchange_ids if each in exchanges])
    path.write_text(text, encoding="utf-8")
    return path

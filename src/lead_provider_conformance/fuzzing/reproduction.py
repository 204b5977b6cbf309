"""What was found, as a shell script that shows it again: one `curl` after the other."""

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
_OPENING = """#!/bin/sh
# {told}
# Needs $TOKEN, and $OTHER_TOKEN where another provider asks.
set -eu
"""


def script(told: str, exchanges: Sequence[Mapping[str, Any]]) -> str:
    """A script that sends the requests of `exchanges` lines of the journal again, in order, and prints each answer."""
    parts = [_OPENING.format(told=one_line(told))]
    for line in exchanges:
        status = line["response"]["status"] if line["response"] else "no answer"
        parts.append(f"# then came {status}\n{curl(line)}\necho\n")
    return "\n".join(parts)


def write_script(folder: Path, name: str, told: str, exchange_ids: Sequence[str]) -> Path:
    """Write the script of journalled exchanges to `reproductions/` in a run's folder, and give its path."""
    wanted = dict.fromkeys(exchange_ids)
    found: dict[str, Mapping[str, Any]] = {}
    with (folder / EXCHANGES).open(encoding="utf-8") as lines:
        for text in lines:
            line = json.loads(text)
            if line["id"] in wanted:
                found[line["id"]] = line
    path = folder / FOLDER / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.sh"
    path.parent.mkdir(exist_ok=True)
    path.write_text(script(told, [found[each] for each in exchange_ids if each in found]), encoding="utf-8")
    return path

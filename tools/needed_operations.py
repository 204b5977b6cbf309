"""`python -m tools.needed_operations [DIR ...]`: write suites/operations.json from runs against the sandbox.

The file has the operations that decide each requirement: those that a test has called before it decided, in every
version and edition. The runs are those that `python -m tools.conformance` leaves in reports/.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.conformance import RUNS

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.results.journal import Journals, read_journals
from lead_provider_conformance.run.needed_operations import FILE, Needed, test_name

GENERATED = "generated/"


def needed(runs: Iterable[Journals]) -> Needed:
    """Return the operations by test, programme and requirement."""
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    for run in runs:
        for finding in run.findings:
            name = test_name(finding.test)
            if finding.outcome is not Outcome.PASSED or not finding.exchanges or name.startswith(GENERATED):
                continue
            exchanges = (run.exchanges[each] for each in finding.exchanges)
            called = frozenset(each["operation"] for each in exchanges if each["operation"])
            key = name, finding.scope.programme, finding.requirement
            found[key] = found.get(key, called) & called
    table: dict[str, dict[str, dict[str, list[str]]]] = {}
    for (test, programme, requirement), operations in sorted(found.items()):
        if operations:
            table.setdefault(test, {}).setdefault(programme, {})[requirement] = sorted(operations)
    return table


def to_json(table: Needed) -> str:
    """Return the table as JSON, with a line for each requirement."""
    lines = json.dumps(table, indent=1)
    return re.sub(r"\[[^\]]*\]", lambda match: json.dumps(json.loads(match[0])), lines) + "\n"


def main(folders: Iterable[str]) -> None:
    """Write the file."""
    runs = [Path(each) for each in folders] or [each.folder for each in RUNS]
    (suites_root() / FILE).write_text(to_json(needed(map(read_journals, runs))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

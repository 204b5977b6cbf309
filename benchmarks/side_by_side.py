"""What is found, side by side: stock `schemathesis run`, our generated tests, and our whole suite, on the same faults.

    python benchmarks/side_by_side.py [--faults N | --fault NAME …] [--write FILE]

Each contestant tests a sandbox of its own that has one fault; `contestants.py` says how, and which configuration stock
Schemathesis gets. A fault counts as found by stock if a check fails for an operation for which it does not fail without
the fault, and by us if a requirement fails. Bars: our generated tests find at 600 requests three times what stock finds
at 600, and more than it finds at 3,000.

Without names the faults are taken evenly from the whole catalogue, but for those that only show in another version or
programme than is tested here.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contestants import FEW, MANY, SUITES, Measured, document_for, ours, sandbox, stock

FAULTS = 20
EXAMPLES = 14
"""How many each operation's fuzzing gets, so that stock sends about as many requests as `MANY`."""
ELSEWHERE = re.compile(r"\bv[12]\b|npq|application|outcome|funded|accept|reject|enrolments|legacy|csv")
CONTESTANTS = (f"stock, {FEW}", f"stock, {MANY:,}", f"our generated tests, {FEW}", "our whole suite")


@dataclass(frozen=True)
class Row:
    """What became of one fault: for each contestant, what was measured and which failures are the fault's."""

    fault: str
    measured: tuple[Measured, ...]
    found: tuple[frozenset[str], ...]


def chosen(names: Sequence[str], count: int) -> list[str]:
    """As many of the faults as asked for, evenly from the whole list."""
    here = [name for name in names if not ELSEWHERE.search(name)]
    return [here[place * len(here) // count] for place in range(min(count, len(here)))]


def measure(fault: str | None, document: Path, cache: Path) -> tuple[Measured, ...]:
    """Let every contestant test a sandbox with a fault."""
    with sandbox(fault) as address:
        theirs = stock(address, document, examples=EXAMPLES)
    with sandbox(fault) as address:
        generated = ours(address, cache, FEW)
    with sandbox(fault) as address:
        whole = ours(address, cache, FEW, SUITES)
    return (*theirs, generated, whole)


def table(rows: Sequence[Row], faultless: Sequence[Measured]) -> str:
    """The figures as Markdown."""
    lines = ["| fault | " + " | ".join(CONTESTANTS) + " |", "|---|" + "---|" * len(CONTESTANTS)]
    for row in rows:
        cells = [f"{'found' if found else '–'}" for found in row.found]
        lines.append(f"| {row.fault} | " + " | ".join(cells) + " |")
    sums = list(zip(*(row.measured for row in rows), strict=True))
    counts = [sum(bool(row.found[place]) for row in rows) for place in range(len(CONTESTANTS))]
    lines.append(f"| **found of {len(rows)}** | " + " | ".join(f"**{count}**" for count in counts) + " |")
    requests = [sum(each.requests for each in column) // len(rows) for column in sums]
    seconds = [sum(each.seconds for each in column) / len(rows) for column in sums]
    lines.append("| requests a fault | " + " | ".join(f"{each:,}" for each in requests) + " |")
    lines.append("| seconds a fault | " + " | ".join(f"{each:.1f}" for each in seconds) + " |")
    alarms = [len(each.failures) for each in faultless]
    lines.append("| false alarms on the faultless sandbox | " + " | ".join(map(str, alarms)) + " |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table and the bars, and give 1 if one is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=FAULTS, help="how many faults to try (default: %(default)s)")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="try this one; repeatable")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table to a file as well")
    asked = parser.parse_args()
    listed = subprocess.run(
        [sys.executable, "-m", "lead_provider_sandbox", "--list-faults"], capture_output=True, text=True, check=True
    )
    names = asked.fault or chosen([each for each in listed.stdout.splitlines() if each[:1].strip()], asked.faults)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        with sandbox() as address:
            document = document_for(address, Path(name))
        faultless = measure(None, document, Path(name))
        for fault in names:
            measured = measure(fault, document, Path(name))
            found = tuple(now.failures - before.failures for now, before in zip(measured, faultless, strict=True))
            rows.append(Row(fault, measured, found))
            told = ", ".join(f"{who} {'+' if each else '-'}" for who, each in zip(CONTESTANTS, found, strict=True))
            print(f"{fault}: {told}", file=sys.stderr, flush=True)
    text = table(rows, faultless)
    print(text)
    if asked.write:
        asked.write.parent.mkdir(parents=True, exist_ok=True)
        asked.write.write_text(text + "\n", encoding="utf-8")
    few, many, own, _ = (sum(bool(row.found[place]) for row in rows) for place in range(len(CONTESTANTS)))
    kept = own >= 3 * few and own > many
    print(f"{'kept' if kept else 'BROKEN'}: {own} at {FEW}; stock {few} at {FEW}, and {many} at {MANY:,}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

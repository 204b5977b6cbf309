"""What is found, side by side: stock `schemathesis run`, our generated tests, and if asked our whole suite, on the same
faults.

    python tools/benchmarks/side_by_side.py [--faults N] [--in-proportion] [--fault NAME …] [--whole] [--stock FILE]
                                      [--write FILE]

Each contestant tests a sandbox of its own that has one fault; `contestants.py` says how, and which configuration stock
Schemathesis gets. A fault counts as found by stock if a check fails for an operation for which it does not fail without
the fault, and by us if a requirement fails that does not fail without it. Bars: our generated tests find at 600
requests three times what stock finds at 600, and more than it finds at 3,000.

Without names the faults are those of `sample.py`: one of every kind, or more of each in turn; with `--in-proportion` as
many of each kind as the catalogue has. Stock takes by far the longest, and does not change when we do: with `--stock`
what it found is kept in a file, and taken from there the next time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contestants import FEW, GENERATED, MANY, SUITES, Measured, document_for, ours, sandbox, stock
from sample import in_proportion, in_turn, kind_of, kinds

EXAMPLES = 14
"""How many each operation's fuzzing gets, so that stock sends about as many requests as `MANY`."""
CONTESTANTS = (f"stock, {FEW}", f"stock, {MANY:,}", f"our generated tests, {FEW}", "our whole suite")


@dataclass(frozen=True)
class Row:
    """What became of one fault: for each contestant, what was measured and which failures are the fault's."""

    fault: str
    measured: tuple[Measured, ...]
    found: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Stock:
    """Stock Schemathesis with the contract as a `document`, and what it found before, if that is kept in a `file`."""

    document: Path
    file: Path | None

    def measured(self, fault: str | None) -> tuple[Measured, ...]:
        """What its first few requests find of a fault, and its first many."""
        for line in self._lines():
            if line["fault"] == fault:
                return tuple(Measured(**each | {"failures": frozenset(each["failures"])}) for each in line["measured"])
        with sandbox(fault) as address:
            measured = stock(address, self.document, examples=EXAMPLES)
        if self.file:
            kept = [asdict(each) | {"failures": sorted(each.failures)} for each in measured]
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"fault": fault, "measured": kept}) + "\n")
        return measured

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self.file and self.file.is_file():
            yield from map(json.loads, self.file.read_text(encoding="utf-8").splitlines())


def measure(fault: str | None, stock: Stock, cache: Path, suites: Sequence[Path]) -> tuple[Measured, ...]:
    """Let stock and each of our suites test a sandbox with a fault."""
    measured = list(stock.measured(fault))
    for each in suites:
        with sandbox(fault) as address:
            measured.append(ours(address, cache, FEW, each))
    return tuple(measured)


def table(rows: Sequence[Row], faultless: Sequence[Measured]) -> str:
    """The figures as Markdown."""
    contestants = CONTESTANTS[: len(faultless)]
    lines = ["| kind | fault | " + " | ".join(contestants) + " |", "|---|---|" + "---|" * len(contestants)]
    for row in rows:
        cells = [f"{'found' if found else '–'}" for found in row.found]
        lines.append(f"| {kind_of(row.fault)} | {row.fault} | " + " | ".join(cells) + " |")
    sums = list(zip(*(row.measured for row in rows), strict=True))
    counts = [sum(bool(row.found[place]) for row in rows) for place in range(len(contestants))]
    lines.append(f"| | **found of {len(rows)}** | " + " | ".join(f"**{count}**" for count in counts) + " |")
    requests = [sum(each.requests for each in column) // len(rows) for column in sums]
    seconds = [sum(each.seconds for each in column) / len(rows) for column in sums]
    lines.append("| | requests a fault | " + " | ".join(f"{each:,}" for each in requests) + " |")
    lines.append("| | seconds a fault | " + " | ".join(f"{each:.1f}" for each in seconds) + " |")
    alarms = [len(each.failures) for each in faultless]
    lines.append("| | false alarms on the faultless sandbox | " + " | ".join(map(str, alarms)) + " |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table and the bars, and give 1 if one is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=len(kinds()), help="how many (default: %(default)s, one a kind)")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="try this one; repeatable")
    parser.add_argument("--in-proportion", action="store_true", help="as many of each kind as the catalogue has")
    parser.add_argument("--whole", action="store_true", help="let our whole suite test them as well")
    parser.add_argument("--stock", type=Path, metavar="FILE", help="where to keep what stock finds, and take it from")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table to a file as well")
    asked = parser.parse_args()
    names = asked.fault or (in_proportion if asked.in_proportion else in_turn)(asked.faults)
    suites = (GENERATED, SUITES)[: 1 + asked.whole]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        with sandbox() as address:
            theirs = Stock(document_for(address, Path(name)), asked.stock)
        faultless = measure(None, theirs, Path(name), suites)
        for fault in names:
            measured = measure(fault, theirs, Path(name), suites)
            found = tuple(now.failures - before.failures for now, before in zip(measured, faultless, strict=True))
            rows.append(Row(fault, measured, found))
            told = ", ".join(f"{who} {'+' if each else '-'}" for who, each in zip(CONTESTANTS, found, strict=False))
            print(f"{fault}: {told}", file=sys.stderr, flush=True)
    text = table(rows, faultless)
    print(text)
    if asked.write:
        asked.write.parent.mkdir(parents=True, exist_ok=True)
        asked.write.write_text(text + "\n", encoding="utf-8")
    few, many, own = (sum(bool(row.found[place]) for row in rows) for place in range(3))
    kept = own >= 3 * few and own > many
    print(f"{'kept' if kept else 'BROKEN'}: {own} at {FEW}; stock {few} at {FEW}, and {many} at {MANY:,}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

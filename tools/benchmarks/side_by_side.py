"""Compare the faults found by stock `schemathesis run`, our generated tests, and optionally our whole suite.

    python tools/benchmarks/side_by_side.py [--faults N] [--in-proportion] [--fault NAME …] [--whole] [--stock FILE]
                                      [--write FILE]

Each contestant tests a new sandbox with one fault; `contestants.py` describes them. Stock finds a fault if a check
fails for an operation for which it passes without the fault. We find it if a requirement fails that passes without the
fault. Limits: our generated tests find three times as many faults with 600 requests as stock with 600, and more than
stock with 3,000.

Without names, `sample.py` selects the faults, one of each kind in turn, or in proportion with `--in-proportion`. Stock
is by far the slowest and does not depend on our code: `--stock FILE` caches its results.
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
"""Examples per operation with which stock sends about MANY requests."""
CONTESTANTS = (f"stock, {FEW}", f"stock, {MANY:,}", f"our generated tests, {FEW}", "our whole suite")


@dataclass(frozen=True)
class Row:
    """The measurements of one fault, and the failures that it caused, by contestant."""

    fault: str
    measured: tuple[Measured, ...]
    found: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Stock:
    """Stock Schemathesis with the contract `document` and an optional cache `file` of results."""

    document: Path
    file: Path | None

    def measured(self, fault: str | None) -> tuple[Measured, ...]:
        """Return the measurements of its first FEW and MANY requests, from the cache if possible."""
        for line in self._lines():
            if line["fault"] == fault:
                return tuple(Measured(**each | {"failures": frozenset(each["failures"])}) for each in line["measured"])
        with sandbox(fault) as address:
            measured = stock(address, self.document, examples=EXAMPLES)
        if self.file:
            lines_of = [asdict(each) | {"failures": sorted(each.failures)} for each in measured]
            with self.file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"fault": fault, "measured": lines_of}) + "\n")
        return measured

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self.file and self.file.is_file():
            yield from map(json.loads, self.file.read_text(encoding="utf-8").splitlines())


def measure(fault: str | None, stock: Stock, cache: Path, suites: Sequence[Path]) -> tuple[Measured, ...]:
    """Test a sandbox with a fault with every contestant."""
    measured = list(stock.measured(fault))
    for each in suites:
        with sandbox(fault) as address:
            measured.append(ours(address, cache, FEW, each))
    return tuple(measured)


def table(rows: Sequence[Row], faultless: Sequence[Measured]) -> str:
    """Return the results as a Markdown table."""
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
    lines.append("| | requests per fault | " + " | ".join(f"{each:,}" for each in requests) + " |")
    lines.append("| | seconds per fault | " + " | ".join(f"{each:.1f}" for each in seconds) + " |")
    alarms = [len(each.failures) for each in faultless]
    lines.append("| | false alarms on the faultless sandbox | " + " | ".join(map(str, alarms)) + " |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print the table; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--faults", type=int, default=len(kinds()), help="number of faults (default: %(default)s, one of each kind)"
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="test this fault; may be repeated")
    parser.add_argument("--in-proportion", action="store_true", help="each kind in proportion to its size")
    parser.add_argument("--whole", action="store_true", help="also run our whole suite")
    parser.add_argument("--stock", type=Path, metavar="FILE", help="cache the results of stock here")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table to a file as well")
    arguments = parser.parse_args()
    names = arguments.fault or (in_proportion if arguments.in_proportion else in_turn)(arguments.faults)
    suites = (GENERATED, SUITES)[: 1 + arguments.whole]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        with sandbox() as address:
            theirs = Stock(document_for(address, Path(name)), arguments.stock)
        faultless = measure(None, theirs, Path(name), suites)
        for fault in names:
            measured = measure(fault, theirs, Path(name), suites)
            found = tuple(now.failures - before.failures for now, before in zip(measured, faultless, strict=True))
            rows.append(Row(fault, measured, found))
            summary = ", ".join(
                f"{contestant} {'+' if each else '-'}" for contestant, each in zip(CONTESTANTS, found, strict=False)
            )
            print(f"{fault}: {summary}", file=sys.stderr, flush=True)
    text = table(rows, faultless)
    print(text)
    if arguments.write:
        arguments.write.parent.mkdir(parents=True, exist_ok=True)
        arguments.write.write_text(text + "\n", encoding="utf-8")
    few, many, own = (sum(bool(row.found[place]) for row in rows) for place in range(3))
    passed = own >= 3 * few and own > many
    print(f"{'passed' if passed else 'FAILED'}: {own} at {FEW}; stock {few} at {FEW}, and {many} at {MANY:,}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

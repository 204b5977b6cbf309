"""`python -m tools.proof`: run the suite against the sandbox's faults.

Without names against all of them, after a look at the sandbox without any; then the matrix and its page are written.
With names against those alone, and their rows are put in the place of the old ones; or `--results FILE` takes what was
found, a line of JSON for each, and nothing else is written.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION
from lead_provider_sandbox.faults.catalogue import Fault, catalogue

from . import matrix, page
from .expectations import expectation
from .forks import Forks
from .serving import seeded, served
from .work import Work

SUITES = Path(__file__).parents[2] / "suites"
QUIETLY = (
    "-s",
    "-p",
    "no:terminal",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:allure_pytest",
    "-p",
    "no:xdist",
    "-W",
    "ignore",
)
TOKENS = ("ambition-sandbox-token-1", "teach-well-sandbox-token-2")
OTHER_KIND_TOKEN = "engage-and-learn-sandbox-token-4"


def main() -> int:
    """Run the command; returns 1 if a fault was not caught, or the sandbox without faults is not conformant."""
    asked = _arguments()
    faults = catalogue()
    if unknown := sorted(set(asked.fault) - faults.keys()):
        sys.exit(f"There is no fault {unknown[0]}; lead-provider-sandbox --list-faults prints those there are.")
    kept = matrix.read() if asked.fault or asked.new else {}
    new = [name for name, fault in faults.items() if not matrix.holds(kept.get(name), expectation(fault))]
    names = new if asked.new else asked.fault or list(faults)
    by_edition: dict[str, list[Fault]] = defaultdict(list)
    for name in names:
        expected = expectation(faults[name])
        by_edition[(expected and expected.edition) or DEFAULT_EDITION].append(faults[name])
    works = []
    for edition, chosen in by_edition.items():
        works.append(Work(chosen, kept=kept if asked.results else {}, whole=asked.whole, at_once=asked.at_once))
        _do(works[-1], edition)
    problems = {name: told for work in works for name, told in work.problems.items()}
    if asked.results:
        lines = [json.dumps(line) + "\n" for work in works for line in work.results()]
        asked.results.write_text("".join(lines), encoding="utf-8")
    else:
        found = kept | {name: row for work in works for name, row in work.rows.items()}
        rows = {name: found[name] for name in faults if name in found and name not in problems}
        matrix.FILE.write_text(matrix.written(rows), encoding="utf-8")
        page.FILE.write_text(page.page(page.Proof(faults, rows, Registry.load())), encoding="utf-8")
    for name, told in problems.items():
        print(f"{name}: {'; '.join(told)}")
    return 1 if problems else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.proof", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("fault", nargs="*", help="only these faults (default: all, and write the matrix and its page)")
    parser.add_argument(
        "--new", action="store_true", help="only the faults that the matrix does not hold as is expected now"
    )
    parser.add_argument("--whole", action="store_true", help="run every test that meets a faulty part")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="runs at once (default: %(default)s)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write what was found here, as lines of JSON")
    return parser.parse_args()


def _do(work: Work, edition: str) -> None:
    """Collect the suites of an edition once, against a sandbox without faults, and let the work be done with them."""
    with tempfile.TemporaryDirectory(prefix="proof-") as name:
        folder = Path(name)
        database = seeded(folder, edition)
        aside = folder / "aside"
        aside.mkdir()
        with served(database, aside, edition=edition) as sandbox:
            target = {
                "name": "sandbox",
                "base_url": sandbox.address,
                "provisioning": {"url": sandbox.provisioning, "states": ["ect.not-registered"]},
                "tokens": TOKENS,
                "other_kind_token": OTHER_KIND_TOKEN,
                "versions": ["v1", "v2", "v3"],
                "programmes": ["ecf", "npq"],
                "safety": "sandbox",
                "edition": edition,
            }
            file = folder / "target.yaml"
            file.write_text(json.dumps(target), encoding="utf-8")
            options = ("--target", str(file), "--profile", "quick", "--report-dir", str(folder / "collected"))
            pytest.main([str(SUITES), *QUIETLY, *options], plugins=[Forks(database, folder / "jobs", work, edition)])


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tools.proof`: run the suite against the faults of the sandbox.

Without names, run every fault, and write the matrix and its page. With names, run these faults and update their rows.
With `--results FILE`, write the results to that file, one JSON object per line, and change nothing else.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_sandbox.faults.catalogue import Fault, catalogue

from . import matrix, page
from .expectations import expectation_for
from .proof_run import ProofRun
from .services import ORIGINAL, Service
from .session import run_session
from .show import UnknownNameError, describe


def main() -> int:
    """Run the command; return 1 if a fault was not caught, or the sandbox without faults is not conformant."""
    arguments = _arguments()
    if arguments.show:
        return _show(arguments.show)
    if arguments.page:
        _write_page(page.Proof.load())
        return 0
    faults = catalogue()
    if unknown := sorted(set(arguments.fault) - faults.keys()):
        sys.exit(f"There is no fault {unknown[0]}. List faults with: lead-provider-sandbox --list-faults")
    known = matrix.read_matrix() if arguments.fault or arguments.new else {}
    names = arguments.fault or list(faults)
    if arguments.new:
        names = [name for name in faults if not matrix.is_current(known.get(name), expectation_for(faults[name]))]
    by_service: dict[Service, list[Fault]] = defaultdict(list)
    for name in names:
        expected = expectation_for(faults[name])
        by_service[expected.service if expected else ORIGINAL].append(faults[name])
    runs = []
    for service, selected in by_service.items():
        repeatable = known if arguments.results else {}
        runs.append(ProofRun(service, selected, repeatable, all_tests=arguments.all_tests, workers=arguments.workers))
        run_session(runs[-1], service)
    problems = {name: sentences for run in runs for name, sentences in run.problems.items()}
    if arguments.results:
        lines = [json.dumps(line) + "\n" for run in runs for line in run.results()]
        arguments.results.write_text("".join(lines), encoding="utf-8")
    else:
        updated = known | {name: row for run in runs for name, row in run.rows.items()}
        rows = {name: updated[name] for name in faults if name in updated and name not in problems}
        matrix.FILE.write_text(matrix.dump_matrix(rows), encoding="utf-8")
        _write_page(page.Proof(faults, rows, Registry.load()))
    for name, sentences in problems.items():
        print(f"{name}: {'; '.join(sentences)}")
    return 1 if problems else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.proof", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("fault", nargs="*", help="run only these faults (default: all)")
    parser.add_argument("--new", action="store_true", help="run the faults whose rows are missing or outdated")
    parser.add_argument("--show", metavar="NAME", help="print the row of a fault, or the faults a requirement catches")
    parser.add_argument("--page", action="store_true", help="write docs/proof.md from the stored matrix")
    parser.add_argument("--all-tests", action="store_true", help="run every test that reaches a faulty part")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="parallel jobs (default: %(default)s)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write results here as JSON lines, nothing else")
    return parser.parse_args()


def _show(name: str) -> int:
    try:
        print("\n".join(describe(page.Proof.load(), name)))
    except UnknownNameError as error:
        sys.exit(str(error))
    return 0


def _write_page(proof: page.Proof) -> None:
    page.FILE.write_text(page.render_page(proof), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

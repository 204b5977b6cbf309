"""Measure how many faults a run finds with its first 100, 300, 600 and 1,000 requests, beside stock Schemathesis.

    python tools/benchmarks/faults_per_request.py [--faults N] [--salt TEXT] [--service original|ect|npq]
        [--no-stock] [--stock FILE] [--write FILE]

Both test version 3, ECF, of a new sandbox with one fault: of the original service, or with `--service` of another one,
which stock does not test. We run the whole suite at profile `standard`, in the order of a run in one process, up to the
first test with a failed requirement. A fault is found with the last request that this requirement needed.
`contestants.py` describes stock; a check that fails without the fault does not count.

The faults are the first of those that `make proof` catches in this scope, ordered by the SHA-256 of their names. With
`--salt TEXT` they are others: it is put before each name. Stock is by far the slowest and does not depend on our code:
`--stock FILE` caches its results.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contestants import document_for, sandbox, stock_requests
from sample import caught_in, rank

from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import catalogue

sys.path.insert(0, str(Path(__file__).parents[2]))

from tools.proof.expectations import expectation_for
from tools.proof.fork_pool import Findings, ForkPool, Job
from tools.proof.matrix import requests_of
from tools.proof.services import ORIGINAL, SUCCESSORS, Service
from tools.proof.session import run_session
from tools.proof.suite import Suite

FAULTS = 100
SERVICES = {"original": ORIGINAL, "ect": Service(SUCCESSORS, "ecf"), "npq": Service(SUCCESSORS, "npq")}
POINTS = {100: None, 300: 0.60, 600: 0.85, 1_000: 0.95}
"""The numbers of requests, with the least share of the faults that we find."""
EXAMPLES = 6
"""Examples per operation with which stock sends more than 1,000 requests."""

Position = int | None
"""The number of the request with which a fault is found; None if it is not."""


@dataclass
class FaultHunt:
    """Run the suite against each fault until a requirement fails; `found` has the number of the request."""

    faults: Sequence[str]
    scope: Scope
    found: dict[str, Position] = field(default_factory=dict)

    def __call__(self, pool: ForkPool) -> None:
        """Run the tests, and print each result."""
        tests = Suite.from_items(pool.items).in_scope(self.scope)
        for result in pool.run(Job(fault, self.scope, tests, (fault,), is_enough=_has_failed) for fault in self.faults):
            failed = result.with_outcome("failed")
            position = min(map(requests_of, failed), default=None)
            if result.error:
                sys.exit(f"{result.job.name}: {result.error}")
            self.found[result.job.name] = position
            print(f"{result.job.name}: {position}", file=sys.stderr, flush=True)


def _is_of_service(fault: str, service: Service) -> bool:
    """Return whether a fault belongs to a service: several have scopes of the same name."""
    expectation = expectation_for(catalogue()[fault])
    return expectation is not None and expectation.service == service


def _has_failed(findings: Findings) -> bool:
    return any(finding["outcome"] == "failed" for finding in findings)


def stock_positions(faults: Sequence[str], cache: Path | None) -> dict[str, Position]:
    """Return the number of the request with which stock finds each fault, from the cache if possible."""
    known = _cached(cache)
    with tempfile.TemporaryDirectory() as name, sandbox() as address:
        document = document_for(address, Path(name))
        without = {
            check for _, _, failed in stock_requests(address, document, examples=EXAMPLES)[0] for check in failed
        }
        for fault in (each for each in faults if each not in known):
            with sandbox(fault) as faulty:
                sent, _ = stock_requests(faulty, document, examples=EXAMPLES)
            known[fault] = next((number for number, each in enumerate(sent, 1) if set(each[2]) - without), None)
            print(f"{fault}: stock {known[fault]} of {len(sent)}", file=sys.stderr, flush=True)
            if cache:
                with cache.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps([fault, known[fault]]) + "\n")
    return {fault: known[fault] for fault in faults}


def _cached(cache: Path | None) -> dict[str, Position]:
    lines = cache.read_text(encoding="utf-8").splitlines() if cache and cache.is_file() else []
    return dict(map(json.loads, lines))


def share(positions: Mapping[str, Position], requests: int) -> float:
    """Return the share of the faults that are found with this number of requests."""
    return sum(each is not None and each <= requests for each in positions.values()) / len(positions)


def table(contestants: Mapping[str, Mapping[str, Position]]) -> str:
    """Return the shares as a Markdown table."""
    header = "| | " + " | ".join(f"{requests:,} requests" for requests in POINTS) + " |"
    lines = [header, "|---" * (len(POINTS) + 1) + "|"]
    for name, positions in contestants.items():
        lines.append(f"| {name} | " + " | ".join(f"{share(positions, each):.0%}" for each in POINTS) + " |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print the table; return 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=FAULTS, help="number of faults (default: %(default)s)")
    parser.add_argument("--salt", default="", metavar="TEXT", help="draw other faults")
    parser.add_argument("--service", choices=SERVICES, default="original", help="default: %(default)s")
    parser.add_argument("--no-stock", action="store_true", help="measure our suite only")
    parser.add_argument("--stock", type=Path, metavar="FILE", help="cache the results of stock here")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table to a file as well")
    arguments = parser.parse_args()
    service = SERVICES[arguments.service]
    scope = Scope("v3", service.programme or "ecf")
    caught = [each for each in caught_in(str(scope)) if _is_of_service(each, service)]
    faults = sorted(caught, key=lambda each: rank(each, arguments.salt))[: arguments.faults]
    hunt = FaultHunt(faults, scope)
    run_session(hunt, service, profile="standard")
    contestants = {"our suite": hunt.found}
    if not arguments.no_stock and service == ORIGINAL:
        contestants["stock Schemathesis"] = stock_positions(faults, arguments.stock)
    text = table(contestants)
    print(text)
    if arguments.write:
        arguments.write.write_text(text + "\n", encoding="utf-8")
    missed = [f"{least:.0%} at {each:,}" for each, least in POINTS.items() if least and share(hunt.found, each) < least]
    print(f"FAILED: less than {', '.join(missed)}" if missed else "passed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

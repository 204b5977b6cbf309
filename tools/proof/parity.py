"""`python -m tools.proof.parity [FAULT …]`: compare the sandbox with itself, and with single faults of it.

With several seeds, the sandbox has to be the same as itself. Faults are those named, or `--sample` of them, drawn by
the hash of their names. A fault counts as shown by reads if the faulty server marks the response to one of them, and
that is not the response of the other server. Then a difference has to be in a marked response; others may follow from
it. The exit status is 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.options import DEFAULT_SEED
from lead_provider_conformance.config.target import Target
from lead_provider_conformance.model import Outcome, Safety, Scope
from lead_provider_conformance.parity import pairs, responses
from lead_provider_conformance.parity.pairs import ReadPair, ReplyPair
from lead_provider_conformance.parity.run import ParityOptions, run_parity
from lead_provider_conformance.parity.scope_comparison import Effort
from lead_provider_conformance.parity.side import Reply
from lead_provider_conformance.results.journal import Finding, read_journals
from lead_provider_sandbox.faults.catalogue import catalogue
from lead_provider_sandbox.sandbox import Options, Sandbox

from .evidence import sampled
from .expectations import expectation_for
from .fault_marks import HEADER, mark_faults
from .matrix import read_matrix
from .sandboxes import DATABASE, seed_database, serve_sandbox
from .services import ORIGINAL, Service, parse_place

TOKENS = ("ambition-sandbox-token-1", "teach-well-sandbox-token-2")
RECORDS, REQUESTS = 5, 100
MOST_LINES = 4
SEEDS = 20
OWN_VALUE = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
"""The ids and times that each server makes in a write."""
GOAL = 0.95
"""The part of the faults shown by reads that has to be found."""


@dataclass(frozen=True)
class Result:
    """The comparison with one fault.

    `marked` counts the marked responses, and `changed` those that differ from the response of the other server.
    `wrong` are differences in responses that are not marked.
    """

    fault: str
    marked: int
    changed: int
    reasons: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def word(self) -> str:
        """Whether the fault was found."""
        if self.reasons:
            return "found" if len(self.wrong) < len(self.reasons) else "WRONG"
        if self.changed:
            return "MISSED"
        return "marked, but the same" if self.marked else "not shown by reads"


def compared(
    left: str, right: str, service: Service, scope: Scope, folder: Path, journeys: int = 0
) -> tuple[Finding, ...]:
    """Compare two servers in a scope, and return the differences. `folder` gets the journals."""
    sides = [
        Target(name, url, tokens=TOKENS, safety=Safety.SANDBOX) for name, url in (("left", left), ("right", right))
    ]
    run_parity(
        ParityOptions(
            left=sides[0],
            right=sides[1],
            folder=folder,
            effort=Effort(records=RECORDS, requests=REQUESTS, journeys=journeys, seed=DEFAULT_SEED),
            edition=service.edition,
            versions=[scope.version],
            programmes=[scope.programme],
        ),
        lambda sentence: _print(f"  {sentence}"),
    )
    return tuple(each for each in read_journals(folder).findings if each.outcome is Outcome.FAILED)


@contextlib.contextmanager
def counting_marks() -> Iterator[Counter[str]]:
    """Count the pairs whose right response is `marked`, and those in which it is also `changed`; ignore the mark."""
    marks = Counter[str]()
    received, ignored = pairs._received, responses.IGNORED_HEADERS

    def counted(read: ReadPair, left: Future[Reply], right: Future[Reply]) -> ReplyPair:
        pair = received(read, left, right)
        if HEADER in pair.right.headers:
            marks["marked"] += 1
            marks["changed"] += _content(pair.left) != _content(pair.right)
        return pair

    with contextlib.ExitStack() as stack:
        stack.callback(setattr, pairs, "_received", received)
        stack.callback(setattr, responses, "IGNORED_HEADERS", ignored)
        pairs._received = counted
        responses.IGNORED_HEADERS = ignored | {HEADER}
        yield marks


def _content(reply: Reply) -> tuple[Any, ...]:
    headers = {name: value for name, value in reply.headers.items() if name not in (HEADER, "date")}
    body = OWN_VALUE.sub(b"", reply.body) if reply.read.method != "GET" else reply.body
    return reply.status, body, headers


@cache
def seed_of(service: Service, folder: Path) -> Path:
    """Return the database of a new sandbox, made in `folder` once in each process."""
    own = folder / f"{service}-{os.getpid()}"
    own.mkdir()
    return seed_database(own, service)


def with_fault(seeds: Path, journeys: int, name: str) -> Result:
    """Compare a clean sandbox with one that has a fault, in the scope in which the suite tests the fault."""
    expected = expectation_for(catalogue()[name])
    assert expected is not None
    _, scope = parse_place(read_matrix()[name].scope)
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folders = [Path(temporary) / each for each in ("left", "right", "report")]
        for each in folders:
            each.mkdir()
        seed, service = seed_of(expected.service, seeds), expected.service
        left = stack.enter_context(serve_sandbox(seed, folders[0], service))
        right = stack.enter_context(serve_sandbox(seed, folders[1], service, faults=(name,), prepare=mark_faults))
        marks = stack.enter_context(counting_marks())
        found = compared(left.api, right.api, service, scope, folders[2], journeys)
        exchanges = read_journals(folders[2]).exchanges
        wrong = [each for each in found if not any(_is_marked(exchanges[right]) for right in each.exchanges[1::2])]
        return Result(name, marks["marked"], marks["changed"], _reasons(found), _reasons(wrong))


def _is_marked(exchange: Any) -> bool:
    return exchange["response"] is None or HEADER in exchange["response"]["headers"]


def _reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(f"{each.requirement}: {each.reason}" for each in findings)


def with_itself(journeys: int, number: int) -> tuple[str, ...]:
    """Compare two sandboxes with the same seed, and return the differences."""
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        database = Path(temporary) / DATABASE
        with Sandbox(Options(database=f"sqlite:///{database}", edition=ORIGINAL.edition, seed=number)):
            folders = [Path(temporary) / each for each in ("left", "right")]
        for each in folders:
            each.mkdir()
        urls = [stack.enter_context(serve_sandbox(database, each)).api for each in folders]
        scope = ORIGINAL.scopes[number % len(ORIGINAL.scopes)]
        return _reasons(compared(urls[0], urls[1], ORIGINAL, scope, Path(temporary) / "report", journeys))


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tools.proof.parity", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("fault", nargs="*", help="compare only with these faults")
    parser.add_argument("--sample", type=int, default=300, metavar="N", help="number of faults (default: %(default)s)")
    parser.add_argument(
        "--seeds", type=int, metavar="N", help=f"number of seeds (default: {SEEDS}, or none with faults)"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="parallel jobs (default: %(default)s)")
    parser.add_argument("--journeys", type=int, default=0, metavar="N", help="journeys with writes (default: none)")
    arguments = parser.parse_args()
    known = read_matrix()
    names = arguments.fault or sampled([each for each in catalogue() if each in known], arguments.sample)
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(arguments.workers, mp_context=context) as pool:
        number = arguments.seeds if arguments.seeds is not None else 0 if arguments.fault else SEEDS
        seeds = list(range(1, number + 1))
        different = 0
        for number, reasons in zip(seeds, pool.map(partial(with_itself, arguments.journeys), seeds), strict=True):
            different += bool(reasons)
            _print(f"seed {number}: {'; '.join(reasons) or 'the same'}")
        results = []
        for result in pool.map(partial(with_fault, Path(folder), arguments.journeys), names):
            results.append(result)
            _print(
                f"{result.fault}: {result.word}"
                + "".join(f"\n  {each}" for each in (result.wrong or result.reasons)[:MOST_LINES])
            )
    return _report(results, len(seeds), different)


def _report(results: Sequence[Result], seeds: int, different: int) -> int:
    words = Counter(each.word for each in results)
    shown = sum(words[each] for each in ("found", "MISSED", "WRONG"))
    found = words["found"] / shown if shown else 1.0
    _print(
        f"{seeds} seeds, {different} with a difference. {len(results)} faults, {shown} shown by reads: "
        f"{words['found']} found ({found:.1%}), {words['MISSED']} missed, {words['WRONG']} with another cause."
    )
    return 0 if found >= GOAL and not different else 1


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

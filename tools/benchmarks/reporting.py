"""Measure time and memory of the reports for a run with 3,000 exchanges.

The baseline reads the same two journals with `json.loads`, line by line. Run with
`.venv/bin/python tools/benchmarks/reporting.py`; the benchmark fails if a limit is exceeded.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lead_provider_conformance.model import Outcome, Scope
from lead_provider_conformance.reports.write import write_reports
from lead_provider_conformance.results import journal
from lead_provider_conformance.results.verdict import Verdict

REQUIREMENTS, EXCHANGES = 400, 3_000
FAILS_ONE_IN = 10
MAX_SECONDS, MAX_MEBIBYTES, MAX_PAGE_MEBIBYTES = 3.0, 300, 3.0
ROUNDS = 3


def main() -> int:
    """Measure, print, and return 1 if a limit is exceeded."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_journals(folder)
        baseline = fastest(lambda: read_lines(folder))
        seconds = fastest(lambda: write_reports(Verdict.of(journal.read_journals(folder)), folder))
        page = (folder / "report.html").stat().st_size / 2**20
        journals = sum((folder / each).stat().st_size for each in (journal.RESULTS, journal.EXCHANGES)) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"journals       {journals:6.1f} MiB, {EXCHANGES:,} exchanges")
    print(f"json.loads     {baseline:6.2f} s")
    print(f"all reports    {seconds:6.2f} s   {seconds / baseline:.1f} times json.loads; limit {MAX_SECONDS} s")
    print(f"peak memory    {peak:6.0f} MiB; limit {MAX_MEBIBYTES} MiB")
    print(f"report.html    {page:6.2f} MiB; limit {MAX_PAGE_MEBIBYTES} MiB")
    return int(seconds > MAX_SECONDS or peak > MAX_MEBIBYTES or page > MAX_PAGE_MEBIBYTES)


def fastest(work: Callable[[], object]) -> float:
    """Return the shortest time of several calls of `work`, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def read_lines(folder: Path) -> int:
    """Parse every line and return the total number of members."""
    return sum(
        len(json.loads(line))
        for each in (journal.RESULTS, journal.EXCHANGES)
        for line in (folder / each).read_bytes().splitlines()
    )


def write_journals(folder: Path) -> None:
    """Write journals in which one requirement in ten fails, with responses of the largest recorded size."""
    written = journal.Journal(folder)
    for line in opening():
        written.write_result(line)
    people = json.dumps({"data": [person(number) for number in range(60)]})[: 16 * 1024]
    for number in range(EXCHANGES):
        requirement = f"area-{number % 12}/rule-{number % REQUIREMENTS}"
        fails = number % REQUIREMENTS % FAILS_ONE_IN == 0
        each = exchange(written.next_exchange_id(), people, requirement if fails else None)
        written.write_exchange(each)
        written.write_result(finding(requirement, each["id"], fails, number))
    written.write_result({"kind": "end", "ending": "finished", "at": "2026-11-22T10:05:00.000Z"})


def opening() -> Iterator[dict[str, Any]]:
    """Yield the first lines of the results."""
    yield {
        "kind": "run",
        "format": journal.FORMAT,
        "id": str(uuid.UUID(int=1)),
        "started_at": "2026-11-22T10:00:00.000Z",
        "suite": {"version": "0.1.0"},
        "contract": {"edition": "2024-12", "hashes": {"v3": "0" * 64}},
        "target": {
            "name": "synthetic",
            "description": "",
            "base_url": "https://lead-provider.example",
            "safety": "sandbox",
            "tokens": 2,
        },
        "profile": "full",
        "seed": 1,
        "machine": {"python": "3.11", "platform": "any"},
    }
    yield {
        "kind": "plan",
        "scopes": [{"version": "v3", "programme": "ecf"}],
        "requirements": [
            {
                "id": f"area-{number % 12}/rule-{number}",
                "level": "MUST",
                "versions": ["v3"],
                "programmes": ["ecf"],
                "statement": "filter[updated_since] returns only records updated since then.",
                "sources": ["published OpenAPI v3, December 2024"],
            }
            for number in range(REQUIREMENTS)
        ],
        "waivers": [],
    }


def person(number: int) -> dict[str, Any]:
    """Return a list item."""
    return {
        "id": str(uuid.UUID(int=number)),
        "type": "participant",
        "attributes": {"full_name": f"Person {number}", "cohort": 2023, "updated_at": "2024-11-02T09:14:07Z"},
    }


def exchange(exchange_id: str, people: str, broken: str | None) -> dict[str, Any]:
    """Return an exchange with a long list, and with a violation if `broken` names a requirement."""
    where = "/data/7/attributes/cohort"
    return {
        "kind": "exchange",
        "id": exchange_id,
        "test": "suites/rules/test_lists.py::test_list",
        "at": "2026-11-22T10:00:01.000Z",
        "version": "v3",
        "programme": "ecf",
        "operation": "list_ecf_participants",
        "deliberate": None,
        "request": {
            "method": "GET",
            "url": "https://lead-provider.example/api/v3/participants/ecf?page[page]=1&page[per_page]=100",
            "headers": {"Authorization": "Bearer $TOKEN", "Accept": "application/json"},
            "body": None,
        },
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/vnd.api+json"},
            "body": people,
            "bytes": 90_000,
            "cut": True,
        },
        "error": None,
        "seconds": 0.02,
        "violations": [{"requirement": broken, "where": where, "message": "2023 is not a string"}] if broken else [],
    }


def finding(requirement: str, exchange_id: str, fails: bool, number: int) -> dict[str, Any]:
    """Return the finding of one exchange."""
    return journal.Finding(
        requirement=requirement,
        scope=Scope("v3", "ecf"),
        outcome=Outcome.FAILED if fails else Outcome.PASSED,
        test=f"suites/rules/test_lists.py::test_list[{number}]",
        reason="/data/7/attributes/cohort: 2023 is not a string" if fails else None,
        checked_at="suites/rules/test_lists.py:12",
        exchanges=(exchange_id,),
    ).to_line()


if __name__ == "__main__":
    sys.exit(main())

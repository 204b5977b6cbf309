"""The matrix in `tools/proof/proof.json`: the requirements that caught each fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .expectations import Expectation
from .fork_pool import JobResult

FILE = Path(__file__).with_name("proof.json")


@dataclass(frozen=True)
class Catch:
    """The test in which a requirement caught a fault, and the number of requests that the run had sent by then."""

    test: str
    requests: int


@dataclass(frozen=True)
class Row:
    """The result for one fault: the scope of the run, the expected catches, and other requirements that failed."""

    scope: str
    caught: Mapping[str, Catch]
    also: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """The number of requests until the first catch."""
        return min(catch.requests for catch in self.caught.values())


Matrix = Mapping[str, Row]
"""A row for each fault, by its name."""


def row_from(result: JobResult, expected: Expectation) -> Row:
    """Return the row of a fault from the result of its job."""
    catches = expected.catches(result.findings)
    failed = {finding["requirement"] for finding in result.with_outcome("failed")}
    caught = {
        requirement: Catch(catches[requirement]["test"], requests_of(catches[requirement]))
        for requirement in sorted(catches)
    }
    return Row(str(result.job.scope), caught, tuple(sorted(failed - caught.keys())))


def problems_in(result: JobResult, expected: Expectation) -> list[str]:
    """Return the errors of a job, and a sentence for each requirement that did not fail for the expected reason."""
    problems = [result.error] if result.error else []
    problems += [
        f"suite-error of {finding['requirement']}: {finding['reason']}"
        for finding in result.with_outcome("suite-error")
    ]
    catches = expected.catches(result.findings)
    for requirement, pattern in expected.patterns.items():
        if requirement not in catches:
            failed = result.with_outcome("failed")
            reasons = [finding["reason"] for finding in failed if finding["requirement"] == requirement]
            actual = f"it failed for {reasons}" if reasons else "it did not fail"
            problems.append(f"{requirement} should fail for a reason that matches {pattern!r}; {actual}")
    return problems


def is_current(row: Row | None, expected: Expectation | None) -> bool:
    """Return whether a row, or its absence, agrees with the expectation."""
    if expected is None or not expected.must_be_caught:
        return row is None
    return row is not None and row.caught.keys() == expected.patterns.keys()


def read_matrix(file: Path = FILE) -> dict[str, Row]:
    """Return the stored matrix, or an empty one if there is no file."""
    if not file.is_file():
        return {}
    return {name: _row(row) for name, row in json.loads(file.read_text(encoding="utf-8")).items()}


def dump_matrix(matrix: Matrix) -> str:
    """Return the matrix as JSON with one line per fault."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(row_as_json(row), separators=(',', ':'))}" for name, row in matrix.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def row_as_json(row: Row) -> dict[str, Any]:
    """Return a row as a JSON object."""
    caught = {requirement: [catch.test, catch.requests] for requirement, catch in row.caught.items()}
    return {"scope": row.scope, "caught": caught, **({"also": list(row.also)} if row.also else {})}


def _row(content: Mapping[str, Any]) -> Row:
    caught = {requirement: Catch(*catch) for requirement, catch in content["caught"].items()}
    return Row(content["scope"], caught, tuple(content.get("also", ())))


def requests_of(finding: Mapping[str, Any]) -> int:
    """Return the number of the last exchange of a finding; exchanges are numbered in order."""
    numbers = [int(exchange.rpartition("-")[2]) for exchange in finding["exchanges"]]
    return max(numbers, default=0)

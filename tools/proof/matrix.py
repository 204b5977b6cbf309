"""The matrix: what caught each fault, as it was found by `make proof` and is kept in `tools/proof/proof.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .expectations import Expectation
from .forks import Ended

FILE = Path(__file__).with_name("proof.json")


@dataclass(frozen=True)
class Catch:
    """How a requirement caught a fault: with which test, and after how many requests of the run."""

    test: str
    requests: int


@dataclass(frozen=True)
class Row:
    """What became of a fault: where it was looked for, what caught it for its own cause, and what else failed."""

    scope: str
    caught: Mapping[str, Catch]
    also: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """After how many requests it was caught first."""
        return min(catch.requests for catch in self.caught.values())


Matrix = Mapping[str, Row]
"""A row for each fault, by its name."""


def row_of(ended: Ended, expected: Expectation) -> Row:
    """The row of a fault from the run against it."""
    found = expected.caught_by(ended.findings)
    failed = {each["requirement"] for each in ended.with_outcome("failed")}
    caught = {each: Catch(found[each]["test"], _requests(found[each])) for each in sorted(found)}
    return Row(str(ended.job.scope), caught, tuple(sorted(failed - caught.keys())))


def problems_of(ended: Ended, expected: Expectation) -> list[str]:
    """What is wrong with a run against a fault: it broke down, or it did not catch the fault for its own cause."""
    problems = [ended.problem] if ended.problem else []
    problems += [
        f"suite-error of {each['requirement']}: {each['reason']}" for each in ended.with_outcome("suite-error")
    ]
    caught = expected.caught_by(ended.findings)
    for requirement, pattern in expected.patterns.items():
        if requirement not in caught:
            reasons = [each["reason"] for each in ended.with_outcome("failed") if each["requirement"] == requirement]
            told = f"fails, but for {reasons}" if reasons else "does not fail"
            problems.append(f"{requirement} should fail for a reason that has {pattern!r}; it {told}")
    return problems


def holds(row: Row | None, expected: Expectation | None) -> bool:
    """Whether a row, or that there is none, is what is expected of a fault."""
    if expected is None or not expected.looked_for:
        return row is None
    return row is not None and row.caught.keys() == expected.patterns.keys()


def read(file: Path = FILE) -> dict[str, Row]:
    """The matrix as it is kept; empty if there is none."""
    if not file.is_file():
        return {}
    return {name: _row(kept) for name, kept in json.loads(file.read_text(encoding="utf-8")).items()}


def written(matrix: Matrix) -> str:
    """The matrix as it is kept: JSON, a line for each fault."""
    lines = [f"{json.dumps(name)}: {json.dumps(content(row), separators=(',', ':'))}" for name, row in matrix.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _row(kept: Mapping[str, Any]) -> Row:
    caught = {requirement: Catch(*catch) for requirement, catch in kept["caught"].items()}
    return Row(kept["scope"], caught, tuple(kept.get("also", ())))


def content(row: Row) -> dict[str, Any]:
    """A row as it is kept."""
    caught = {requirement: [catch.test, catch.requests] for requirement, catch in row.caught.items()}
    return {"scope": row.scope, "caught": caught, **({"also": list(row.also)} if row.also else {})}


def _requests(finding: Mapping[str, Any]) -> int:
    """The number of the exchange that shows it: they are numbered as they are made."""
    numbers = [int(exchange.rpartition("-")[2]) for exchange in finding["exchanges"]]
    return max(numbers, default=0)

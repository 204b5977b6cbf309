"""`report.html` of a comparison: do two servers behave the same? Each difference with both responses side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.model import Outcome
from lead_provider_conformance.reports import summary
from lead_provider_conformance.reports.evidence import Evidence, EvidenceBuilder, Step
from lead_provider_conformance.reports.html import STYLES, render
from lead_provider_conformance.reports.summary import Failure
from lead_provider_conformance.results.verdict import Verdict

MAX_OPEN = 3
"""The differences whose responses are open at first."""


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """A difference in some operations, with the responses of both servers in the first of them; None if unknown."""

    failure: Failure
    place: str
    kind: str
    operations: tuple[tuple[str, str], ...]
    """Each operation with its sentence."""
    left: Step | None
    right: Step | None
    write: tuple[Step, Step] | None
    """The responses to the write before, if the difference is there after one."""


@dataclass(frozen=True, slots=True)
class ComparedOperation:
    """The extent of the comparison of an operation, and the latencies of both servers in seconds."""

    version: str
    operation: str
    requests: int
    records: int
    ways: Mapping[str, int]
    left: Mapping[str, float]
    right: Mapping[str, float]

    @property
    def ratio(self) -> float | None:
        """The ratio of p95 of the right server to that of the left one."""
        left, right = self.left.get("p95"), self.right.get("p95")
        return right / left if left and right else None


def parity_html(verdict: Verdict) -> str:
    """Return the text of `report.html` of a comparison."""
    builder = EvidenceBuilder(verdict.journals.exchanges)
    differences, excluded = (
        [_difference(each, builder, verdict) for each in summary.failures(verdict, outcome)]
        for outcome in (Outcome.FAILED, Outcome.WAIVED)
    )
    return render(
        "parity.html.j2",
        verdict,
        [Evidence(each.failure, True, (), 0) for each in (*differences, *excluded)],
        styles=(*STYLES, "parity.css"),
        differences=differences,
        excluded=excluded,
        obstacles=summary.obstacles(verdict),
        compared=_compared(verdict),
        changes=[line for line in verdict.journals.script if line["kind"] == "contract-change"],
        journeys=[line for line in verdict.journals.script if line["kind"] == "journey"],
        waived=[],
        MAX_OPEN=MAX_OPEN,
    )


def _difference(failure: Failure, builder: EvidenceBuilder, verdict: Verdict) -> ShownDifference:
    first = failure.findings[0]
    exchanges = [verdict.journals.exchanges[each] for each in first.exchanges if each in verdict.journals.exchanges]
    steps: list[Any] = [builder.step(each, failure.requirement.id) for each in exchanges]
    left, right = steps[:2] if len(steps) in (2, 4) else (None, None)
    write = (steps[2], steps[3]) if len(steps) == 4 else None
    by_operation = {each.test: each.reason or "" for each in reversed(failure.findings)}
    return ShownDifference(
        failure,
        first.cause.place if first.cause else "",
        first.cause.kind if first.cause else "",
        tuple(reversed(by_operation.items())),
        left,
        right,
        write,
    )


def _compared(verdict: Verdict) -> list[ComparedOperation]:
    """Return the operations, those whose latency has grown most first."""
    lines: list[dict[str, Any]] = [
        {name: value for name, value in line.items() if name not in ("kind", "programme")}
        for line in verdict.journals.script
        if line["kind"] == "compared"
    ]
    return sorted((ComparedOperation(**line) for line in lines), key=lambda each: -(each.ratio or 0.0))

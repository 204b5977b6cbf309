"""A comparison checks both servers first, and judges latencies by a ratio."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.model import Ending, Outcome, Safety, Scope, UsageError
from lead_provider_conformance.parity import run
from lead_provider_conformance.parity.ledger import Ledger
from lead_provider_conformance.parity.pairs import Pairs
from lead_provider_conformance.parity.recorder import Comparison, Recorder, latency
from lead_provider_conformance.parity.run import ParityOptions, run_parity
from lead_provider_conformance.parity.scope_comparison import Compared, Effort
from lead_provider_conformance.results.journal import Finding

SCOPE = Scope("v3", "ecf")
OPERATION = "list_ecf_participants"


def options(folder: Path, **changes: Any) -> ParityOptions:
    """Return the options of a comparison of two servers that do not exist."""
    targets = {side: Target(side, "http://127.0.0.1:1", tokens=("a-token-of-the-tests",)) for side in ("left", "right")}
    return ParityOptions(**{**targets, "folder": folder, "effort": Effort(seed=1), "edition": "2025-04", **changes})


class Timed:
    """A side with latencies."""

    def __init__(self, *seconds: float) -> None:
        self.seconds = {("v3", OPERATION): array("f", seconds)}


class ComparedScope:
    """A scope with one operation."""

    def __init__(self, records: int = 1) -> None:
        self.scope = SCOPE
        self.compared = {OPERATION: Compared(requests=1, records=records)}
        self.records = records


def judged(tmp_path: Path, left: Timed, right: Timed, *, records: int = 1, **changes: Any) -> list[Finding]:
    """Return the findings without a difference, and those about latency."""
    settings = options(tmp_path, **changes)
    comparison = Comparison(
        left=settings.left,
        right=settings.right,
        editions=("2025-04", "2025-04"),
        scopes=(SCOPE,),
        requirements=run._requirements((SCOPE,), settings),
        exclusions=(),
        file=None,
        seed=1,
        data=settings.data,
        slower_than=settings.slower_than,
    )
    sides: Any = (left, right)
    own = run._Run(settings, comparison, Recorder(tmp_path, comparison), Pairs(*sides), tmp_path)
    scope: Any = ComparedScope(records)
    return [*own._slower(scope), *own._others(scope, Ledger(), Ending.FINISHED)]


def outcomes(findings: list[Finding]) -> dict[str, Outcome]:
    return {each.requirement: each.outcome for each in findings}


@pytest.mark.parametrize(
    ("left", "right", "outcome"),
    [
        ([0.1] * 20, [0.14] * 20, Outcome.PASSED),
        ([0.1] * 20, [0.16] * 20, Outcome.FAILED),
        ([0.1] * 19, [0.9] * 19, Outcome.PASSED),
        ([0.1] * 20, [0.1] * 18 + [0.9] * 2, Outcome.PASSED),
        ([0.9] * 20, [0.1] * 20, Outcome.PASSED),
    ],
    ids=["within-ratio", "slower", "too-few", "only-p95", "faster"],
)
def test_latency_is_judged_by_p50_and_p95(
    left: list[float], right: list[float], outcome: Outcome, tmp_path: Path
) -> None:
    findings = judged(tmp_path, Timed(*left), Timed(*right), slower_than=1.5)

    assert outcomes(findings)["parity/latency"] is outcome


def test_latency_is_no_requirement_without_a_ratio(tmp_path: Path) -> None:
    assert "parity/latency" not in outcomes(judged(tmp_path, Timed(0.1), Timed(9.0)))


def test_without_records_requirements_about_them_are_not_decided(tmp_path: Path) -> None:
    found = outcomes(judged(tmp_path, Timed(), Timed(), records=0))

    undecided = {each for each, outcome in found.items() if outcome is Outcome.COULD_NOT_RUN}
    assert undecided == {"parity/records", "parity/order", "parity/fields", "parity/values"}


def test_of_different_records_only_the_form_is_decided(tmp_path: Path) -> None:
    found = outcomes(judged(tmp_path, Timed(), Timed(), data="different"))

    assert set(found) == {"parity/statuses", "parity/fields", "parity/errors", "parity/headers"}


def test_latencies_are_p50_and_p95() -> None:
    side: Any = Timed(*(number / 100 for number in range(1, 101)))

    assert latency(side, ("v3", OPERATION)) == {"p50": 0.5, "p95": 0.96, "total": 50.5}


def test_servers_without_a_common_version_are_wrong_usage(tmp_path: Path) -> None:
    left = Target("left", "http://127.0.0.1:1", tokens=("a-token-of-the-tests",), versions=("v1",), programmes=("ecf",))
    right = Target("right", "http://127.0.0.1:1", tokens=("a-token-of-the-tests",), versions=("v3",))

    with pytest.raises(UsageError, match="no version and programme in common: the left has v1 ECF, the right v3 ECF"):
        run_parity(options(tmp_path, left=left, right=right), print)


@pytest.mark.parametrize(
    ("changes", "editions", "why"),
    [
        ({}, ("2025-04", "2025-04"), None),
        ({"right": Target("right", "http://127.0.0.1:2")}, ("2025-04", "2025-04"), ""),
        ({"effort": Effort(seed=1)}, ("2025-04", "2025-04"), ""),
        (
            {"right": Target("right", "http://127.0.0.1:1", safety=Safety.SANDBOX)},
            ("2025-04", "2025-04"),
            "same server",
        ),
        ({}, ("2025-04", "2026-08"), "their editions differ"),
        ({"data": "different"}, ("2025-04", "2025-04"), "their records differ"),
    ],
    ids=["writable", "one-read-only", "no-journeys", "same-server", "other-edition", "other-data"],
)
def test_only_two_writable_servers_alike_are_written_to(
    changes: dict[str, Any], editions: tuple[str, str], why: str | None, tmp_path: Path
) -> None:
    writable = {
        side: Target(side, f"http://127.0.0.1:{port}", safety=Safety.SANDBOX)
        for port, side in enumerate(("left", "right"), start=1)
    }
    settings = options(tmp_path, **{**writable, "effort": Effort(seed=1, journeys=1), **changes})
    said: list[str] = []

    safety = run._safety(settings, (settings.left, settings.right), editions, said.append)

    assert safety is (Safety.SANDBOX if why is None else Safety.READ_ONLY)
    assert why in said[0] if why else said == []


def test_server_that_does_not_respond_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:1 does not respond"):
        run_parity(options(tmp_path / "report"), print)

    assert not (tmp_path / "report").exists()

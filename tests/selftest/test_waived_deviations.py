"""A server with known deviations starts green with its waivers, and new defects beside them do not hide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from .processes import V3_ECF, RunResult, run, write_target

TARGETS = Path(__file__).parents[2] / "targets"
DEVIATIONS = ("declaration-not-idempotent", "withdrawal-before-start-accepted")
# The waived deviations include 500 for some values of page[page], but not of page[per_page].
NEW_DEFECTS = ("declaration-state-is-null", "bad-page-crashes")


def run_with(folder: Path, *faults: str) -> RunResult:
    """Run against a sandbox with faults, and with the waivers of the deployed service."""
    target: dict[str, Any] = yaml.safe_load((TARGETS / "sandbox.yaml").read_text(encoding="utf-8"))
    target["start"]["command"] += [part for fault in faults for part in ("--fault", fault)]
    deployed = yaml.safe_load((TARGETS / "dfe-service-2024-12.yaml").read_text(encoding="utf-8"))
    # Dates are not JSON; the loader reads their text.
    target["waivers"] = [{**each, "expires": str(each["expires"])} for each in deployed["waivers"]]
    return run(folder / "report", "--target", write_target(folder / "target.yaml", target), *V3_ECF)


def test_waived_deviations_are_green_wherever_they_show(tmp_path: Path) -> None:
    ended = run_with(tmp_path, *DEVIATIONS)

    assert ended.verdict["conformance"] == "conformant", ended.stdout
    assert ended.with_outcome("failed") == set()
    assert {"declarations/idempotent", "withdrawal/needs-started-declaration"} <= ended.with_outcome("waived")
    # Journeys leave the waived steps out, so that they test the steps after them.
    assert "generated/lifecycle" in ended.with_outcome("passed")
    assert ended.status == 0


def test_new_defects_beside_waived_ones_fail_the_run_by_their_causes(tmp_path: Path) -> None:
    ended = run_with(tmp_path, *DEVIATIONS, *NEW_DEFECTS)
    findings = [
        finding
        for scope in ended.verdict["scopes"]
        for each in scope["requirements"]
        if each["level"] == "MUST" and each["outcome"] == "failed"
        for finding in each["findings"]
        if finding["cause"]
    ]
    failed = {(each["cause"]["place"], each["cause"]["kind"]) for each in findings if not each["waived"]}
    waived = {(each["cause"]["place"], each["cause"]["kind"]) for each in findings if each["waived"]}

    assert ended.verdict["conformance"] == "not conformant"
    assert {("/data/*/attributes/state", "null"), ("query:page[per_page]", "500")} <= failed
    assert ("query:page[page]", "500") in waived - failed

"""Without leave to write, a run sends no request but GET, says what it could therefore not test, and how to."""

from __future__ import annotations

from pathlib import Path

from .processes import V3_ECF, run, sandbox, tokens
from .servers import Through, serving


def test_a_run_without_leave_to_write(tmp_path: Path) -> None:
    with sandbox() as served:
        through = Through(served.address)
        with serving(through) as address:
            ended = run(tmp_path, "--base-url", address, *tokens(), *V3_ECF)

    assert {asked.method for asked in through.asked} <= {"GET", "HEAD"}
    assert {exchange["request"]["method"] for exchange in ended.exchanges} <= {"GET", "HEAD"}
    assert len(through.asked) >= len(ended.exchanges) > 20
    assert ended.status == 6, ended.stdout + ended.stderr
    assert ended.verdict["conformance"] == "incomplete"
    assert ended.with_outcome("failed") | ended.with_outcome("suite-error") == set()
    assert {"participants/listed", "paging/page"} <= ended.with_outcome("passed")
    assert {"declarations/started", "void/state"} <= ended.with_outcome("could-not-run")
    remedies = {finding["remedy"] for finding in ended.findings("declarations/started", "could-not-run")}
    assert any("--safety sandbox" in remedy for remedy in remedies)
    assert "--safety sandbox" in ended.stdout

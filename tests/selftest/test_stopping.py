"""`-x` stops a run at the first failure that counts in the verdict, and the exit status is that of the failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from .processes import V3_ECF, run, sandbox, token_options

FAULTS = ("--fault", "statements-updated-since-a-second-later", "--fault", "sort-ignored")


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_run_stops_at_a_must_and_not_at_a_should(tmp_path: Path, processes: tuple[str, ...]) -> None:
    with sandbox(*FAULTS) as served:
        options = ("--base-url", served.address, *token_options(), "--safety", "sandbox", *V3_ECF)
        ended = run(tmp_path, *options, "-x", "-k", "authentication or sorting or filters", *processes)

    assert ended.verdict["run"]["ending"] == "stopped"
    assert ended.status == 1, ended.output
    assert ended.outcomes["v3-ecf filtering/boundary"] == "failed"
    failed_musts = {each["id"] for each in ended.verdict["scopes"][0]["requirements"] if each["outcome"] == "failed"}
    assert failed_musts & {"sorting/updated-at", "sorting/created-at"}
    assert "without -x and --maxfail" in ended.stdout

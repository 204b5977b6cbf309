"""A target file that lists a few operations makes no requirement of the others incomplete."""

from __future__ import annotations

from pathlib import Path

import pytest

from .processes import V3_ECF, run, sandbox, write_target

TOKENS = ["selftest-token-of-the-first-1", "selftest-token-of-the-second-2"]


@pytest.mark.parametrize("operations", [["list_ecf_participants"], ["list_ecf_participants", "list_statements"]])
def test_server_built_endpoint_by_endpoint_is_conformant_at_each_step(tmp_path: Path, operations: list[str]) -> None:
    with sandbox() as served:
        target = {
            "name": "partial",
            "base_url": served.address,
            "tokens": TOKENS,
            "other_kind_token": "engage-and-learn-sandbox-token-4",
            "safety": "sandbox",
            "operations": operations,
        }
        file = write_target(tmp_path / "target.yaml", target)
        ended = run(tmp_path / "report", "--target", file, *V3_ECF, "--requests", "300")

    assert ended.status == 0, ended.output
    assert ended.with_outcome("could-not-run") == set()
    assert {exchange["operation"] for exchange in ended.exchanges} <= {*operations, None}
    assert f"({len(operations)} of 24 operations)" in ended.stdout
    assert f"{len(operations)} of 24 operations" in (ended.folder / "badge.svg").read_text(encoding="utf-8")

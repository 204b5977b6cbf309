"""Two shards of the generated tests, run in parallel against one server, make up one complete run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .processes import RunResult, finish, run, sandbox, start

GENERATED = Path(__file__).parents[2] / "suites" / "generated"


def executed_tests(ended: RunResult) -> list[str]:
    return [line["test"] for line in ended.results if line["kind"] == "test"]


def claimed(ended: RunResult) -> set[str]:
    """Return the records that a run claimed."""
    return {line["record"] for line in ended.results if line["kind"] == "claim"}


def test_parallel_shards_together_run_every_test_once(tmp_path: Path) -> None:
    options = ("--requests", "350")
    with sandbox() as served, ThreadPoolExecutor(2) as pool:
        shards = pool.map(
            lambda number: run(tmp_path / number, GENERATED, *served.options, *options, "--shard", f"{number}/2"), "12"
        )
        first, second = shards
    with sandbox() as served:
        whole = run(tmp_path / "whole", GENERATED, *served.options, *options)

    assert executed_tests(first)
    assert executed_tests(second)
    assert sorted([*executed_tests(first), *executed_tests(second)]) == sorted(executed_tests(whole))
    assert claimed(first).isdisjoint(claimed(second))

    merged_folder = tmp_path / "merged"
    merging = start(merged_folder, tmp_path / "1", tmp_path / "2", "--into", merged_folder, command="merge")
    merged = finish(merging, merged_folder)
    assert merged.status == whole.status, merged.stderr
    assert merged.outcomes == whole.outcomes
    assert not whole.with_outcome("failed")

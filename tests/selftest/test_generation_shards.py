"""The generated tests in two parts at once against one server: nothing twice, nothing left out, one verdict."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .processes import Ended, end, run, sandbox, start

GENERATED = Path(__file__).parents[2] / "suites" / "generated"


def made_by(ended: Ended) -> list[str]:
    """The tests that a run made."""
    return [line["test"] for line in ended.results if line["kind"] == "test"]


def claimed(ended: Ended) -> set[str]:
    """The records that a run took hold of."""
    return {line["record"] for line in ended.results if line["kind"] == "claim"}


def test_two_shards_at_once_are_the_whole(tmp_path: Path) -> None:
    options = ("--requests", "350")
    with sandbox() as served, ThreadPoolExecutor(2) as pool:
        shards = pool.map(
            lambda number: run(tmp_path / number, GENERATED, *served.options, *options, "--shard", f"{number}/2"), "12"
        )
        first, second = shards
    with sandbox() as served:
        whole = run(tmp_path / "whole", GENERATED, *served.options, *options)

    assert made_by(first)
    assert made_by(second)
    assert sorted([*made_by(first), *made_by(second)]) == sorted(made_by(whole))
    assert claimed(first).isdisjoint(claimed(second))

    merged_into = tmp_path / "merged"
    merging = start(merged_into, tmp_path / "1", tmp_path / "2", "--into", merged_into, command="merge")
    merged = end(merging, merged_into)
    assert merged.status == whole.status, merged.stderr
    assert merged.outcomes == whole.outcomes
    assert not whole.with_outcome("failed")

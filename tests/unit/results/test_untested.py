"""A requirement without a finding has a reason, and a remedy that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.unit.journals import Run

from lead_provider_conformance.model import Ending
from lead_provider_conformance.results.untested import NO_TEST_RAN, without_finding

ALL_RUN = NO_TEST_RAN[Ending.FINISHED]


def reason_and_remedy(shards: Sequence[str] | None, ending: str = "finished") -> tuple[str, str]:
    """Return the reason and the remedy in a run of these shards; None for a run that is not split."""
    journals = Run(ending=ending).record()
    return without_finding(replace(journals, run={**journals.run, **({} if shards is None else {"shards": shards})}))


@pytest.mark.parametrize(
    ("shards", "reason", "remedy"),
    [
        (["1/2"], "No test of it is in shard 1/2.", "Run shard 2/2 as well, "),
        (["2/4"], "No test of it is in shard 2/4.", "Run shards 1/4, 3/4 and 4/4 as well, "),
        (["1/3", "3/3"], "No test of it is in shards 1/3 and 3/3.", "Run shard 2/3 as well, "),
    ],
)
def test_remedy_names_the_missing_shards(shards: Sequence[str], reason: str, remedy: str) -> None:
    join = "and join all shards with `lead-provider-conformance merge`."

    assert reason_and_remedy(shards) == (reason, remedy + join)


@pytest.mark.parametrize("shards", [None, ["1/2", "2/2"], ["1/1"]])
def test_whole_run_names_no_shard(shards: Sequence[str] | None) -> None:
    assert reason_and_remedy(shards) == ALL_RUN


def test_shard_that_was_interrupted_has_to_run_again() -> None:
    assert reason_and_remedy(["1/2"], "interrupted") == NO_TEST_RAN[Ending.INTERRUPTED]

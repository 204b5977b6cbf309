"""The reason and the remedy of a claim for which the target has no record left."""

from __future__ import annotations

from collections.abc import Collection

from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.testdata.catalogue import State
from lead_provider_conformance.testdata.days import NAME_THE_HEADER
from lead_provider_conformance.testdata.recognition import Recognition
from lead_provider_conformance.testdata.wanted import Wanted


def none_left(
    state: State,
    wanted: Wanted,
    recognition: Recognition,
    refusals: Collection[str],
    *,
    can_travel: bool,
    shard: Shard = WHOLE,
) -> CouldNotRun:
    """Return the error of a claim without a record.

    `refusals` are the server's words about cohorts. A target that `can_travel` has a header for the server's date.
    The test may only claim records that belong to `shard`.
    """
    if missing := recognition.missing_fields(state):
        return CouldNotRun(
            f"The suite cannot recognise records in the state {state.name} ({state.description}). {missing}",
            "Fix contract/response-schema first.",
        )
    reasons = (
        f"The target has no record left in the state {state.name} ({state.description}).",
        "This test needs one that has had no other declarations, not even voided ones." if wanted.untouched else "",
        recognition.unpaid,
        f"The server refused: {'; '.join(refusals)}." if refusals else "",
    )
    return CouldNotRun(
        " ".join(filter(None, reasons)),
        f"Add such records to the target, or list their ids under states: {state.name} in the target file."
        f"{'' if can_travel else _later_remedy(state, recognition)}"
        f"{'' if shard == WHOLE else _shard_remedy(shard)}",
    )


def _shard_remedy(shard: Shard) -> str:
    return (
        f" Shard {shard} uses only its own part of the target's records: run fewer shards, or name a command under "
        "`start` in the target file, so that each shard starts a server with all of them."
    )


def _later_remedy(state: State, recognition: Recognition) -> str:
    """Return a sentence about listed records that will be in the state; empty without any."""
    later = next(recognition.recognised_later(state), None)
    return f" Listed records are in that state from {later[0]} on. {NAME_THE_HEADER}" if later else ""

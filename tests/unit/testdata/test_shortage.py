"""The reason and the remedy of a claim without a record name every cause that is known."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.testdata import CATALOGUE
from lead_provider_conformance.testdata.days import NAME_THE_HEADER
from lead_provider_conformance.testdata.shortage import none_left
from lead_provider_conformance.testdata.wanted import Wanted

STATE = CATALOGUE["ect.left"]
LEFT = "an early career teacher without declarations who has left for another provider"
NONE_LEFT = f"The target has no record left in the state ect.left ({LEFT})."
ADD = "Add such records to the target, or list their ids under states: ect.left in the target file."
LATER = f" Listed records are in that state from 2025-04-04 on. {NAME_THE_HEADER}"
OF_SHARD = (
    " Shard 1/2 uses only its own part of the target's records: run fewer shards, or name a command under `start` in "
    "the target file, so that each shard starts a server with all of them."
)


@dataclass(frozen=True)
class Lists:
    """The facts that the lists of a target show about the records in a state."""

    missing: str = ""
    unpaid: str = ""
    later: tuple[tuple[date, str], ...] = ()

    def missing_fields(self, _: object) -> str:
        return self.missing

    def recognised_later(self, _: object) -> Iterator[tuple[date, str]]:
        return iter(self.later)


def reason_and_remedy(
    lists: Any,
    refusals: Collection[str] = (),
    *,
    untouched: bool = False,
    can_travel: bool = False,
    shard: Shard = WHOLE,
) -> tuple[str, str]:
    error = none_left(STATE, Wanted(untouched=untouched), lists, refusals, can_travel=can_travel, shard=shard)
    return error.reason, error.remedy


def test_missing_field_is_the_only_reason() -> None:
    assert reason_and_remedy(Lists("No record shows `cohort`.", "No statement."), ["no"], untouched=True) == (
        f"The suite cannot recognise records in the state ect.left ({LEFT}). No record shows `cohort`.",
        "Fix contract/response-schema first.",
    )


@pytest.mark.parametrize(
    ("lists", "options", "more"),
    [
        (Lists(), {}, ""),
        (
            Lists(),
            {"untouched": True},
            " This test needs one that has had no other declarations, not even voided ones.",
        ),
        (Lists(unpaid="No statement."), {}, " No statement."),
        (Lists(), {"refusals": ["closed", "frozen"]}, " The server refused: closed; frozen."),
        (Lists(unpaid="No statement."), {"refusals": ["closed"]}, " No statement. The server refused: closed."),
    ],
    ids=["none", "untouched", "unpaid", "refused", "several"],
)
def test_every_known_reason_is_named(lists: Lists, options: dict[str, Any], more: str) -> None:
    assert reason_and_remedy(lists, **options) == (NONE_LEFT + more, ADD)


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({}, LATER),
        ({"can_travel": True}, ""),
        ({"shard": Shard(1, 2)}, LATER + OF_SHARD),
        ({"shard": Shard(1, 2), "can_travel": True}, OF_SHARD),
    ],
    ids=["later", "can travel", "shard", "shard that can travel"],
)
def test_remedy_follows_from_the_clock_and_the_shard(options: dict[str, Any], more: str) -> None:
    assert reason_and_remedy(Lists(later=((date(2025, 4, 4), "record"),)), **options) == (NONE_LEFT, ADD + more)

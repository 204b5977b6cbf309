"""An edition counts what it counted when it was frozen, whatever is written down later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.editions import Edition, Frozen, frozen, named
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import Level, UsageError

ONCE = Requirement("void/once", Level.MUST, ("v2", "v3"), ("ecf",), "A declaration is voided once.", ("a document",))
STATE = replace(ONCE, id="void/state", level=Level.SHOULD)
FROZEN = Edition("2024-12", {"void/once": Frozen(Level.MUST, ("v2", "v3"), ("ecf",))})


@pytest.mark.parametrize("name", Calendar.load().editions)
def test_no_change_of_the_registry_changes_the_verdicts_of_a_frozen_edition(name: str) -> None:
    assert list(named(name).broken_by(Registry.load())) == []


def test_the_edition_that_runs_are_held_against_by_default_is_frozen() -> None:
    assert named(Calendar.load().editions[0]).counts


def test_every_since_and_until_is_an_edition_that_there_is() -> None:
    editions = Calendar.load().editions
    for each in Registry.load():
        assert {each.since or editions[0], each.until or editions[0]} <= set(editions), each.id


@pytest.mark.parametrize(
    ("registry", "told"),
    [
        ([STATE], "counts void/once, which is gone; put it back"),
        ([replace(ONCE, since="2025-04")], "its `since` and `until` take out of it"),
        (
            [replace(ONCE, level=Level.MAY)],
            "as a MUST of v2, v3 for ecf, and it has become a MAY of v2, v3 for ecf; restore it",
        ),
        ([replace(ONCE, versions=("v3",))], "has become a MUST of v3 for ecf"),
        ([replace(ONCE, programmes=("ecf", "npq"))], "has become a MUST of v2, v3 for ecf and npq"),
    ],
)
def test_a_change_that_would_change_old_verdicts_is_told(registry: list[Requirement], told: str) -> None:
    (sentence,) = FROZEN.broken_by(Registry(registry))

    assert sentence.startswith("Edition 2024-12 counts void/once")
    assert told in sentence


def test_what_is_added_or_said_otherwise_changes_no_verdict() -> None:
    assert list(FROZEN.broken_by(Registry([replace(ONCE, statement="Voiding is for once."), STATE]))) == []


def test_what_is_newer_than_a_frozen_edition_is_tested_and_counts_against_nobody() -> None:
    seen = FROZEN.of(Registry([ONCE, replace(STATE, level=Level.MUST)]))

    assert seen["void/once"] == ONCE
    newer = seen["void/state"]
    assert (newer.level, newer.newer_than, newer.versions) == (Level.MAY, "2024-12", ("v2", "v3"))
    assert (ONCE.standing, newer.standing) == ("MUST", "newer than edition 2024-12")


def test_everything_counts_in_an_edition_that_is_open() -> None:
    assert list(Edition("2025-04").of(Registry([ONCE, STATE]))) == [ONCE, STATE]


def test_what_another_edition_has_is_known_and_applies_nowhere() -> None:
    seen = Edition("2024-12").of(Registry([replace(ONCE, since="2025-04")]))

    assert seen["void/once"].versions == ()


def test_a_frozen_edition_is_read_as_it_was_written(tmp_path: Path) -> None:
    registry = Registry([STATE, ONCE, replace(ONCE, id="void/late", since="2025-04")])
    (tmp_path / "2024-12.yaml").write_text(frozen("2024-12", registry), encoding="utf-8")

    assert named("2024-12", tmp_path).counts == {each.id: Frozen.of(each) for each in (ONCE, STATE)}
    assert named("2025-04", tmp_path).counts is None


def test_an_edition_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="There is no edition 1066-10 of the contract; choose 2024-12 or 2025-04"):
        named("1066-10")


def test_a_file_of_an_edition_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "2024-12.yaml").write_text("void/once: {level: MUST, versions: [v3]}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"2024-12\.yaml: `programmes` is missing at `void/once`; add it"):
        named("2024-12", tmp_path)

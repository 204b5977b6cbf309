"""A frozen edition keeps its verdicts, whatever requirements are added later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tools.contract.freeze import changed_verdicts, counted_parts, edition_file

from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.contract.editions import Edition, editions, load_edition
from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.model import Level, UsageError

ONCE = Requirement("void/once", Level.MUST, ("v2", "v3"), ("ecf",), "A declaration is voided once.", ("a document",))
STATE = replace(ONCE, id="void/state", level=Level.SHOULD)
FROZEN = Edition("2024-12", {"void/once": counted_parts(ONCE)})


@pytest.mark.parametrize("name", Calendar.load().editions)
def test_registry_keeps_the_verdicts_of_every_edition(name: str) -> None:
    assert list(changed_verdicts(load_edition(name), Registry.load())) == []


def test_default_edition_is_frozen() -> None:
    assert load_edition(Calendar.load().editions[0]).counted


def test_every_since_and_until_is_a_known_edition() -> None:
    for each in Registry.load():
        spans = [span.values() if isinstance(span, Mapping) else [span] for span in (each.since, each.until) if span]
        assert {edition for span in spans for edition in (*span, *(each.levels or ()))} <= set(editions()), each.id


@pytest.mark.parametrize(
    ("registry", "message"),
    [
        ([STATE], "counts void/once, which does not exist; restore it"),
        ([replace(ONCE, since="2025-04")], "its `since` and `until` exclude"),
        (
            [replace(ONCE, level=Level.MAY)],
            "as a MUST of v2, v3 for ecf, but it is now a MAY of v2, v3 for ecf; restore it",
        ),
        ([replace(ONCE, versions=("v3",))], "is now a MUST of v3 for ecf"),
        ([replace(ONCE, programmes=("ecf", "npq"))], "is now a MUST of v2, v3 for ecf and npq"),
    ],
)
def test_change_of_old_verdicts_is_reported(registry: list[Requirement], message: str) -> None:
    (sentence,) = changed_verdicts(FROZEN, Registry(registry))

    assert sentence.startswith("Edition 2024-12 counts void/once")
    assert message in sentence


def test_new_requirement_or_statement_changes_no_verdict() -> None:
    assert list(changed_verdicts(FROZEN, Registry([replace(ONCE, statement="Void once."), STATE]))) == []


def test_change_from_a_later_edition_on_changes_no_verdict() -> None:
    later = replace(ONCE, programmes=("ecf", "npq"), since={"npq": "2026-08"}, levels={"2026-08": Level.MAY})

    assert list(changed_verdicts(FROZEN, Registry([later]))) == []
    assert "void/once: {level: MUST, versions: [v2, v3], programmes: [ecf]}" in edition_file(
        "2024-12", Registry([later])
    )
    assert "void/once: {level: MAY, versions: [v2, v3], programmes: [ecf, npq]}" in edition_file(
        "2026-08", Registry([later])
    )


def test_requirement_newer_than_a_frozen_edition_becomes_a_may() -> None:
    seen = FROZEN.of(Registry([ONCE, replace(STATE, level=Level.MUST)]))

    assert seen["void/once"] == ONCE
    newer = seen["void/state"]
    assert (newer.level, newer.newer_than, newer.versions) == (Level.MAY, "2024-12", ("v2", "v3"))
    assert (ONCE.level_label, newer.level_label) == ("MUST", "newer than edition 2024-12")


def test_raised_level_is_newer_than_a_frozen_edition() -> None:
    frozen = Edition("2024-12", {"void/state": counted_parts(STATE)})
    raised = replace(STATE, level=Level.MUST)

    seen = frozen.of(Registry([raised]))["void/state"]

    assert (seen.level, seen.raised_to, seen.newer_than) == (Level.SHOULD, Level.MUST, None)
    assert seen.level_label == "SHOULD, in newer editions MUST"
    assert list(changed_verdicts(frozen, Registry([raised]))) == []
    assert Edition("2025-04").of(Registry([raised]))["void/state"] == raised
    assert Requirement.from_mapping(seen.to_mapping()) == seen


def test_every_requirement_counts_in_an_open_edition() -> None:
    assert list(Edition("2025-04").of(Registry([ONCE, STATE]))) == [ONCE, STATE]


def test_requirement_of_another_edition_applies_to_no_version() -> None:
    seen = Edition("2024-12").of(Registry([replace(ONCE, since="2025-04")]))

    assert seen["void/once"].versions == ()


def test_edition_file_loads_as_the_edition(tmp_path: Path) -> None:
    registry = Registry([STATE, ONCE, replace(ONCE, id="void/late", since="2025-04")])
    (tmp_path / "2024-12.yaml").write_text(edition_file("2024-12", registry), encoding="utf-8")

    assert load_edition("2024-12", tmp_path).counted == {each.id: counted_parts(each) for each in (ONCE, STATE)}
    assert load_edition("2025-04", tmp_path).counted is None


def test_unknown_edition_is_an_error() -> None:
    with pytest.raises(UsageError, match="There is no edition 1066-10 of the contract; choose 2024-12 or 2025-04"):
        load_edition("1066-10")


def test_invalid_edition_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "2024-12.yaml").write_text("void/once: {level: MUST, versions: [v3]}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"2024-12\.yaml:1: `programmes` is missing at `void/once`; add it"):
        load_edition("2024-12", tmp_path)

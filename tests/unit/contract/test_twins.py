"""Rules of both programmes: one requirement for both, or a pair of the same level and versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from lead_provider_conformance.contract.requirements import Registry, Requirement
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file

EDITIONS = ("2024-12", "2025-04")
"""The editions of the original service, in which both programmes have the same documents."""
SUCCESSORS = ("2026-08",)
"""The editions in which each programme has a service of its own."""
PROGRAMMES = ("ecf", "npq")


@cache
def twins() -> dict[str, Any]:
    content: dict[str, Any] = yaml_file.read(suites_root() / "twins.yaml", schema="twins")
    return content


@cache
def of_one_programme() -> dict[str, Requirement]:
    return {
        each.id: each
        for each in Registry.load()
        if len(each.programmes) == 1 and any(each.is_in(edition) for edition in (*EDITIONS, *SUCCESSORS))
    }


def entries_of(requirement: str) -> Iterator[str]:
    """Yield how the file has a requirement: in a pair, alone by its id, or, if neither, with its area."""
    pairs = [each for pair in twins()["pairs"] for programme in PROGRAMMES for each in pair[programme]]
    alone = [each for entry in twins()["alone"] for each in entry["ids"]]
    exact = [each for each in (*pairs, *alone) if each == requirement]
    yield from exact or [each for each in alone if fnmatchcase(requirement, each)]


def test_every_requirement_of_one_programme_is_listed_once() -> None:
    counts = {each: len(list(entries_of(each))) for each in of_one_programme()}
    assert {each: count for each, count in counts.items() if count != 1} == {}


def test_every_entry_is_a_requirement_of_one_programme() -> None:
    for programme in PROGRAMMES:
        for pair in twins()["pairs"]:
            for each in pair[programme]:
                assert of_one_programme()[each].programmes == (programme,), each
    for entry in twins()["alone"]:
        for each in entry["ids"]:
            assert any(fnmatchcase(requirement, each) for requirement in of_one_programme()), each


def test_no_requirement_is_in_two_pairs() -> None:
    counts = Counter(each for pair in twins()["pairs"] for programme in PROGRAMMES for each in pair[programme])
    assert [each for each, count in counts.items() if count > 1] == []


def alike(pair: dict[str, Any]) -> bool:
    """Return whether the requirements of both programmes have the same levels and versions in each edition."""
    both = []
    for programme in PROGRAMMES:
        found = [of_one_programme()[each] for each in pair[programme]]
        editions = EDITIONS if all(each.is_in(EDITIONS[-1]) for each in found) else SUCCESSORS
        in_editions = [each.in_edition(edition) for edition in editions for each in found]
        both.append(({each.level for each in in_editions}, {version for each in found for version in each.versions}))
    return both[0] == both[1]


@pytest.mark.parametrize("pair", twins()["pairs"], ids=lambda pair: pair["ecf"][0])
def test_twins_are_alike_unless_a_reason_says_why_not(pair: dict[str, Any]) -> None:
    assert alike(pair) is ("differ" not in pair)


def test_pair_of_other_levels_is_not_alike() -> None:
    assert not alike({"ecf": ["declarations/before-window"], "npq": ["npq-declarations/before-window"]})

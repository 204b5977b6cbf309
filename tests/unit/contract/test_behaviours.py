"""Every known behaviour of the deployed service is the source of a requirement, or is left out for a reason."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from lead_provider_conformance.contract.behaviours import CITATION, load_behaviours
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Level
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file

BEHAVIOURS = load_behaviours()
REGISTRY = Registry.load()
CITED = {source.removeprefix(CITATION) for each in REGISTRY for source in each.sources if source.startswith(CITATION)}
LEFT_OUT = [
    entry
    for path in sorted((suites_root() / "requirements" / "left-out").glob("*.yaml"))
    for entry in yaml_file.read(path, schema="left-out")
]
LEFT_OUT_IDS = {each["behaviour"] for each in LEFT_OUT if "behaviour" in each}


@pytest.mark.parametrize("level", ["must", "should"])
def test_every_behaviour_is_cited_or_left_out(level: str) -> None:
    behaviours = {each.id for each in BEHAVIOURS.values() if each.level == level}

    assert behaviours
    assert not behaviours - CITED - LEFT_OUT_IDS


def test_cited_and_left_out_behaviours_exist() -> None:
    assert not (CITED | LEFT_OUT_IDS) - set(BEHAVIOURS)


def test_behaviour_is_left_out_once_and_not_cited() -> None:
    assert [
        each
        for each, times in Counter(entry.get("behaviour") or entry["statement"] for entry in LEFT_OUT).items()
        if times > 1
    ] == []
    assert not LEFT_OUT_IDS & CITED


def test_reason_for_leaving_out_names_existing_requirements() -> None:
    known = {each.id for each in REGISTRY}
    for entry in LEFT_OUT:
        assert set(re.findall(r"\b[a-z]+(?:-[a-z]+)*/[a-z0-9-]+\b", entry["reason"])) <= known, entry


def test_must_cites_a_published_source() -> None:
    """Behaviour of the deployed service alone makes a SHOULD. `generated/` requirements combine all promises."""
    for each in REGISTRY:
        if Level.MUST in {each.level, *(each.levels or {}).values()} and each.area != "generated":
            assert [source for source in each.sources if not source.startswith(CITATION)], each.id


def test_source_names_a_document_and_a_place_in_it() -> None:
    for each in REGISTRY:
        for source in each.sources:
            if not source.startswith(CITATION):
                assert re.search(r": \S", source) or source.startswith(("errata", "release notes")), (each.id, source)

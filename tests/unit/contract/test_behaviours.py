"""Nothing that is known of the API is forgotten: each behaviour is the source of a requirement, or it is said why not.

`tests/data/behaviours.json` has the ids of all that is known of the deployed service, by how sure it is that a server
has to do the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Level
from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file

BEHAVIOURS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "data" / "behaviours.json").read_text(encoding="utf-8")
)
KNOWN = {each for ids in BEHAVIOURS.values() for each in ids}
REGISTRY = Registry.load()
CITED = {
    found for each in REGISTRY for source in each.sources for found in re.findall(r"^behaviour ([A-Z0-9-]+)$", source)
}
LEFT_OUT = [
    entry
    for path in sorted((suites_root() / "requirements" / "left-out").glob("*.yaml"))
    for entry in yaml_file.read(path, schema="left-out")
]
LEFT_OUT_IDS = {each["behaviour"] for each in LEFT_OUT}


@pytest.mark.parametrize("level", ["must", "should"])
def test_every_behaviour_is_required_or_it_is_said_why_not(level: str) -> None:
    assert BEHAVIOURS[level]
    assert not set(BEHAVIOURS[level]) - CITED - LEFT_OUT_IDS


def test_every_behaviour_that_is_named_is_one() -> None:
    assert not (CITED | LEFT_OUT_IDS) - KNOWN


def test_what_is_left_out_is_left_out_once_and_required_nowhere() -> None:
    assert [each for each, times in Counter(entry["behaviour"] for entry in LEFT_OUT).items() if times > 1] == []
    assert not LEFT_OUT_IDS & CITED


def test_a_reason_that_points_to_a_requirement_points_to_one_that_there_is() -> None:
    known = {each.id for each in REGISTRY}
    for entry in LEFT_OUT:
        assert set(re.findall(r"\b[a-z]+(?:-[a-z]+)*/[a-z0-9-]+\b", entry["reason"])) <= known, entry


def test_no_requirement_is_a_must_by_what_the_deployed_service_does_alone() -> None:
    """What nothing published says is a SHOULD. What makes generated requests is held against every promise at once."""
    for each in REGISTRY:
        if each.level is Level.MUST and each.area != "generated":
            assert [source for source in each.sources if not source.startswith("behaviour ")], each.id


def test_a_source_says_which_document_and_where_in_it() -> None:
    for each in REGISTRY:
        for source in each.sources:
            if not source.startswith("behaviour "):
                assert re.search(r": \S", source) or source.startswith(("errata", "release notes")), (each.id, source)

"""Behaviours of the deployed service, which requirements cite as their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.resources import contract_root
from lead_provider_conformance.schemas import yaml_file

CITATION = "behaviour "
"""A source of a requirement that cites a behaviour begins with this word."""
REPOSITORY = "DFE-Digital/early-careers-framework"
COMMITS = {"A": "b5b83c586c8f5f344a868037e31be912da79d28e", "B": "8d84d7d65630e18fc180e49faed76cec2ff7b57b"}
"""The commits of the repository that the sources of behaviours name by a letter."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """An entry of `openapi/behaviours.yaml`, whose head explains the fields."""

    id: str
    area: str
    level: str
    versions: tuple[str, ...]
    programmes: tuple[str, ...]
    given: str
    request: Mapping[str, Any]
    expect: Mapping[str, Any]
    sources: tuple[str, ...]
    note: str | None = None
    since: str | None = None
    until: str | None = None


def load_behaviours() -> Mapping[str, Behaviour]:
    """Return every behaviour by id, in the order of the file."""
    entries = yaml_file.read_own(contract_root() / "behaviours.yaml", schema="behaviours")
    return {name: _behaviour(name, entry) for name, entry in entries.items()}


def _behaviour(behaviour_id: str, entry: Mapping[str, Any]) -> Behaviour:
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Behaviour(behaviour_id, **fields)

"""The catalogue of a session: the situations that it can have, and the bad clients that prove its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from lead_provider_conformance.resources import suites_root
from lead_provider_conformance.schemas import yaml_file


class SituationKind(StrEnum):
    """How a situation comes about."""

    ARMED = "armed"
    """A response out of the ordinary, delivered with one of the next matching requests."""
    EVENT = "event"
    """A change behind the API, or of the clock."""
    TASK = "task"
    """A task that the provider has."""
    STOCK = "stock"
    """Records that every session begins with."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Something out of the ordinary that a client must handle.

    `statement` is about the server, `expectation` about the client. `obligations` are decided by it. It occurs in the
    `acts` of that name. `events` are the journal's names of its events. `slow` is whether it waits on purpose.
    """

    number: int
    name: str
    kind: SituationKind
    statement: str
    expectation: str
    obligations: tuple[str, ...]
    acts: tuple[str, ...]
    programmes: tuple[str, ...]
    events: tuple[str, ...] = ()
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A defect that the reference client has if it is started with `flag`.

    The obligation `requirement` must fail, and those in `still_passes` must pass. The `acts` are enough to show it.
    Without `requirement`, the session must have one of `verdicts`.
    """

    number: int
    flag: str
    statement: str
    requirement: str | None
    programmes: tuple[str, ...]
    acts: tuple[str, ...]
    still_passes: tuple[str, ...]
    verdicts: tuple[str, ...] = ()


def client_suite() -> Path:
    """Return the folder of the data about clients."""
    return suites_root() / "client"


@cache
def situations() -> Mapping[str, Situation]:
    """Return the situations by name, in the order of their numbers."""
    entries = yaml_file.read_own(client_suite() / "situations.yaml", schema="situations")
    return {entry["name"]: Situation(**_tuples(entry) | {"kind": SituationKind(entry["kind"])}) for entry in entries}


@cache
def faults() -> Mapping[str, Fault]:
    """Return the faults of the reference client by flag, in the order of their numbers."""
    entries = yaml_file.read_own(client_suite() / "faults.yaml", schema="faults")
    return {entry["flag"]: Fault(**{"requirement": None} | _tuples(entry)) for entry in entries}


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}

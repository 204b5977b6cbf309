"""The catalogue of faults, loaded from YAML and checked against the parts, hooks and operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import lead_provider_sandbox.http.gateway  # noqa: F401 - registers the parts
from lead_provider_sandbox.faults.families import Description, describe
from lead_provider_sandbox.faults.hooks import HOOKS
from lead_provider_sandbox.faults.hooks.conditions import every, in_operations
from lead_provider_sandbox.faults.parts_in_use import parts_in_use
from lead_provider_sandbox.http.services import OPERATION_IDS, Service
from lead_provider_sandbox.parts import PARTS, Replacement
from lead_provider_sandbox.yaml_text import parse_yaml

_HERE = Path(__file__).parent
_FILES = (_HERE / "catalogue.yaml", *sorted((_HERE / "families").glob("*.yaml")))
_OPERATIONS = frozenset(OPERATION_IDS)

Faulty = Mapping[str, frozenset[str] | None]
"""The parts that a fault replaces, with the operations in which it does; None for all."""


class UnknownFaultError(Exception):
    """No fault of the service has the name."""


@dataclass(frozen=True, slots=True)
class Fault(Description):
    """A deliberate defect with valid parts, hooks and operations."""

    @property
    def faulty(self) -> Faulty:
        """The replaced parts with their operations."""
        return {part: _operations_of(chosen) for part, chosen in self.replaces.items()}

    def is_in(self, service: Service) -> bool:
        """Whether the fault replaces a part that the service uses, in an operation that it has."""
        parts = parts_in_use()[service.name]
        ids = {operation.id for operation in service.operations}
        return any(part in parts and (chosen is None or chosen & ids) for part, chosen in self.faulty.items())

    def replacements(self) -> dict[str, Replacement]:
        """Return new replacements by part; their state belongs to one sandbox."""
        return {part: _replacement(chosen) for part, chosen in self.replaces.items()}


@cache
def catalogue() -> Mapping[str, Fault]:
    """Return every fault by name. Raise `ValueError` for an invalid entry or a duplicate name."""
    faults: dict[str, Fault] = {}
    for file in _FILES:
        for entry in parse_yaml(file.read_bytes()):
            for description in describe(entry):
                if description.name in faults:
                    raise ValueError(f"two faults are called {description.name}")
                faults[description.name] = _fault(description)
    return faults


def replacements_for(names: Iterable[str], service: Service) -> dict[str, Replacement]:
    """Return the replacements of several faults of a service by part.

    Raise `UnknownFaultError` for a name that is unknown or of another service's fault.
    """
    known = catalogue()
    chosen: dict[str, Replacement] = {}
    for name in names:
        if name not in known:
            raise UnknownFaultError(f"there is no fault {name!r}; --list-faults prints all {len(known)}")
        if not known[name].is_in(service):
            raise UnknownFaultError(
                f"fault {name!r} changes nothing in {service.description}; "
                "add --list-faults to print the faults that do"
            )
        for part, replacement in known[name].replacements().items():
            chosen[part] = _compose(chosen[part], replacement) if part in chosen else replacement
    return chosen


def _fault(description: Description) -> Fault:
    for part, chosen in description.replaces.items():
        if part not in PARTS:
            raise ValueError(f"fault {description.name} replaces {part!r}, which is not a part")
        if chosen["hook"] not in HOOKS:
            raise ValueError(f"fault {description.name} uses {chosen['hook']!r}, which is not a hook")
        if unknown := (_operations_of(chosen) or frozenset()) - _OPERATIONS:
            raise ValueError(f"fault {description.name} names {min(unknown)!r}, which is not an operation")
    return Fault(**{each.name: getattr(description, each.name) for each in fields(description)})


def _operations_of(chosen: Mapping[str, Any]) -> frozenset[str] | None:
    if chosen.get("in") is None:
        return None
    return frozenset([chosen["in"]] if isinstance(chosen["in"], str) else chosen["in"])


def _replacement(chosen: Mapping[str, Any]) -> Replacement:
    replacement = HOOKS[chosen["hook"]](chosen.get("with"))
    if "every" in chosen:
        replacement = every(chosen["every"], replacement)
    operations = _operations_of(chosen)
    return replacement if operations is None else in_operations(operations, replacement)


def _compose(inner: Replacement, outer: Replacement) -> Replacement:
    """Apply the replacement of a later fault to the part as an earlier fault has changed it."""

    def both(original: Any, *arguments: Any) -> Any:
        return outer(lambda *inner_arguments: inner(original, *inner_arguments), *arguments)

    return both

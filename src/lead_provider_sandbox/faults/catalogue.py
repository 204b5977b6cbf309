"""The catalogue of faults: `catalogue.yaml` and `families/`, read and checked against the sandbox's parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import lead_provider_sandbox.http.gateway  # noqa: F401 - its parts are not known before
from lead_provider_sandbox.faults.families import Description, described
from lead_provider_sandbox.faults.hooks import HOOKS
from lead_provider_sandbox.faults.hooks.conditions import every, in_operations
from lead_provider_sandbox.http.operations import OPERATIONS
from lead_provider_sandbox.parts import PARTS, Replacement

_HERE = Path(__file__).parent
_FILES = (_HERE / "catalogue.yaml", *sorted((_HERE / "families").glob("*.yaml")))
_OPERATIONS = frozenset(operation.id for operation in OPERATIONS)

Faulty = Mapping[str, frozenset[str] | None]
"""The parts that a fault replaces, each with the operations in which it does; None for all of them."""


class UnknownFaultError(Exception):
    """There is no fault of that name; the message says what there is instead."""


@dataclass(frozen=True, slots=True)
class Fault(Description):
    """One deliberate defect, whose parts, hooks and operations there are."""

    @property
    def faulty(self) -> Faulty:
        """The parts that are not as they should be, and where."""
        return {part: _operations_of(chosen) for part, chosen in self.replaces.items()}

    def replacements(self) -> dict[str, Replacement]:
        """What takes the place of each part, made anew: what it remembers is of one sandbox."""
        return {part: _replacement(chosen) for part, chosen in self.replaces.items()}


@cache
def catalogue() -> Mapping[str, Fault]:
    """Every fault by name. Raises `ValueError` when an entry names what does not exist, or a name comes twice."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Fault] = {}
    for file in _FILES:
        for entry in yaml.load(file.read_bytes(), Loader=loader):  # noqa: S506 - a safe loader either way
            for description in described(entry):
                if description.name in found:
                    raise ValueError(f"two faults are called {description.name}")
                found[description.name] = _fault(description)
    return found


def replacements_for(names: Iterable[str]) -> dict[str, Replacement]:
    """What the named faults put in place of parts, all together. Raises `UnknownFaultError`."""
    known = catalogue()
    chosen: dict[str, Replacement] = {}
    for name in names:
        if name not in known:
            raise UnknownFaultError(f"there is no fault {name!r}; --list-faults prints the {len(known)} there are")
        for part, replacement in known[name].replacements().items():
            chosen[part] = _one_after_another(chosen[part], replacement) if part in chosen else replacement
    return chosen


def _fault(description: Description) -> Fault:
    for part, chosen in description.replaces.items():
        if part not in PARTS:
            raise ValueError(f"fault {description.name} replaces {part!r}, and the sandbox has no such part")
        if chosen["hook"] not in HOOKS:
            raise ValueError(f"fault {description.name} uses the hook {chosen['hook']!r}, and there is no such hook")
        if strange := (_operations_of(chosen) or frozenset()) - _OPERATIONS:
            raise ValueError(f"fault {description.name} is in {min(strange)!r}, and there is no such operation")
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


def _one_after_another(inner: Replacement, outer: Replacement) -> Replacement:
    """Two faults on one part: the later one works on what the earlier one has made of it."""

    def both(original: Any, *arguments: Any) -> Any:
        return outer(lambda *given: inner(original, *given), *arguments)

    return both

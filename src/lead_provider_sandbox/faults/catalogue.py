"""The catalogue of faults: `catalogue.yaml`, read and checked against the sandbox's parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lead_provider_sandbox.faults.hooks import HOOKS
from lead_provider_sandbox.parts import PARTS, Replacement

_FILE = Path(__file__).with_name("catalogue.yaml")


class UnknownFaultError(Exception):
    """There is no fault of that name; the message says what there is instead."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One deliberate defect: what it is called, what it does, of what kind it is, and the parts it replaces."""

    name: str
    sentence: str
    kind: str
    replacements: Mapping[str, Replacement]


def catalogue() -> dict[str, Fault]:
    """Every fault by name. Raises `ValueError` when the catalogue names a part or a hook that does not exist."""
    return {entry["name"]: _fault(entry) for entry in yaml.safe_load(_FILE.read_text(encoding="utf-8"))}


def replacements_for(names: Iterable[str]) -> dict[str, Replacement]:
    """What the named faults put in place of parts, all together. Raises `UnknownFaultError`."""
    known = catalogue()
    chosen: dict[str, Replacement] = {}
    for name in names:
        if name not in known:
            raise UnknownFaultError(f"there is no fault {name!r}; --list-faults prints the {len(known)} there are")
        for part, replacement in known[name].replacements.items():
            chosen[part] = _one_after_another(chosen[part], replacement) if part in chosen else replacement
    return chosen


def _fault(entry: Mapping[str, Any]) -> Fault:
    replacements = {}
    for part, chosen in entry["replaces"].items():
        if part not in PARTS:
            raise ValueError(f"fault {entry['name']} replaces {part!r}, and the sandbox has no such part")
        if chosen["hook"] not in HOOKS:
            raise ValueError(f"fault {entry['name']} uses the hook {chosen['hook']!r}, and there is no such hook")
        replacements[part] = HOOKS[chosen["hook"]](chosen.get("with"))
    return Fault(entry["name"], entry["sentence"], entry["kind"], replacements)


def _one_after_another(inner: Replacement, outer: Replacement) -> Replacement:
    """Two faults on one part: the later one works on what the earlier one has made of it."""

    def both(original: Any, *arguments: Any) -> Any:
        return outer(lambda *given: inner(original, *given), *arguments)

    return both

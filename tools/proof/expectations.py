"""The expectations of `tools/proof/expectations.yaml`: the requirements that must catch each fault.

The comment at the top of that file describes its entries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import Fault

from .services import ORIGINAL, Service, parse_place, service_for

FILE = Path(__file__).with_name("expectations.yaml")


@dataclass(frozen=True)
class Expectation:
    """The requirements that must fail because of a fault, each with the pattern of its reason.

    `service` is the one that the fault is tested in, and `scope` the part of it, if only one is right.
    `argued` is the reason why no test can catch the fault, and `missed` the reason why no test catches it yet.
    """

    patterns: Mapping[str, str]
    scope: Scope | None = None
    service: Service = ORIGINAL
    argued: str | None = None
    missed: str | None = None

    @property
    def must_be_caught(self) -> bool:
        """Whether the proof fails if the fault is not caught."""
        return not self.argued and not self.missed

    @property
    def is_contract_only(self) -> bool:
        """Whether any exchange that shows the faulty record is enough to catch the fault."""
        return all(requirement.startswith("contract/") for requirement in self.patterns)

    @property
    def stops_at_first_catch(self) -> bool:
        """Whether so many tests verify the requirements that the first catch is enough."""
        return all(requirement.partition("/")[0] in ("contract", "generated") for requirement in self.patterns)

    def catches(self, findings: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """Return the first failed finding of each expected requirement whose reason matches its pattern."""
        caught: dict[str, Mapping[str, Any]] = {}
        for finding in findings:
            pattern = self.patterns.get(requirement := finding["requirement"])
            if pattern is None or finding["outcome"] != "failed":
                continue
            if re.search(pattern, finding["reason"] or ""):
                caught.setdefault(requirement, finding)
        return caught


@cache
def entries() -> Mapping[str, Mapping[str, str]]:
    """Return the entries of the file, in order."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: Mapping[str, Mapping[str, str]] = yaml.load(FILE.read_bytes(), Loader=loader)
    return content


def entry_name(fault: Fault) -> str | None:
    """Return the name of the fault's own entry, or else the first pattern that matches its name."""
    if fault.name in entries():
        return fault.name
    return next((pattern for pattern in entries() if fnmatchcase(fault.name, pattern)), None)


def expectation_for(fault: Fault) -> Expectation | None:
    """Return the expectation of a fault, or None if no entry matches."""
    name = entry_name(fault)
    if name is None:
        return None
    entry = dict(entries()[name])
    place = entry.pop("in", None) or fault.values.get("scope")
    named, scope = parse_place(place) if place else (None, None)
    edition, argued, missed = entry.pop("edition", named), entry.pop("argued", None), entry.pop("missed", None)
    values = {key: str(value) for key, value in fault.values.items()}
    return Expectation(
        patterns={_fill(requirement, values): _fill(pattern, values) for requirement, pattern in entry.items()},
        scope=scope,
        service=service_for(fault, edition, scope),
        argued=argued,
        missed=missed,
    )


def _fill(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)

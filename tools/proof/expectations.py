"""What has to catch each fault: `tools/proof/expectations.yaml`, read.

An entry is for the fault of that name, or for all whose names fit its pattern; the first that fits holds, and a whole
name comes before any pattern. It gives requirements, each with a pattern that the reason of a failing finding has to
match; in both, `{member}` stands for the value of that name in the fault's row. `in` says where to look, `edition` in
which edition of the contract, `argued` why no test can catch it, and `missed` why none catches it today.
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

FILE = Path(__file__).with_name("expectations.yaml")


@dataclass(frozen=True)
class Expectation:
    """The requirements that have to fail because of a fault, each with the pattern of its reason.

    `scope` is where to look, if that is said, and `edition` in which edition of the contract, if not the default one.
    `argued` says why nothing can be found, and `missed` why nothing is yet.
    """

    patterns: Mapping[str, str]
    scope: Scope | None = None
    edition: str | None = None
    argued: str | None = None
    missed: str | None = None

    @property
    def looked_for(self) -> bool:
        """Whether it has to be caught."""
        return not self.argued and not self.missed

    @property
    def of_contract_only(self) -> bool:
        """Whether any exchange that shows the faulty record is enough to catch it."""
        return all(requirement.startswith("contract/") for requirement in self.patterns)

    @property
    def of_many_tests(self) -> bool:
        """Whether so many tests verify it that the first to catch it is enough."""
        return all(requirement.partition("/")[0] in ("contract", "generated") for requirement in self.patterns)

    def caught_by(self, findings: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """The first failing finding about each of the requirements that gives its reason."""
        found: dict[str, Mapping[str, Any]] = {}
        for finding in findings:
            pattern = self.patterns.get(requirement := finding["requirement"])
            if pattern is None or finding["outcome"] != "failed":
                continue
            if re.search(pattern, finding["reason"] or ""):
                found.setdefault(requirement, finding)
        return found


@cache
def entries() -> Mapping[str, Mapping[str, str]]:
    """The entries of the file, in its order."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: Mapping[str, Mapping[str, str]] = yaml.load(FILE.read_bytes(), Loader=loader)
    return content


def entry_of(fault: Fault) -> str | None:
    """The name or pattern of the entry that a fault falls under."""
    if fault.name in entries():
        return fault.name
    return next((pattern for pattern in entries() if fnmatchcase(fault.name, pattern)), None)


def expectation(fault: Fault) -> Expectation | None:
    """What has to catch a fault; None if the file does not say."""
    name = entry_of(fault)
    if name is None:
        return None
    entry = dict(entries()[name])
    where = entry.pop("in", None) or fault.values.get("scope")
    edition, argued, missed = entry.pop("edition", None), entry.pop("argued", None), entry.pop("missed", None)
    values = {key: str(value) for key, value in fault.values.items()}
    return Expectation(
        patterns={_filled(requirement, values): _filled(pattern, values) for requirement, pattern in entry.items()},
        scope=Scope(*where.split("-")) if where else None,
        edition=edition,
        argued=argued,
        missed=missed,
    )


def _filled(template: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)

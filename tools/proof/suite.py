"""The tests of the suites as they were collected: where each runs, and what it verifies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import Fault

from .expectations import Expectation
from .meetings import Meetings, meets

SCOPES = tuple(Scope(version, programme) for version in ("v3", "v2", "v1") for programme in ("ecf", "npq"))
"""Every scope, in the order in which they are looked through for one that shows a fault."""


@dataclass(frozen=True)
class Suite:
    """Every collected test by its id: its scope, and the requirements that it verifies."""

    scopes: Mapping[str, Scope]
    verifies: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, items: Mapping[str, pytest.Item]) -> Suite:
        """The suite that pytest has collected."""
        functions = {test: item for test, item in items.items() if isinstance(item, pytest.Function)}
        return cls(
            {test: item.callspec.params["scope"] for test, item in functions.items()},
            {test: frozenset(item.get_closest_marker("verifies").args) for test, item in functions.items()},
        )

    def of_scope(self, scope: Scope) -> tuple[str, ...]:
        """The tests of a scope, in order."""
        return tuple(test for test, its in self.scopes.items() if its == scope)

    def verifying(self, expected: Expectation, scope: Scope) -> tuple[str, ...]:
        """The tests of a scope that verify one of the requirements that are expected to fail."""
        return tuple(test for test in self.of_scope(scope) if not self.verifies[test].isdisjoint(expected.patterns))

    def meeting(self, fault: Fault, scope: Scope, meetings: Meetings) -> tuple[str, ...]:
        """The tests of a scope that meet a faulty part in an operation of its version.

        What they read back through another version is held against that one's contract, but found in their own scope.
        """
        return tuple(
            test for test in self.of_scope(scope) if meets(meetings.get(test, ()), fault.faulty, scope.version)
        )

    def scope_for(self, fault: Fault, expected: Expectation, meetings: Meetings, registry: Registry) -> Scope | None:
        """Where to look for a fault: where it is said to show, or in the first scope that could show it."""
        if expected.scope:
            return expected.scope
        for scope in SCOPES:
            if all(registry[each].applies_to(scope) for each in expected.patterns):
                met = self.meeting(fault, scope, meetings)
                if met and (expected.of_contract_only or self.verifying(expected, scope)):
                    return scope
        return None

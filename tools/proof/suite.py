"""The collected tests of the suites, with their scopes and requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.faults.catalogue import Fault

from .coverage import Coverage, reaches
from .expectations import Expectation


@dataclass(frozen=True)
class Suite:
    """The scope and the verified requirements of every collected test, by test id."""

    scopes: Mapping[str, Scope]
    verifies: Mapping[str, frozenset[str]]

    @classmethod
    def from_items(cls, items: Mapping[str, pytest.Item]) -> Suite:
        """Return the suite of the items that pytest has collected."""
        scopes: dict[str, Scope] = {}
        verifies: dict[str, frozenset[str]] = {}
        for test, item in items.items():
            marker = item.get_closest_marker("verifies")
            if isinstance(item, pytest.Function) and marker:
                scope = item.callspec.params["scope"]
                assert isinstance(scope, Scope)
                scopes[test], verifies[test] = scope, frozenset(marker.args)
        return cls(scopes, verifies)

    def in_scope(self, scope: Scope) -> tuple[str, ...]:
        """Return the tests of a scope, in order of collection."""
        return tuple(test for test, own in self.scopes.items() if own == scope)

    def verifying(self, expected: Expectation, scope: Scope) -> tuple[str, ...]:
        """Return the tests of a scope that verify an expected requirement."""
        return tuple(test for test in self.in_scope(scope) if not self.verifies[test].isdisjoint(expected.patterns))

    def reaching(self, fault: Fault, scope: Scope, coverage: Coverage) -> tuple[str, ...]:
        """Return the tests of a scope that reach a faulty part in an operation of its version.

        A test may read back through another version. Its findings still belong to its own scope.
        """
        return tuple(
            test for test in self.in_scope(scope) if reaches(coverage.get(test, ()), fault.faulty, scope.version)
        )

    def scope_for(self, fault: Fault, expected: Expectation, coverage: Coverage, registry: Registry) -> Scope | None:
        """Return the expected scope, or the first one of the service with a test that can catch the fault, or None."""
        if expected.scope:
            return expected.scope
        for scope in expected.service.scopes:
            if all(registry[each].applies_to(scope) for each in expected.patterns):
                reaching = self.reaching(fault, scope, coverage)
                if reaching and (expected.is_contract_only or self.verifying(expected, scope)):
                    return scope
        return None

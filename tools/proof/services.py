"""The service that a fault is tested in: its edition, and its programme if each programme has a service of its own."""

from __future__ import annotations

from dataclasses import dataclass

from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION
from lead_provider_sandbox.faults.catalogue import Fault
from lead_provider_sandbox.http.services import SERVICES

SUCCESSORS = "2026-08"
"""The first edition in which each programme has a service of its own."""


@dataclass(frozen=True, order=True)
class Service:
    """A service under test. Without a `programme`, it serves both."""

    edition: str = DEFAULT_EDITION
    programme: str | None = None

    def __str__(self) -> str:
        """Return the edition, with the programme if there is one: `2024-12`, `2026-08-ecf`."""
        return f"{self.edition}-{self.programme}" if self.programme else self.edition

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Its versions and programmes, the newest version first."""
        own = (each for each in load_edition(self.edition).scopes if self.programme in (None, each.programme))
        return tuple(sorted(own, key=lambda scope: scope.version, reverse=True))

    def requirements(self) -> Registry:
        """Return the requirements of the edition."""
        return load_edition(self.edition).of(Registry.load())


ORIGINAL = Service()
"""The service of the first editions."""
_BY_NAME = {"original": ORIGINAL, "ect": Service(SUCCESSORS, "ecf"), "npq": Service(SUCCESSORS, "npq")}
"""The service under test by the name that the sandbox gives it."""


def parse_place(text: str) -> tuple[str | None, Scope]:
    """Return the edition, if any, and the scope of a text such as `v1-ecf` or `2026-08-ecf`."""
    first, _, programme = text.rpartition("-")
    if first.startswith("v"):
        return None, Scope(first, programme)
    return first, next(each for each in load_edition(first).scopes if each.programme == programme)


def service_for(fault: Fault, edition: str | None, scope: Scope | None) -> Service:
    """Return the service in which a fault is tested: that of its expectation, or else the first that has it."""
    if edition is not None:
        return Service(edition, scope.programme if scope and edition >= SUCCESSORS else None)
    return next((_BY_NAME[each.name] for each in SERVICES if fault.is_in(each)), ORIGINAL)

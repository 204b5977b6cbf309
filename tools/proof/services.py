"""The service that a fault is tested in: its edition, and its programme if each programme has a service of its own."""

from __future__ import annotations

from dataclasses import dataclass

from lead_provider_conformance.contract.editions import load_edition
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import Scope
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION
from lead_provider_sandbox.faults.catalogue import Fault
from lead_provider_sandbox.http.services import ECT, SERVICES
from lead_provider_sandbox.http.services import ORIGINAL as ORIGINAL_SERVICE
from lead_provider_sandbox.parts import PARTS

SUCCESSORS = "2026-08"
"""The first edition in which each programme has a service of its own."""
_PROGRAMMES = {"ect": "ecf", "npq_service": "npq"}
"""The programmes of the successor services by the name with which their modules begin."""


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


def parse_place(text: str) -> tuple[str | None, Scope]:
    """Return the edition, if any, and the scope of a text such as `v1-ecf` or `2026-08-ecf`."""
    first, _, programme = text.rpartition("-")
    if first.startswith("v"):
        return None, Scope(first, programme)
    return first, next(each for each in load_edition(first).scopes if each.programme == programme)


def service_for(fault: Fault, edition: str | None, scope: Scope | None) -> Service:
    """Return the service in which a fault is tested: that of its expectation, or else that of all of its parts."""
    if edition is not None:
        return Service(edition, scope.programme if scope and edition >= SUCCESSORS else None)
    programmes = {_programme_of(part) or _programme_with(operations) for part, operations in fault.faulty.items()}
    programme = programmes.pop() if len(programmes) == 1 else None
    return Service(SUCCESSORS, programme) if programme else ORIGINAL


def _programme_of(part: str) -> str | None:
    """Return the programme of the successor service that the part belongs to; None if other services have it too."""
    names = PARTS[part].function.__module__.split(".")
    return next(
        (programme for start, programme in _PROGRAMMES.items() for each in names if f"{each}_".startswith(f"{start}_")),
        None,
    )


def _programme_with(operations: frozenset[str] | None) -> str | None:
    """Return the programme of the only service that has all these operations, if it is a successor service."""
    having = [each for each in SERVICES if operations and operations <= {known.id for known in each.operations}]
    return None if len(having) != 1 or ORIGINAL_SERVICE in having else "ecf" if ECT in having else "npq"

"""The services that serve the API: one for editions 2024-12 and 2025-04, one for each programme since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lead_provider_sandbox.http import ect_operations, npq_operations, operations
from lead_provider_sandbox.http.error_forms import NPQ_FORMS, ORIGINAL_FORMS, SUCCESSOR_FORMS, ErrorForms
from lead_provider_sandbox.http.rate_limit import DeployedRateLimit, RateLimit, Throttle
from lead_provider_sandbox.http.request import Operation
from lead_provider_sandbox.http.router import Routes, routes_of


class ServiceError(Exception):
    """No service serves a programme in an edition; the message says which ones there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service: its operations and the forms of its errors.

    `example` is the path of a list. `references` names its reference pages. `forbids_tokens` says
    whether a known token may lack access (403).
    """

    name: str
    description: str
    operations: tuple[Operation, ...]
    routes: Routes
    forms: ErrorForms
    throttle: Callable[[int], Throttle]
    example: str
    references: tuple[str, ...] = ()
    forbids_tokens: bool = False

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of its operations, latest first."""
        return tuple(sorted({each.version for each in self.operations}, reverse=True))


ORIGINAL = Service(
    name="original",
    description="versions 1 to 3",
    operations=operations.OPERATIONS,
    routes=routes_of(operations.OPERATIONS),
    forms=ORIGINAL_FORMS,
    throttle=RateLimit,
    example="/api/v3/participants/ecf",
    references=("v3", "v2", "v1"),
    forbids_tokens=True,
)

ECT = Service(
    name="ect",
    description="version 3 of the ECT service",
    operations=ect_operations.OPERATIONS,
    routes=routes_of(ect_operations.OPERATIONS),
    forms=SUCCESSOR_FORMS,
    throttle=DeployedRateLimit,
    example="/api/v3/participants",
    references=("2026-08-ecf",),
)

NPQ = Service(
    name="npq",
    description="version 3 of the NPQ service",
    operations=npq_operations.OPERATIONS,
    routes=routes_of(npq_operations.OPERATIONS),
    forms=NPQ_FORMS,
    throttle=DeployedRateLimit,
    example="/api/v3/participants/npq",
    references=("2026-08-npq",),
)

_SUCCESSORS: Mapping[str, Mapping[str, Service]] = {"2026-08": {"ecf": ECT, "npq": NPQ}}
"""The services of an edition by programme, the default one first; every other edition has the original service."""

SUCCESSOR_EDITIONS = tuple(_SUCCESSORS)
"""The editions that have a service for each programme."""

SERVICES = (ORIGINAL, *(service for services in _SUCCESSORS.values() for service in services.values()))

OPERATION_IDS = tuple(dict.fromkeys(operation.id for service in SERVICES for operation in service.operations))
"""The ids of the operations of all services, each once."""


def service_of(edition: str, programme: str | None = None) -> Service:
    """Return the service of an edition and, if several serve it, a programme. Raise `ServiceError` if there is none."""
    services = _SUCCESSORS.get(edition)
    if services is None:
        if programme is not None:
            raise ServiceError(
                f"one service serves both programmes of edition {edition}; leave --programme out, "
                f"or choose --edition {' or '.join(_SUCCESSORS)}"
            )
        return ORIGINAL
    if programme is None:
        return next(iter(services.values()))
    if programme not in services:
        raise ServiceError(f"edition {edition} has no programme {programme!r}; it has {' and '.join(services)}")
    return services[programme]

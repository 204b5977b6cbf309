"""Create a record in a named state, in any service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lead_provider_sandbox.control import npq_service_records, records
from lead_provider_sandbox.control.records import NO_OVERRIDES
from lead_provider_sandbox.domain.clock import Instant
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.sandbox import Sandbox

_CREATE = {"npq": npq_service_records.create_record}
"""The functions that create records in services with other tables, by the service's name."""


def create(
    sandbox: Sandbox, provider: Provider, state: str, now: Instant, overrides: Mapping[str, Any] = NO_OVERRIDES
) -> dict[str, Any]:
    """Create a record of a lead provider in a state and return its ids.

    Raise `UnknownStateError` if no state has the name, and `UnknownOverrideError` if an override does not fit.
    """
    service = sandbox.service.name
    create_record = _CREATE.get(service, records.create_record)
    return create_record(sandbox.store, sandbox.calendar, now, state, provider.id, service, overrides)

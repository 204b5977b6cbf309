"""The settings of a hosting process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lead_provider_conformance.readiness.hosting.quotas import Quotas


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfig:
    """The settings of a process that serves sessions.

    `public_url` is the address that providers use; `own_url` is that of this process, for the others. `control_token`
    opens the control interface. `trusted` are the addresses of proxies whose `X-Forwarded-*` count.
    """

    store: str
    public_url: str
    own_url: str
    control_token: str
    quotas: Quotas = field(default_factory=Quotas)
    days: float = 30.0
    retention_days: float = 365.0
    waits: bool = True
    sign_key: Path | None = None
    trusted: tuple[str, ...] = ()
    requests_per_second_without_token: float = 20.0
    most_open: int = 50
    """The sessions that a process has open at a time. Each one needs a connection to PostgreSQL."""
    most_in_flight: int = 50
    refusal_seconds: float = 1.0
    """The seconds before a 429: a client that does not wait by itself sends fewer requests on its connections."""
    idle_seconds: float = 300.0
    heartbeat_seconds: float = 3.0
    lease_seconds: float = 15.0

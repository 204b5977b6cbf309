"""The target: the server under test, its address and credentials, and the limits of a run."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from lead_provider_conformance.config.described_by import shown_path
from lead_provider_conformance.config.gaps import Gap
from lead_provider_conformance.config.waivers import Waiver
from lead_provider_conformance.model import Safety

TOKEN_VARIABLE = "LEAD_PROVIDER_TOKEN"  # noqa: S105 - the name of a variable
OTHER_TOKEN_VARIABLE = "OTHER_LEAD_PROVIDER_TOKEN"  # noqa: S105 - the name of a variable
SHORTEST_TOKEN = 8
NOT_PRODUCTION = {"sb", "sandbox", "staging", "review", "test", "dev", "development", "qa", "preprod", "migration"}


@dataclass(frozen=True, slots=True)
class Limits:
    """The timeouts of a response and its largest size."""

    connect_seconds: float = 5.0
    answer_seconds: float = 30.0
    answer_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of requests in any period of so many seconds."""

    requests: int
    per_seconds: float


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The rates that a server allows one token and one address, and the shortest time between two requests."""

    token: Rate | None = None
    address: Rate | None = None
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: the CA to trust, and the client certificate with its key."""

    ca: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None


@dataclass(frozen=True, slots=True)
class Provisioning:
    """The target's own hook that creates records, see docs/provisioning.md.

    `states` limits the hook to these states. None means every state that the hook offers.
    """

    url: str
    states: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """The command that starts a target, and the path to poll until the target responds.

    Placeholders in the command: `{port}` is a free loopback port, `{python}` the Python that runs the suite, and
    `{edition}` the edition of the contract.
    """

    command: tuple[str, ...]
    ready: str
    within_seconds: float = 30.0

    def in_edition(self, edition: str) -> Start:
        """Return a copy with `{edition}` filled in."""
        return replace(self, command=tuple(part.replace("{edition}", edition) for part in self.command))


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test. Its representation leaves the tokens out."""

    name: str
    base_url: str
    tokens: tuple[str, ...] = field(default=(), repr=False)
    other_kind_token: str | None = field(default=None, repr=False)
    """A token that the server knows and that belongs to no lead provider."""
    description: str = ""
    edition: str | None = None
    versions: tuple[str, ...] | None = None
    programmes: tuple[str, ...] = ("ecf", "npq")
    operations: frozenset[str] | None = None
    """The operationIds that the target implements. None means all of its versions and programmes."""
    safety: Safety = Safety.READ_ONLY
    limits: Limits = Limits()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    rate: RateLimits = RateLimits()
    concurrency: int | None = None
    """The number of tests at the same time. From 2 on, a few tests send two requests at once. None means 1, unless the
    run starts the server.
    """
    server_date: str | None = None
    """The request header that sets the server's clock for one request, such as X-With-Server-Date."""
    tls: Tls = Tls()
    proxy: str | None = None
    start: Start | None = None
    provisioning: Provisioning | None = None
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    gaps: tuple[Gap, ...] = ()
    documents: tuple[Path | str, ...] = ()
    """The server's own OpenAPI documents: files, or paths on the target."""
    allow_plain_http: bool = False
    file: Path | None = field(default=None, compare=False)
    """The target file; None if options describe the target."""

    @property
    def file_name(self) -> str | None:
        """The path of the target file, or of the workflow that gives the options instead."""
        return shown_path(self.file)

    def implements(self, operation_id: str) -> bool:
        """Return whether the target file lists the operation as implemented."""
        return self.operations is None or operation_id in self.operations

    @property
    def takes_two_requests(self) -> bool:
        """Return whether the server may have two requests in flight."""
        return self.concurrency > 1 if self.concurrency is not None else self.start is not None

    def at(self, base_url: str, provisioning_url: str | None = None) -> Target:
        """Return a copy with other addresses."""
        provisioning = self.provisioning
        if provisioning and provisioning_url:
            provisioning = replace(provisioning, url=provisioning_url)
        return replace(self, base_url=base_url, provisioning=provisioning)


def is_loopback(url: str) -> bool:
    """Return whether the host of a URL is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def looks_like_production(host: str) -> bool:
    """Return whether the name of `host` is that of a live service.

    The live service is on education.gov.uk. Its other environments are named in a part of their host names.
    """
    parts = {part for label in host.lower().split(".") for part in label.split("-")}
    if parts & {"prod", "production", "live"}:
        return True
    return host.lower().endswith(".gov.uk") and not parts & NOT_PRODUCTION

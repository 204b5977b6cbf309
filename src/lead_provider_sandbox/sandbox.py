"""Compose a sandbox from its options: store, seed, tokens, clock, faults and application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from starlette.types import ASGIApp

from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION, Calendar
from lead_provider_sandbox.domain.clock import Clock, Instant
from lead_provider_sandbox.domain.models import Provider
from lead_provider_sandbox.http.access import NPQ_ONLY_TOKEN, OTHER_SERVICE_TOKEN, PROVIDER_TOKENS
from lead_provider_sandbox.http.app import application
from lead_provider_sandbox.http.gateway import Gateway
from lead_provider_sandbox.http.services import Service, service_of
from lead_provider_sandbox.parts import Replacement
from lead_provider_sandbox.seed.file import read_plan
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.seed.services import SEEDS
from lead_provider_sandbox.store.store import Rows, Store
from lead_provider_sandbox.store.tables import providers


class TokensError(Exception):
    """The tokens are unusable; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a sandbox.

    `tokens` is a comma-separated pair for the two lead providers. `programme` selects a service of an edition that
    several services serve: `ecf`, the default, or `npq`.
    """

    database: str | None = None
    seed: int = DEFAULT_SEED
    participants: int | None = None
    edition: str = DEFAULT_EDITION
    programme: str | None = None
    faults: tuple[str, ...] = ()
    server_date: Instant | None = None
    tokens: str | None = None
    seed_file: Path | None = None
    throttle: int | None = None


class Sandbox:
    """A sandbox ready to serve. Use as a context manager, which closes the store."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.named_tokens = _named_tokens(options.tokens)
        self.calendar = Calendar.load(options.edition)
        self.service = service_of(options.edition, options.programme)
        self._seed = SEEDS[self.service.name]
        self._plan = read_plan(options.seed_file or self._seed.file, self.calendar)
        self.replacements = _replacements(options.faults, self.service)
        self.store = Store(options.database)
        try:
            self.store.prepare(self._seed_rows)
            self.gateway = Gateway(
                store=self.store,
                tokens=self._tokens(),
                calendar=self.calendar,
                clock=Clock(options.server_date),
                service=self.service,
                rate_limit=self.service.throttle(options.throttle) if options.throttle else None,
                replacements=self.replacements,
            )
        except BaseException:
            self.store.close()
            raise
        self.app: ASGIApp = application(self.gateway, self.named_tokens, options.faults)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    def reset(self) -> None:
        """Restore the store to its seed."""
        self.store.reset()

    def _seed_rows(self) -> Rows:
        return self._seed.rows(
            self.calendar,
            (PROVIDER_TOKENS[0][0], PROVIDER_TOKENS[1][0], NPQ_ONLY_TOKEN[0]),
            seed=self.options.seed,
            participants=self.options.participants,
            plan=self._plan,
        )

    @property
    def providers(self) -> list[Provider]:
        """The two lead providers with both programmes, in the order of their tokens."""
        callers = [self.gateway.tokens.get(token) for _, token in self.named_tokens]
        return [provider for provider in callers if provider is not None]

    def _tokens(self) -> dict[str, Provider | None]:
        by_name = {
            row.name: Provider(row.id, row.name, row.ecf, row.npq)
            for row in self.store.connection.execute(select(providers))
        }
        named = (*self.named_tokens, NPQ_ONLY_TOKEN)
        of_providers: dict[str, Provider | None] = {token: by_name[name] for name, token in named if name in by_name}
        return {**of_providers, OTHER_SERVICE_TOKEN: None} if self.service.forbids_tokens else of_providers


def _named_tokens(tokens: str | None) -> tuple[tuple[str, str], ...]:
    if tokens is None:
        return PROVIDER_TOKENS
    values = [token.strip() for token in tokens.split(",")]
    if len(values) != len(PROVIDER_TOKENS) or not all(values) or len(set(values)) != len(values):
        raise TokensError("LEAD_PROVIDER_SANDBOX_TOKENS must hold two different tokens with a comma between them")
    return tuple((name, token) for (name, _), token in zip(PROVIDER_TOKENS, values, strict=True))


def _replacements(names: tuple[str, ...], service: Service) -> Mapping[str, Replacement]:
    if not names:
        return {}
    from lead_provider_sandbox.faults.catalogue import replacements_for

    return replacements_for(names, service)

"""Serve a world on a free port, and print the address. Run from the root of the repository:

python -m tests.selftest.worlds.server NAME EDITION FOLDER [PROGRAMME] [SEED]

The folder is for the database. The sandbox's public tokens are valid.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from itertools import count
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lead_provider_conformance.config.shard import WHOLE
from lead_provider_sandbox.domain.calendar import Calendar
from lead_provider_sandbox.domain.clock import Clock, Instant, to_datetime, to_instant
from lead_provider_sandbox.http.access import NPQ_ONLY_TOKEN, PROVIDER_TOKENS
from lead_provider_sandbox.http.protocol import HttpProtocol
from lead_provider_sandbox.http.server import listen
from lead_provider_sandbox.http.services import service_of
from lead_provider_sandbox.sandbox import Options, Sandbox
from lead_provider_sandbox.seed.file import read_plan
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.seed.services import SEEDS
from lead_provider_sandbox.store.store import Rows, Store

from .catalogue import WORLDS, Date, World
from .in_use import work
from .other_shard import shared_with_other_shard

_PROVIDERS = (PROVIDER_TOKENS[0][0], PROVIDER_TOKENS[1][0], NPQ_ONLY_TOKEN[0])


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.selftest.worlds.server")
    parser.add_argument("world", choices=WORLDS)
    parser.add_argument("edition")
    parser.add_argument("folder", type=Path)
    parser.add_argument("programme", nargs="?")
    parser.add_argument("seed", nargs="?", type=int, default=DEFAULT_SEED)
    arguments = parser.parse_args()
    world = WORLDS[arguments.world]
    database = f"sqlite:///{arguments.folder / 'world.sqlite'}"
    options = Options(
        database=database,
        edition=arguments.edition,
        programme=arguments.programme or None,
        seed=arguments.seed,
        throttle=world.throttle,
    )
    with Store(database) as store:
        store.prepare(lambda: _rows(world, options))
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    for _ in range(world.processes - 1):
        if os.fork() == 0:
            break
    # Each process opens the database itself, because no connection to SQLite survives a fork.
    with Sandbox(options) as sandbox:
        sandbox.gateway.replacements = world.replaced
        sandbox.gateway.clock = _LateClock(behind=world.clock_behind)
        _serve(world, _in_use(world, sandbox), sandbox.gateway.clock, listener)


def _rows(world: World, options: Options) -> Rows:
    calendar = Calendar.load(options.edition)
    seed = SEEDS[service_of(options.edition, options.programme).name]
    plan = world.plan(read_plan(seed.file, calendar))
    return world.rows(seed.rows(calendar, _PROVIDERS, seed=options.seed, participants=None, plan=plan))


def _in_use(world: World, sandbox: Sandbox) -> ASGIApp:
    """Return the application; a change by others follows each `requests_per_change` requests."""
    if world.requests_per_change is None:
        return sandbox.app
    if world.shard != WHOLE:
        return shared_with_other_shard(sandbox, world.shard, world.requests_per_change)
    requests, change = count(1), work(sandbox)

    async def used(scope: Scope, receive: Receive, send: Send) -> None:
        await sandbox.app(scope, receive, send)
        if next(requests) % world.requests_per_change == 0:
            change()

    return used


@dataclass(slots=True)
class _LateClock(Clock):
    behind: timedelta = timedelta()

    def now(self) -> Instant:
        return to_instant(to_datetime(Clock.now(self)) - self.behind)


def _serve(world: World, app: ASGIApp, clock: Clock, listener: socket.socket) -> None:
    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(to_datetime(clock.now()), usegmt=True).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        await asyncio.sleep(world.latency_seconds)
        await app(scope, receive, send_dated if world.date is Date.OF_CLOCK else send)

    config = uvicorn.Config(
        changed,
        http=HttpProtocol,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=world.date is Date.REAL,
        # With 0, the server closes the connection after each response without announcing it.
        timeout_keep_alive=5 if world.keeps_connections else 0,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

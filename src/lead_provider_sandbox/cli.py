"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from starlette.types import ASGIApp

from lead_provider_sandbox.control.app import provisioning
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION, CalendarError
from lead_provider_sandbox.domain.clock import parse_instant
from lead_provider_sandbox.faults.catalogue import UnknownFaultError, catalogue
from lead_provider_sandbox.http.access import NPQ_ONLY_TOKEN, OTHER_SERVICE_TOKEN, PROVIDER_TOKENS
from lead_provider_sandbox.http.rate_limit import DOCUMENTED_LIMIT
from lead_provider_sandbox.http.server import AddressError, listen, serve
from lead_provider_sandbox.sandbox import Options, Sandbox, TokensError
from lead_provider_sandbox.seed.file import SeedFileError
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.store.store import StoreError

WRONG_USAGE = 4
TOKENS_VARIABLE = "LEAD_PROVIDER_SANDBOX_TOKENS"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(message)


class _UsageError(Exception):
    """The command line cannot be understood."""


_WRONG = (_UsageError, AddressError, CalendarError, SeedFileError, StoreError, TokensError, UnknownFaultError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status. 4 is wrong usage, told in one sentence."""
    logging.basicConfig(format="lead-provider-sandbox: %(message)s", level=logging.ERROR)
    try:
        return _run(arguments)
    except (
        _UsageError,
        AddressError,
        CalendarError,
        SeedFileError,
        StoreError,
        TokensError,
        UnknownFaultError,
    ) as error:
        print(f"lead-provider-sandbox: {error}", file=sys.stderr)  # noqa: T201
        return WRONG_USAGE


def _run(arguments: Sequence[str] | None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.list_faults:
        for fault in catalogue().values():
            print(f"{fault.name}\n    {fault.sentence}")  # noqa: T201
        return 0
    server_date = None
    if asked.server_date is not None:
        server_date = parse_instant(asked.server_date)
        if server_date is None:
            raise _UsageError(f"--server-date {asked.server_date!r} is no date-time; write 2024-11-30T12:00:00Z")
    for name, given, least in (("throttle", asked.throttle, 1), ("participants", asked.participants, 0)):
        if given is not None and given < least:
            raise _UsageError(f"--{name} must be a number from {least}")
    options = Options(
        database=asked.database,
        seed=asked.seed,
        participants=asked.participants,
        edition=asked.edition,
        faults=tuple(asked.fault),
        server_date=server_date,
        tokens=os.environ.get(TOKENS_VARIABLE),
        seed_file=asked.seed_file,
        throttle=asked.throttle,
    )
    with ExitStack() as open_things:
        listener = open_things.enter_context(listen(asked.host, asked.port))
        served = [listener]
        if asked.provisioning_port is not None:
            served.append(open_things.enter_context(listen(asked.host, asked.provisioning_port)))
        sandbox = open_things.enter_context(Sandbox(options))
        addresses = [_address(each) for each in served]
        applications: list[ASGIApp] = [sandbox.app, provisioning(sandbox)]
        serve(
            list(zip(applications[: len(served)], served, strict=True)),
            lambda: None if asked.quiet else _greet(addresses, sandbox),
        )
    return 0


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _greet(addresses: Sequence[str], sandbox: Sandbox) -> None:
    address = addresses[0]
    lines = [f"The lead provider sandbox is at {address}", ""]
    lines += [f"  {name}: token {token}" for name, token in sandbox.named_tokens]
    lines += [f"  provisioning: {each}/provisioning" for each in addresses[1:]]
    if sandbox.replacements:
        lines += ["", f"  faults: {', '.join(sandbox.options.faults)}"]
    lines += ["", "Try:", f"  curl -g -H 'Authorization: Bearer {sandbox.named_tokens[0][1]}' \\"]
    lines += [f"    '{address}/api/v3/participants/ecf?page[per_page]=2'", "", "Ctrl-C stops it."]
    print("\n".join(lines), flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    tokens = ", ".join(token for _, token in (*PROVIDER_TOKENS, NPQ_ONLY_TOKEN))
    parser = _Parser(
        prog="lead-provider-sandbox",
        description="A conforming Lead Provider API server with invented data, to build clients and prove suites on.",
        epilog=f"Tokens: {tokens} (lead providers), {OTHER_SERVICE_TOKEN} (another service, forbidden everywhere). "
        f"{TOKENS_VARIABLE}=first,second replaces the first two.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8100, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--database", metavar="URL", help="SQLAlchemy URL (default: a temporary SQLite file)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="number of the seed (default: %(default)s)")
    parser.add_argument("--participants", type=int, metavar="N", help="at least so many ECF participants a provider")
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="a plan of your own, see docs/sandbox.md")
    parser.add_argument(
        "--provisioning-port", type=int, metavar="PORT", help="serve the provisioning calls here (default: not at all)"
    )
    parser.add_argument(
        "--throttle",
        type=int,
        nargs="?",
        const=DOCUMENTED_LIMIT,
        metavar="N",
        help="allow N requests in 5 minutes with a token (default: no limit; N: %(const)s)",
    )
    parser.add_argument("--edition", default=DEFAULT_EDITION, help="edition of the contract (default: %(default)s)")
    parser.add_argument("--server-date", metavar="INSTANT", help="stop the clock at an RFC 3339 date-time")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="break it in one way; repeatable")
    parser.add_argument("--list-faults", action="store_true", help="print the faults there are, and end")
    parser.add_argument("--quiet", action="store_true", help="print nothing when it is ready")
    return parser

"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from lead_provider_sandbox.api.access import NPQ_ONLY_TOKEN, OTHER_SERVICE_TOKEN, PROVIDER_TOKENS
from lead_provider_sandbox.clock import read_instant
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION, CalendarError
from lead_provider_sandbox.faults.catalogue import UnknownFaultError, catalogue
from lead_provider_sandbox.sandbox import Options, Sandbox, TokensError
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.server import AddressError, listen, serve
from lead_provider_sandbox.store.store import StoreError

WRONG_USAGE = 4
TOKENS_VARIABLE = "LEAD_PROVIDER_SANDBOX_TOKENS"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(message)


class _UsageError(Exception):
    """The command line cannot be understood."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status. 4 is wrong usage, told in one sentence."""
    logging.basicConfig(format="lead-provider-sandbox: %(message)s", level=logging.ERROR)
    try:
        return _run(arguments)
    except (_UsageError, AddressError, CalendarError, StoreError, TokensError, UnknownFaultError) as error:
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
        server_date = read_instant(asked.server_date)
        if server_date is None:
            raise _UsageError(f"--server-date {asked.server_date!r} is no date-time; write 2024-11-30T12:00:00Z")
    options = Options(
        database=asked.database,
        seed=asked.seed,
        participants=asked.participants,
        edition=asked.edition,
        faults=tuple(asked.fault),
        server_date=server_date,
        tokens=os.environ.get(TOKENS_VARIABLE),
    )
    listener = listen(asked.host, asked.port)
    with listener, Sandbox(options) as sandbox:
        host, port = listener.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        serve([(sandbox.app, listener)], lambda: None if asked.quiet else _greet(address, sandbox))
    return 0


def _greet(address: str, sandbox: Sandbox) -> None:
    lines = [f"The lead provider sandbox is at {address}", ""]
    lines += [f"  {name}: token {token}" for name, token in sandbox.named_tokens]
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
    parser.add_argument("--edition", default=DEFAULT_EDITION, help="edition of the contract (default: %(default)s)")
    parser.add_argument("--server-date", metavar="INSTANT", help="stop the clock at an RFC 3339 date-time")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help="break it in one way; repeatable")
    parser.add_argument("--list-faults", action="store_true", help="print the faults there are, and end")
    parser.add_argument("--quiet", action="store_true", help="print nothing when it is ready")
    return parser

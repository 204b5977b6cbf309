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
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION, Calendar, CalendarError
from lead_provider_sandbox.domain.clock import parse_instant
from lead_provider_sandbox.faults.catalogue import UnknownFaultError, catalogue
from lead_provider_sandbox.http.access import NPQ_ONLY_TOKEN, OTHER_SERVICE_TOKEN, PROVIDER_TOKENS
from lead_provider_sandbox.http.rate_limit import DOCUMENTED_LIMIT
from lead_provider_sandbox.http.server import AddressError, listen, serve
from lead_provider_sandbox.http.services import ServiceError, service_of
from lead_provider_sandbox.sandbox import Options, Sandbox, TokensError
from lead_provider_sandbox.seed.file import SeedFileError
from lead_provider_sandbox.seed.seed import DEFAULT_SEED
from lead_provider_sandbox.store.store import StoreError

WRONG_USAGE = 4
TOKENS_VARIABLE = "LEAD_PROVIDER_SANDBOX_TOKENS"
EXAMPLES = """\
examples:
  Serve the original service at http://127.0.0.1:8100:
    lead-provider-sandbox
  Serve the NPQ service, with its rate limit:
    lead-provider-sandbox --edition 2026-08 --programme npq --throttle
  Serve a defect, to see how the suite reports it:
    lead-provider-sandbox --fault sort-ignored
"""


class _Parser(argparse.ArgumentParser):
    """Raises `_UsageError` instead of exiting."""

    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message}; see `{self.prog} --help`")


class _UsageError(Exception):
    """The command line is invalid."""


_USAGE_ERRORS = (_UsageError, CalendarError, ServiceError, SeedFileError, StoreError, TokensError, UnknownFaultError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; 4 is wrong usage, reported in one sentence."""
    logging.basicConfig(format="lead-provider-sandbox: %(message)s", level=logging.ERROR)
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # a reader such as `head` has stopped reading
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _USAGE_ERRORS as error:
        print(f"lead-provider-sandbox: {error}", file=sys.stderr)  # noqa: T201
        return WRONG_USAGE


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    if arguments.list_faults:
        _list_faults(arguments.edition, arguments.programme)
        return 0
    server_date = None
    if arguments.server_date is not None:
        server_date = parse_instant(arguments.server_date)
        if server_date is None:
            raise _UsageError(f"--server-date {arguments.server_date!r} is not a date-time; write 2024-11-30T12:00:00Z")
    for name, value, minimum in (("throttle", arguments.throttle, 1), ("participants", arguments.participants, 0)):
        if value is not None and value < minimum:
            raise _UsageError(f"--{name} must be {minimum} or more")
    options = Options(
        database=arguments.database,
        seed=arguments.seed,
        participants=arguments.participants,
        edition=DEFAULT_EDITION if arguments.edition is None else arguments.edition,
        programme=arguments.programme,
        faults=tuple(arguments.fault),
        server_date=server_date,
        tokens=os.environ.get(TOKENS_VARIABLE),
        seed_file=arguments.seed_file,
        throttle=arguments.throttle,
    )
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(arguments.host, arguments.port, "--port"))
        listeners = [listener]
        if arguments.provisioning_port is not None:
            port = arguments.provisioning_port
            listeners.append(stack.enter_context(_listen(arguments.host, port, "--provisioning-port")))
        sandbox = stack.enter_context(Sandbox(options))
        addresses = [_address(each) for each in listeners]
        applications: list[ASGIApp] = [sandbox.app, provisioning(sandbox)]
        serve(
            list(zip(applications[: len(listeners)], listeners, strict=True)),
            lambda: None if arguments.quiet else _print_addresses(addresses, sandbox),
        )
    return 0


def _list_faults(edition: str | None, programme: str | None) -> None:
    """Print the faults of a service, or all if neither edition nor programme is given."""
    faults = list(catalogue().values())
    if edition is not None or programme is not None:
        service = service_of(Calendar.load(DEFAULT_EDITION if edition is None else edition).edition, programme)
        faults = [fault for fault in faults if fault.is_in(service)]
    for fault in faults:
        print(f"{fault.name}\n    {fault.sentence}")  # noqa: T201


def _listen(host: str, port: int, option: str) -> socket.socket:
    try:
        return listen(host, port)
    except AddressError as error:
        raise _UsageError(f"{error}; check --host, or choose another {option}, or 0 for a free one") from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _print_addresses(addresses: Sequence[str], sandbox: Sandbox) -> None:
    address = addresses[0]
    lines = [f"The lead provider sandbox is at {address}", ""]
    lines += [f"  {name}: token {token}" for name, token in sandbox.named_tokens]
    lines += [f"  provisioning: {each}/provisioning" for each in addresses[1:]]
    if sandbox.replacements:
        lines += ["", f"  faults: {', '.join(sandbox.options.faults)}"]
    lines += ["", "Try:", f"  curl -g -H 'Authorization: Bearer {sandbox.named_tokens[0][1]}' \\"]
    lines += [f"    '{address}{sandbox.service.example}?page[per_page]=2'", "", "Ctrl-C stops it."]
    print("\n".join(lines), flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    tokens = ", ".join(token for _, token in (*PROVIDER_TOKENS, NPQ_ONLY_TOKEN))
    parser = _Parser(
        prog="lead-provider-sandbox",
        description="A conforming Lead Provider API server with invented data, for testing clients and suites.",
        epilog=f"{EXAMPLES}\ntokens:\n  {tokens} (lead providers)\n"
        f"  {OTHER_SERVICE_TOKEN} (another service, forbidden everywhere)\n"
        f"  {TOKENS_VARIABLE}=first,second replaces the first two",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8100, help="port; 0 picks a free one (default: %(default)s)")
    parser.add_argument("--database", metavar="URL", help="SQLAlchemy URL (default: a temporary SQLite file)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="number of the seed data (default: %(default)s)")
    parser.add_argument("--participants", type=int, metavar="N", help="minimum number of ECF participants per provider")
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="your own situations, see docs/sandbox.md")
    parser.add_argument(
        "--provisioning-port", type=int, metavar="PORT", help="serve the provisioning calls on this port (default: off)"
    )
    parser.add_argument(
        "--throttle",
        type=int,
        nargs="?",
        const=DOCUMENTED_LIMIT,
        metavar="N",
        help="allow N requests per token in 5 minutes (default: no limit; N: %(const)s)",
    )
    parser.add_argument("--edition", help=f"edition of the contract (default: {DEFAULT_EDITION})")
    parser.add_argument(
        "--programme", metavar="NAME", help="service of edition 2026-08: ecf or npq (default: ecf for that edition)"
    )
    parser.add_argument("--server-date", metavar="INSTANT", help="stop the clock at an RFC 3339 date-time")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="add a deliberate defect; may be repeated"
    )
    parser.add_argument(
        "--list-faults",
        action="store_true",
        help="print all faults, or those of --edition and --programme, and exit",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing when ready")
    return parser

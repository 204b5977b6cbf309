"""`client --serve` and `client session`: sessions of many providers on one server, and the operator's commands."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import requests

from lead_provider_conformance.cli.command import add_command
from lead_provider_conformance.cli.results import sign_key
from lead_provider_conformance.config.profile import EDITION
from lead_provider_conformance.model import PROGRAMMES, ExitStatus, UsageError
from lead_provider_conformance.schemas import yaml_file

TOKEN_VARIABLE, URL_VARIABLE = "LEAD_PROVIDER_CONTROL_TOKEN", "LEAD_PROVIDER_CONTROL_URL"
DEFAULT_STORE, DEFAULT_PORT = "readiness.sqlite", 8100
PACKAGES = ("alembic", "prometheus_client", "h11")
TIMEOUT = 300
FIELDS = ("id", "name", "state", "act", "requests", "expires_at")


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add the options of `client --serve`."""
    group = parser.add_argument_group("hosting (with --serve)")
    group.add_argument("--serve", action="store_true", help="serve the sessions of many providers; see docs/readiness")
    group.add_argument(
        "--store",
        default=DEFAULT_STORE,
        metavar="URL",
        help="SQLite file, or postgresql+psycopg://user:password@host/database (default: %(default)s)",
    )
    group.add_argument("--public-url", metavar="URL", help="the address that providers use (default: that of the port)")
    group.add_argument("--own-url", metavar="URL", help="the address of this process, for others on the same store")
    add_token_file(group)
    group.add_argument(
        "--trusted-proxy", action="append", default=[], metavar="ADDRESS", help="believe its X-Forwarded-*; repeatable"
    )
    group.add_argument(
        "--idle-seconds", type=_positive, default=300.0, metavar="N", help="close idle sessions after it (default: 300)"
    )
    group.add_argument(
        "--most-open", type=int, default=50, metavar="N", help="sessions that are open at a time (default: %(default)s)"
    )
    group.add_argument("--days", type=_positive, default=30.0, metavar="N", help="of a session (default: 30)")
    group.add_argument(
        "--retention-days", type=_positive, default=365.0, metavar="N", help="keep the reports so long (default: 365)"
    )


def add_token_file(parser: argparse._ActionsContainer) -> None:
    """Add --control-token-file."""
    parser.add_argument(
        "--control-token-file", type=Path, metavar="FILE", help=f"the operator's token (default: {TOKEN_VARIABLE})"
    )


def serve(parsed: argparse.Namespace) -> int:
    """Serve sessions until a signal arrives."""
    for package in PACKAGES:
        if find_spec(package) is None:
            raise UsageError(f"--serve needs the Python package {package}; install lead-provider-conformance[hosted].")
    # The packages of the extra `hosted` need not be installed for other commands.
    from lead_provider_conformance.readiness.hosting.config import HostConfig
    from lead_provider_conformance.readiness.hosting.logs import configure
    from lead_provider_conformance.readiness.hosting.quotas import Quotas
    from lead_provider_conformance.readiness.hosting.serve import serve as serve_sessions
    from lead_provider_conformance.readiness.run import address_of, listening

    sign_key(parsed)
    given = _control_token(parsed)
    token = given or secrets.token_urlsafe(32)
    port = DEFAULT_PORT if parsed.port is None else parsed.port
    with listening(parsed.host, port) as listener:
        address = address_of(listener)
        config = HostConfig(
            store=parsed.store,
            public_url=(parsed.public_url or address).rstrip("/"),
            own_url=(parsed.own_url or address).rstrip("/"),
            control_token=token,
            quotas=Quotas(largest_bytes=int(parsed.journal_limit * 1024 * 1024)),
            days=parsed.days,
            idle_seconds=parsed.idle_seconds,
            most_open=max(1, parsed.most_open),
            retention_days=parsed.retention_days,
            waits=not parsed.skip_slow,
            sign_key=parsed.sign_key.absolute() if parsed.sign_key else None,
            trusted=tuple(parsed.trusted_proxy),
        )

        def announce() -> None:
            _print(f"Serving sessions of clients at {config.public_url}")
            _print(f"  control: {address}/control/sessions")
            if given is None:
                _print(f"  control token: {token} (of this run; set {TOKEN_VARIABLE} to keep one)")

        configure()
        serve_sessions(config, listener, announce)
    return ExitStatus.CONFORMANT


def add_session(parser: argparse.ArgumentParser) -> None:
    """Add the operator's commands: `client session create` and others."""
    groups = parser.add_subparsers(title="commands of an operator", required=False, metavar="session")
    group = add_command(
        groups, "session", "make, list, extend, end, export and delete hosted sessions", {"List": "list"}
    )
    commands = group.add_subparsers(title="commands", required=True, metavar="COMMAND")
    create = _add(commands, "create", "make a session, and print its token and its page", _create)
    create.add_argument("--name", required=True, help="the name of the provider or its system")
    create.add_argument("--profile", type=Path, metavar="FILE", help="the provider's profile, without a command")
    create.add_argument("--programme", choices=PROGRAMMES, default="ecf", help="without a profile (default: ecf)")
    create.add_argument("--edition", default=EDITION, metavar="E", help="without a profile (default: %(default)s)")
    create.add_argument("--days", type=_positive, metavar="N", help="default: that of the server")
    listing = _add(commands, "list", "list the sessions", _list)
    listing.add_argument("--csv", action="store_true", help="print the overview: who is ready, and what is missing")
    show = _add(commands, "show", "print a session with its verdict and its audit log, as JSON", _show)
    extend = _add(commands, "extend", "give a session more days", _extend)
    extend.add_argument("--days", type=_positive, required=True, metavar="N", help="the days to add")
    end = _add(commands, "end", "end a session; its report is made and kept", _end)
    export = _add(commands, "export", "save the package of a session: reports, journals and a manifest", _export)
    export.add_argument("--into", type=Path, metavar="FILE.zip", help="default: ID.zip")
    delete = _add(commands, "delete", "delete a session with its journals and reports", _delete)
    for each in (show, extend, end, export, delete):
        each.add_argument("session_id", metavar="ID", help="the id of the session")


EXAMPLES = {
    "create": {"Make a session of the ECT service for 14 days": "--name 'Provider 1' --days 14"},
    "list": {"Save the overview": "--csv"},
    "show": {"Print a session": "d57d5e1d0e37"},
    "extend": {"Give a week more": "d57d5e1d0e37 --days 7"},
    "end": {"End a session now": "d57d5e1d0e37"},
    "export": {"Save the evidence": "d57d5e1d0e37 --into provider-1.zip"},
    "delete": {"Delete everything of a session": "d57d5e1d0e37"},
}


def _add(commands: Any, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    parser = add_command(commands, name, summary, EXAMPLES[name])
    parser.add_argument("--url", help=f"the address of the server (default: {URL_VARIABLE}, or http://127.0.0.1:8100)")
    add_token_file(parser)
    parser.set_defaults(command=run)
    return parser


def _create(parsed: argparse.Namespace) -> int:
    body: dict[str, Any] = {"name": parsed.name}
    if parsed.profile:
        body["profile"] = yaml_file.read(parsed.profile, schema="profile")
    else:
        body |= {"programme": parsed.programme, "edition": parsed.edition}
    if parsed.days:
        body["days"] = parsed.days
    made = _call(parsed, "POST", "/sessions", body).json()
    for name in ("id", "address", "token", "page", "expires_at"):
        _print(f"{name.replace('_', ' ')}: {made[name]}")
    _print("The token and the page are shown only now. Send them to the provider by a safe way.")
    return ExitStatus.CONFORMANT


def _list(parsed: argparse.Namespace) -> int:
    if parsed.csv:
        _print(_call(parsed, "GET", "/overview.csv").text.rstrip())
        return ExitStatus.CONFORMANT
    rows = [FIELDS, *([each[name] for name in FIELDS] for each in _call(parsed, "GET", "/sessions").json()["sessions"])]
    for row in rows:
        _print("  ".join(str("-" if each is None else each) for each in row))
    return ExitStatus.CONFORMANT


def _show(parsed: argparse.Namespace) -> int:
    content = _call(parsed, "GET", f"/sessions/{parsed.session_id}").json()
    _print(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
    return ExitStatus.CONFORMANT


def _extend(parsed: argparse.Namespace) -> int:
    changed = _call(parsed, "POST", f"/sessions/{parsed.session_id}/extend", {"days": parsed.days}).json()
    _print(f"{parsed.session_id} ends on {changed['expires_at']}.")
    return ExitStatus.CONFORMANT


def _end(parsed: argparse.Namespace) -> int:
    ended = _call(parsed, "POST", f"/sessions/{parsed.session_id}/end", {}).json()
    _print(f"{parsed.session_id} is over: {ended['state']}.")
    return ExitStatus.CONFORMANT


def _export(parsed: argparse.Namespace) -> int:
    content = _call(parsed, "GET", f"/sessions/{parsed.session_id}/export").content
    file = parsed.into or Path(f"{parsed.session_id}.zip")
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}; give another file with --into.") from None
    _print(f"{file} has the report, the journals and the manifest.")
    return ExitStatus.CONFORMANT


def _delete(parsed: argparse.Namespace) -> int:
    _call(parsed, "DELETE", f"/sessions/{parsed.session_id}")
    _print(f"{parsed.session_id} is deleted.")
    return ExitStatus.CONFORMANT


def _call(
    parsed: argparse.Namespace, method: str, path: str, body: Mapping[str, Any] | None = None
) -> requests.Response:
    """Return the response of the control interface. Raise UsageError if it is none of success."""
    url = (parsed.url or os.environ.get(URL_VARIABLE) or f"http://127.0.0.1:{DEFAULT_PORT}").rstrip("/")
    token = _control_token(parsed)
    if token is None:
        raise UsageError(f"The control interface needs its token; set {TOKEN_VARIABLE}, or give --control-token-file.")
    try:
        response = requests.request(
            method,
            f"{url}/control{path}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise UsageError(f"{url} cannot be reached ({type(error).__name__}); check --url.") from None
    if not response.ok:
        raise UsageError(f"{url} refused it with {response.status_code}: {_problem(response).rstrip('.')}.")
    return response


def _problem(response: requests.Response) -> str:
    try:
        content = response.json()
    except ValueError:
        content = None
    problem = content.get("error") if isinstance(content, dict) else None
    return str(problem or response.reason)


def _control_token(parsed: argparse.Namespace) -> str | None:
    file: Path | None = parsed.control_token_file
    if file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"--control-token-file {file} cannot be read: {error.strerror}.") from None
    if not token:
        raise UsageError(f"--control-token-file {file} is empty.")
    return token


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value

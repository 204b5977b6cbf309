"""The `client` command: serve one client, lead it through the acts, and judge it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from lead_provider_conformance.cli.results import (
    add_exports,
    add_fail_on,
    add_sign_key,
    sign_key,
    write_exports,
    write_results,
    writing,
)
from lead_provider_conformance.config import profile as profiles
from lead_provider_conformance.config.options import DEFAULT_FOLDER
from lead_provider_conformance.config.profile import EDITION, Profile
from lead_provider_conformance.model import ExitStatus, UsageError
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.results.files import PROFILE

DEFAULT_PORT = 8100


def add_command(commands: Any) -> None:
    """Add the command to the parser of `lead-provider-conformance`."""
    parser = commands.add_parser(
        "client",
        help="judge a client: a provider's own system",
        description="Serve a world to one client, lead it through acts, and decide whether it is ready to go live.",
    )
    parser.add_argument("--profile", type=Path, metavar="FILE", help="the provider's profile, such as provider.yaml")
    parser.add_argument(
        "--command", dest="system", metavar="COMMAND", help="run this command once per cue (default: wait for people)"
    )
    parser.add_argument("--edition", metavar="E", help=f"edition of the contract (default: {EDITION})")
    parser.add_argument("--programme", choices=("ecf", "npq"), help="ecf (the default) or npq")
    parser.add_argument("--only", action="append", default=[], metavar="ACT", help="run only this act; may be repeated")
    parser.add_argument("--skip-slow", action="store_true", help="leave out situations that need deliberate waits")
    parser.add_argument("--report-dir", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="default: %(default)s")
    parser.add_argument("--time-limit", type=_positive, metavar="SECONDS", help="end the session after this time")
    parser.add_argument("--command-timeout", type=_positive, default=300.0, metavar="SECONDS", help="default: 300")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, metavar="PORT", help=f"default: {DEFAULT_PORT}; a free one with --command")
    parser.add_argument("--seed", type=int, default=20_241_203, metavar="N", help="seed of the world's data")
    add_fail_on(parser)
    add_sign_key(parser)
    add_exports(parser)
    parser.set_defaults(command=_client)


def _client(parsed: argparse.Namespace) -> int:
    # The sandbox need not be installed for the other commands.
    from lead_provider_conformance.readiness.run import ClientOptions, run_session

    key = sign_key(parsed)
    profile = _profile(parsed)
    profile_file = parsed.profile.read_bytes() if parsed.profile else None
    free = profile.drive == "command"
    end = run_session(
        ClientOptions(
            profile=profile,
            folder=parsed.report_dir,
            host=parsed.host,
            port=parsed.port if parsed.port is not None else 0 if free else DEFAULT_PORT,
            only=tuple(parsed.only),
            waits=not parsed.skip_slow,
            command_timeout=parsed.command_timeout,
            time_limit=parsed.time_limit,
            seed=parsed.seed,
        ),
        announce=_announce,
    )
    if not end.wrote:
        _announce(f"The client sent no request. The earlier report in {parsed.report_dir} is unchanged.")
        return ExitStatus.NOTHING_RAN
    _keep_profile(parsed.report_dir, profile_file)
    status = write_results(parsed, key, parsed.report_dir)
    write_exports(parsed, key, parsed.report_dir)
    return status


def _keep_profile(folder: Path, content: bytes | None) -> None:
    """Write the profile of the session into its report folder, for a package; remove that of an earlier session."""
    with writing(folder):
        (folder / PROFILE).unlink(missing_ok=True)
        if content is not None:
            (folder / PROFILE).write_bytes(content)


def _profile(parsed: argparse.Namespace) -> Profile:
    """Return the profile of the options: those given there win over the file's."""
    profile = profiles.load(parsed.profile, Obligations.load().attestable) if parsed.profile else None
    edition = parsed.edition or (profile.edition if profile else EDITION)
    programme = parsed.programme or (profile.programme if profile else "ecf")
    if profile is None:
        profile = Profile(edition=edition, programme=programme)
    elif (edition, programme) != (profile.edition, profile.programme):
        raise UsageError(
            f"{parsed.profile} is about edition {profile.edition} and {profile.programme.upper()}; "
            "leave --edition and --programme out, or give another profile."
        )
    if parsed.system is not None:
        profile = replace(profile, drive="command", command=parsed.system)
    return profile


def _announce(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - command-line output


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value

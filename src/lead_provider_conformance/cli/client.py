"""The `client` command: serve one client, lead it through the acts, and judge it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lead_provider_conformance.cli import command, hosting
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
from lead_provider_conformance.model import PROGRAMMES, Ending, ExitStatus, UsageError
from lead_provider_conformance.readiness.obligations import Obligations
from lead_provider_conformance.readiness.recorder import MEBIBYTE, QUOTA
from lead_provider_conformance.results.files import PROFILE

if TYPE_CHECKING:
    from lead_provider_conformance.readiness.run import SessionEnd

DEFAULT_PORT = 8100
MOST_LINES = 12
"""The lines of a command's output that the terminal shows, if no log has them."""
DRIVES = ("prompt", "self", "command")
WITHOUT_REPORT = {Ending.INTERRUPTED: ExitStatus.INTERRUPTED, Ending.SUITE_FAILED: ExitStatus.SUITE_FAILED}
"""The exit statuses of sessions without a request, other than NOTHING_RAN."""
EXAMPLES = {
    "Follow the cues on a page, and end the session with Ctrl-C": "",
    "Run the system once for each cue, as in a pipeline": "--profile provider.yaml --command ./sync",
    "Try one act again": "--command ./sync --only poll-fail-recover",
}
NOTES = """\
The command finds the address, the token and its tasks in environment variables: LEAD_PROVIDER_BASE_URL,
LEAD_PROVIDER_TOKEN and LEAD_PROVIDER_TASKS.

exit status:
  0 ready, 1 not ready, 6 not shown, 5 the client sent nothing, 2 interrupted, 3 the suite failed, 4 wrong usage
"""


def add_command(commands: Any) -> None:
    """Add the command to the parser of `lead-provider-conformance`."""
    parser = command.add_command(
        commands,
        "client",
        "play the API to a client, a provider's own system, and decide whether it is ready to go live",
        EXAMPLES,
        notes=NOTES,
    )
    system = parser.add_argument_group("the client")
    system.add_argument("--profile", type=Path, metavar="FILE", help="the provider's profile, such as provider.yaml")
    system.add_argument("--command", dest="system", metavar="COMMAND", help="run this command once for each cue")
    system.add_argument(
        "--drive",
        choices=DRIVES,
        help="prompt: people follow the page (the default); self: the system polls on its own; "
        "command: run --command, or the command of the profile",
    )
    system.add_argument("--edition", metavar="E", help=f"edition of the contract (default: {EDITION})")
    system.add_argument("--programme", choices=PROGRAMMES, help="ecf (the default) or npq")
    session = parser.add_argument_group("the session")
    session.add_argument(
        "--only", action="append", default=[], metavar="ACT", help="run only this act; may be repeated"
    )
    session.add_argument("--skip-slow", action="store_true", help="leave out situations that need deliberate waits")
    session.add_argument("--time-limit", type=_positive, metavar="SECONDS", help="end the session after this time")
    session.add_argument(
        "--command-timeout", type=_positive, default=300.0, metavar="SECONDS", help="for each cue (default: 300)"
    )
    session.add_argument(
        "--journal-limit",
        type=_positive,
        default=QUOTA / MEBIBYTE,
        metavar="MIB",
        help="end the session when its journals have this size (default: %(default)g)",
    )
    session.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    session.add_argument("--port", type=int, metavar="PORT", help=f"default: {DEFAULT_PORT}; a free one with a command")
    session.add_argument("--seed", type=int, default=20_241_203, metavar="N", help="seed of the world's data")
    report = parser.add_argument_group("the report")
    report.add_argument("--report-dir", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="default: %(default)s")
    add_fail_on(report)
    add_sign_key(report)
    add_exports(report)
    hosting.add_serve(parser)
    hosting.add_session(parser)
    parser.set_defaults(command=_client)


def _client(parsed: argparse.Namespace) -> int:
    if parsed.serve:
        return hosting.serve(parsed)
    # The sandbox need not be installed for the other commands.
    from lead_provider_conformance.readiness.run import ClientOptions, restored_signals, run_session

    key = sign_key(parsed)
    profile = _profile(parsed)
    profile_file = parsed.profile.read_bytes() if parsed.profile else None
    _check_exports(parsed)
    free = profile.drive == "command"
    options = ClientOptions(
        profile=profile,
        folder=parsed.report_dir,
        host=parsed.host,
        port=parsed.port if parsed.port is not None else 0 if free else DEFAULT_PORT,
        only=tuple(parsed.only),
        waits=not parsed.skip_slow,
        command_timeout=parsed.command_timeout,
        time_limit=parsed.time_limit,
        quota=int(parsed.journal_limit * MEBIBYTE),
        seed=parsed.seed,
    )
    if any(each.is_example for each in profile.attestations):
        _announce(
            f"{parsed.profile} has attestations of an example: replace each by a statement of your own, or delete it, "
            "before you show the report to DfE."
        )
    with restored_signals():
        end = run_session(options, announce=_announce)
        if end.problem:
            _announce(end.problem)
        if not end.wrote:
            _announce_unwritten(end, parsed.report_dir)
            return WITHOUT_REPORT.get(end.ending, ExitStatus.NOTHING_RAN)
        try:
            return _write(parsed, key, profile_file, end.ending)
        except UsageError as error:
            if end.ending is not Ending.SUITE_FAILED:
                raise
            _announce(str(error))  # the disk is still full
            return ExitStatus.SUITE_FAILED


def _announce_unwritten(end: SessionEnd, folder: Path) -> None:
    """Announce the end of a session without a request that left an earlier report alone."""
    if end.output.strip():
        lines = [f"  {each}" for each in end.output.rstrip().splitlines()[-MOST_LINES:]]
        _announce("\n".join(("The output of the command ended with", *lines)))
    elif not end.problem:
        _announce("The client sent no request.")
    _announce(f"The earlier report in {folder} is unchanged.")


def _write(parsed: argparse.Namespace, key: Any, profile_file: bytes | None, ending: Ending) -> int:
    """Write the reports and the exports, and return the exit status."""
    _keep_profile(parsed.report_dir, profile_file)
    status = write_results(parsed, key, parsed.report_dir)
    write_exports(parsed, key, parsed.report_dir)
    return ExitStatus.SUITE_FAILED if ending is Ending.SUITE_FAILED else status


def _keep_profile(folder: Path, content: bytes | None) -> None:
    """Write the profile of the session into its report folder, for a package; remove that of an earlier session."""
    with writing(folder):
        (folder / PROFILE).unlink(missing_ok=True)
        if content is not None:
            (folder / PROFILE).write_bytes(content)


def _check_exports(parsed: argparse.Namespace) -> None:
    """Raise UsageError now if a file of the end of the session could not be written."""
    for option, file in (("--package", parsed.package), ("--har", parsed.har)):
        if file and not file.parent.is_dir():
            raise UsageError(f"{option} {file}: there is no folder {file.parent}; make it, or give another file.")


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
    if parsed.system is not None and parsed.drive not in (None, "command"):
        raise UsageError(f"--drive {parsed.drive} runs no command; leave out --command or --drive.")
    command = parsed.system if parsed.system is not None else profile.command
    drive = parsed.drive or ("command" if parsed.system is not None else profile.drive)
    if drive == "command" and not command:
        raise UsageError("There is no command to run; give --command, or `command` in the profile.")
    return replace(profile, drive=drive, command=command if drive == "command" else None)


def _announce(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - command-line output


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value

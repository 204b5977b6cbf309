"""`lead-provider-conformance`: parse the command line and run a command."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NoReturn

from lead_provider_conformance import __version__
from lead_provider_conformance.cli import run
from lead_provider_conformance.cli.command import PROGRAM
from lead_provider_conformance.contract import ContractError
from lead_provider_conformance.model import ExitStatus, UsageError
from lead_provider_conformance.resources import ResourceError
from lead_provider_conformance.text import write_plainly


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` names and return its exit status: 4, with one sentence, for wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    write_plainly(sys.stdout)
    write_plainly(sys.stderr)
    try:
        try:
            return _run(given)
        finally:
            sys.stdout.flush()
    except (UsageError, ResourceError, ContractError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)  # noqa: T201 - command-line output
        return ExitStatus.USAGE
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted.", file=sys.stderr)  # noqa: T201 - command-line output
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:  # a reader such as `head` has stopped reading
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.CONFORMANT
    except Exception:  # noqa: BLE001 - Python's own status for it, 1, is that of a server that is not conformant
        traceback.print_exc()
        print(f"{PROGRAM}: the suite itself failed; please report the lines above.", file=sys.stderr)  # noqa: T201
        return ExitStatus.SUITE_FAILED


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["sandbox"]:
        return _sandbox(arguments[1:])
    if arguments[:1] == ["run"]:
        if not {"-h", "--help"} & set(arguments):
            return run.main(arguments[1:])
        arguments = ["run", "--help"]
    parsed = command_parser().parse_args(arguments)
    status: int = parsed.command(parsed)
    return status


class _Parser(argparse.ArgumentParser):
    """Raises UsageError instead of exiting. The parsers of the commands are of this class too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`.")


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    # Imported here, because `run` needs none of them.
    from lead_provider_conformance.cli import client, completion, contract, parity, requirement, results

    parser = _Parser(
        prog=PROGRAM,
        description="Decide, with evidence, whether a server or a client meets the contract of the Lead Provider API.",
        epilog=f"example:\n  {PROGRAM} run --target sandbox\n\n{PROGRAM} COMMAND --help has examples of each command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    run.add_command(commands)
    commands.add_parser("sandbox", help="serve the embedded sandbox", add_help=False)
    client.add_command(commands)
    parity.add_command(commands)
    results.add_commands(commands)
    contract.add_commands(commands)
    requirement.add_commands(commands)
    completion.add_completion(commands, parser)
    return parser


def _sandbox(arguments: list[str]) -> int:
    """Replace this process by the sandbox, so that a signal to the command reaches the server."""
    if find_spec("lead_provider_sandbox"):
        os.execv(sys.executable, [sys.executable, "-m", "lead_provider_sandbox", *arguments])  # noqa: S606 - own package
    raise UsageError("the sandbox is not installed.")

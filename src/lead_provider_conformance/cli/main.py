"""`lead-provider-conformance`: parse the command line and run a command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NoReturn

from lead_provider_conformance import __version__
from lead_provider_conformance.cli import client, contract, requirement, results, run
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
        print(f"lead-provider-conformance: {error}", file=sys.stderr)  # noqa: T201 - command-line output
        return ExitStatus.USAGE
    except KeyboardInterrupt:
        print("lead-provider-conformance: interrupted.", file=sys.stderr)  # noqa: T201 - command-line output
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:  # a reader such as `head` has stopped reading
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.CONFORMANT


def _run(arguments: list[str]) -> int:
    # `run` and `sandbox` parse their own arguments, --help included.
    if arguments[:1] == ["run"]:
        return run.main(arguments[1:])
    if arguments[:1] == ["sandbox"]:
        return _sandbox(arguments[1:])
    parsed = _parser().parse_args(arguments)
    status: int = parsed.command(parsed)
    return status


class _Parser(argparse.ArgumentParser):
    """Raises UsageError instead of exiting. The parsers of the commands are of this class too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see `{self.prog} --help`.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lead-provider-conformance",
        description="Decide, with evidence, whether a server or a client meets the contract of the Lead Provider API.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    commands.add_parser("run", help="run the suite against a server; takes pytest's options too", add_help=False)
    commands.add_parser("sandbox", help="serve the embedded sandbox", add_help=False)
    client.add_command(commands)
    results.add_commands(commands)
    contract.add_commands(commands.add_parser("contract", help="print or compare the contract's documents"))
    requirement.add_commands(commands.add_parser("requirement", help="list requirements, or show one"))
    return parser


def _sandbox(arguments: list[str]) -> int:
    """Replace this process by the sandbox, so that a signal to the command reaches the server."""
    if find_spec("lead_provider_sandbox"):
        os.execv(sys.executable, [sys.executable, "-m", "lead_provider_sandbox", *arguments])  # noqa: S606 - own package
    raise UsageError("the sandbox is not installed.")

"""`lead-provider-conformance`: run the suite, make reports again, serve the sandbox, look at the contract."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from lead_provider_conformance import __version__, afterwards
from lead_provider_conformance.contract import Contract, ContractError, diff, reference, versions
from lead_provider_conformance.contract.document import as_yaml, open_document
from lead_provider_conformance.resources import ResourceError, suites_root
from lead_provider_conformance.words import ExitStatus, UsageError

PYTEST_ARGUMENTS = (
    # What else is installed on a machine neither slows a run down nor changes what it finds; `-p` adds a plugin.
    "--disable-plugin-autoload",
    "-p",
    "xdist",
    "-p",
    "allure_pytest.plugin",
    "-p",
    "lead_provider_conformance.plugin",
    "--import-mode=importlib",
    "--tb=short",
    "--quiet",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:unraisableexception",  # it collects garbage five times over before a run may end
    "-W",
    "ignore::pytest.PytestConfigWarning",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Gives the exit status; what the user got wrong is one sentence and status 4."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # `run` and `sandbox` hand everything on, --help included.
    if given[:1] == ["run"]:
        return _run(given[1:])
    if given[:1] == ["sandbox"]:
        return _sandbox(given[1:])
    parsed = _parser().parse_args(given)
    try:
        status: int = parsed.command(parsed)
    except (UsageError, ResourceError, ContractError) as error:
        print(f"lead-provider-conformance: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks
        return ExitStatus.USAGE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lead-provider-conformance",
        description="Says, with evidence, whether a server keeps the contract of the DfE Lead Provider API.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    commands.add_parser("run", help="run the suite against a server; takes pytest's options too", add_help=False)
    commands.add_parser("sandbox", help="serve the embedded sandbox, to play with", add_help=False)
    afterwards.add_commands(commands)
    _add_contract_commands(commands.add_parser("contract", help="look at the contract itself"))
    return parser


def _add_contract_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    bundling = commands.add_parser("bundle", help="print one self-contained OpenAPI document")
    bundling.add_argument("document", help="v1, v2, v3, or an OpenAPI document in one file")
    bundling.set_defaults(command=_contract_bundle)
    comparing = commands.add_parser("diff", help="say what changes for a provider, breaking changes first")
    comparing.add_argument("old", help="v1, v2, v3, or an OpenAPI document in one file")
    comparing.add_argument("new", help="the same")
    comparing.set_defaults(command=_contract_diff)
    reading = commands.add_parser("reference", help="print a version's reference page, in Markdown")
    reading.add_argument("version", choices=versions())
    reading.set_defaults(command=_contract_reference)


def _run(arguments: list[str]) -> int:
    try:
        suites = suites_root()
    except ResourceError as error:
        print(f"lead-provider-conformance: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks
        return ExitStatus.USAGE
    inside = [each for each in arguments if not each.startswith("-") and _is_part_of(suites, each)]
    # Without a root of our own, pytest would take one, and its configuration, from wherever it was called.
    settings = [f"--rootdir={suites.parent}", f"--confcutdir={suites}", "-c", os.devnull]
    return int(pytest.main([*PYTEST_ARGUMENTS, *settings, *arguments, *([] if inside else [str(suites)])]))


def _is_part_of(suites: Path, argument: str) -> bool:
    """Whether an argument names a file or folder of the suites. It may as well be an option's value, even a token."""
    path = argument.partition("::")[0]
    try:
        return Path(path).exists() and Path(path).resolve().is_relative_to(suites)
    except (OSError, ValueError):  # too long for a name, as tokens can be
        return False


def _sandbox(arguments: list[str]) -> int:
    """Become the sandbox, so that who stops this command stops it. It is another package, and is only started."""
    if find_spec("lead_provider_sandbox"):
        os.execv(sys.executable, [sys.executable, "-m", "lead_provider_sandbox", *arguments])  # noqa: S606 - our own
    print("lead-provider-conformance: the sandbox is not installed.", file=sys.stderr)  # noqa: T201
    return ExitStatus.USAGE


def _contract_bundle(parsed: argparse.Namespace) -> int:
    sys.stdout.write(as_yaml(open_document(parsed.document)))
    return 0


def _contract_diff(parsed: argparse.Namespace) -> int:
    sys.stdout.write(diff.report(diff.changes(open_document(parsed.old), open_document(parsed.new))))
    return 0


def _contract_reference(parsed: argparse.Namespace) -> int:
    sys.stdout.write(reference.render(Contract.load(parsed.version)))
    return 0

"""The commands that look at something: at what runs have left behind, and at the contract itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lead_provider_conformance import __version__
from lead_provider_conformance.cli import results as afterwards
from lead_provider_conformance.contract import ContractError, diff, versions
from lead_provider_conformance.contract.document import as_yaml, open_document
from lead_provider_conformance.model import ExitStatus, UsageError
from lead_provider_conformance.resources import ResourceError, reference_root


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say, and give the exit status; what the user got wrong is one sentence and status 4."""
    try:
        parsed = _parser().parse_args(arguments)
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


def _contract_bundle(parsed: argparse.Namespace) -> int:
    sys.stdout.write(as_yaml(open_document(parsed.document)))
    return 0


def _contract_diff(parsed: argparse.Namespace) -> int:
    sys.stdout.write(diff.report(diff.changes(open_document(parsed.old), open_document(parsed.new))))
    return 0


def _contract_reference(parsed: argparse.Namespace) -> int:
    sys.stdout.write((reference_root() / f"{parsed.version}.md").read_text(encoding="utf-8"))
    return 0

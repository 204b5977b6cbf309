"""The `contract` command: print, compare or describe the contract's documents."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

import yaml

from lead_provider_conformance.contract import diff, versions
from lead_provider_conformance.contract.contract import open_document
from lead_provider_conformance.model import ExitStatus
from lead_provider_conformance.resources import contract_root

DOCUMENT = "v1, v2, v3, or the path of an OpenAPI document"


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add `bundle`, `diff` and `reference` to the parser of `contract`."""
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    bundle = commands.add_parser("bundle", help="print one self-contained OpenAPI document")
    bundle.add_argument("document", help=DOCUMENT)
    bundle.set_defaults(command=_bundle)
    comparison = commands.add_parser("diff", help="list the changes: moved paths, then breaking changes")
    comparison.add_argument("old", help=DOCUMENT)
    comparison.add_argument("new", help=DOCUMENT)
    comparison.set_defaults(command=_diff)
    reference = commands.add_parser("reference", help="print the reference page of a version, in Markdown")
    reference.add_argument("version", choices=versions())
    reference.set_defaults(command=_reference)


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return the document as YAML, with its keys in order."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(dict(document), Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _bundle(arguments: argparse.Namespace) -> int:
    sys.stdout.write(as_yaml(open_document(arguments.document)))
    return ExitStatus.CONFORMANT


def _diff(arguments: argparse.Namespace) -> int:
    sys.stdout.write(diff.report(diff.changes(open_document(arguments.old), open_document(arguments.new))))
    return ExitStatus.CONFORMANT


def _reference(arguments: argparse.Namespace) -> int:
    pages = contract_root().parent / "docs" / "contract"
    sys.stdout.write((pages / f"{arguments.version}.md").read_text(encoding="utf-8"))
    return ExitStatus.CONFORMANT

"""The `contract` command: print, compare or describe the contract's documents."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lead_provider_conformance.cli.command import add_command
from lead_provider_conformance.contract import ContractError, diff
from lead_provider_conformance.contract.behaviour_changes import BehaviourChange, behaviour_changes
from lead_provider_conformance.contract.client_document import client_document
from lead_provider_conformance.contract.contract import document_names
from lead_provider_conformance.contract.documents import edition_and_scope, open_document, reference_page
from lead_provider_conformance.model import PROGRAMMES, ExitStatus, UsageError
from lead_provider_conformance.resources import contract_root


def add_commands(groups: Any) -> None:
    """Add `contract` with `bundle`, `diff` and `reference`."""
    parser = add_command(
        groups,
        "contract",
        "print or compare the contract's documents",
        {"Print the OpenAPI document of version 3": "bundle v3"},
    )
    names = ", ".join(document_names())
    document = f"{names}; a part, such as 2025-04/v3-ecf; or the path of an OpenAPI document"
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    bundle = add_command(
        commands,
        "bundle",
        "print one self-contained OpenAPI document",
        {
            "Print the document of version 3": "v3 > v3.yaml",
            "Print the document of one service for a client generator": "2026-08/v3-ecf --for clients > ect.yaml",
        },
    )
    bundle.add_argument("document", help=document)
    bundle.add_argument("--edition", metavar="EDITION", help="as it is in this edition; default: in all that share it")
    bundle.add_argument("--programme", choices=PROGRAMMES, help="for this programme; default: for all that it has")
    bundle.add_argument("--for", dest="reader", choices=("clients",), help="in OpenAPI 3.0, for client generators")
    bundle.set_defaults(command=_bundle)
    comparison = add_command(
        commands,
        "diff",
        "list the changes for a provider, moved paths first",
        {
            "List the changes from the original service to the ECT service": "2025-04/v3-ecf 2026-08/v3-ecf",
            "Compare your own document with the contract": "v3 openapi.yaml",
        },
    )
    comparison.add_argument("old", help=document)
    comparison.add_argument("new", help=document)
    comparison.set_defaults(command=_diff)
    reference = add_command(
        commands,
        "reference",
        "print the reference page of a document, in Markdown",
        {"Read about version 3": "v3 | less"},
    )
    reference.add_argument("document", help=names)
    reference.set_defaults(command=_reference)


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return the document as YAML, with its keys in order."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(dict(document), Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _bundle(arguments: argparse.Namespace) -> int:
    name = arguments.document
    if (arguments.edition or arguments.programme or arguments.reader) and Path(name).is_file():
        raise UsageError(f"--edition, --programme and --for are for documents of the contract; {name} is a file.")
    if arguments.edition:
        _check_is_new("--edition", "an edition", "/" in name, name)
        name = f"{arguments.edition}/{name}"
    if arguments.programme:
        _check_is_new("--programme", "a programme", "-" in name.rpartition("/")[2], name)
        name = f"{name}-{arguments.programme}"
    document = open_document(name)
    sys.stdout.write(as_yaml(client_document(document) if arguments.reader == "clients" else document))
    return ExitStatus.CONFORMANT


def _check_is_new(option: str, part: str, has_part: bool, name: str) -> None:
    if has_part:
        raise UsageError(f"The name {name!r} has {part} already; leave {option} out, or give a name without one.")


def _diff(arguments: argparse.Namespace) -> int:
    old, new = open_document(arguments.old), open_document(arguments.new)
    behaviour = (each.in_diff(new) for each in _behaviour_changes(arguments.old, arguments.new))
    sys.stdout.write(diff.report(diff.in_order([*diff.changes(old, new), *behaviour])))
    return ExitStatus.CONFORMANT


def _behaviour_changes(old: str, new: str) -> Iterator[BehaviourChange]:
    """Yield the changes of behaviour between the parts of two editions."""
    parts = [edition_and_scope(each) for each in (old, new)]
    if parts[0] and parts[1] and parts[0][1] == parts[1][1]:
        yield from behaviour_changes((parts[0][0], parts[1][0]), parts[1][1])


def _reference(arguments: argparse.Namespace) -> int:
    if arguments.document not in document_names():
        raise ContractError(
            f"There is no reference page of '{arguments.document}'; give one of {', '.join(document_names())}."
        )
    pages = contract_root().parent / "docs" / "contract"
    sys.stdout.write((pages / reference_page(arguments.document)).read_text(encoding="utf-8"))
    return ExitStatus.CONFORMANT

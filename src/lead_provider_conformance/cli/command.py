"""Add a command to the parser, with a sentence and examples in its help."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

PROGRAM = "lead-provider-conformance"


def add_command(
    commands: Any, name: str, summary: str, examples: Mapping[str, str], *, notes: str = "", **settings: Any
) -> argparse.ArgumentParser:
    """Add a command, and return its parser.

    `summary` is a sentence without capital and full stop, as the list of commands shows it. `examples` has the
    arguments of the command by purpose. `notes` follow the examples.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **settings,
    )
    lines = (f"  {purpose}:\n    {parser.prog} {arguments}".rstrip() for purpose, arguments in examples.items())
    parser.epilog = "\n".join(["examples:", *lines, *(["", notes] if notes else [])])
    return parser

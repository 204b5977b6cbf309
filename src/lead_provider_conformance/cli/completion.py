"""The `completion` command: print a script that lets a shell complete commands, options and their values."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any

import shtab

from lead_provider_conformance.cli.command import add_command
from lead_provider_conformance.config.options import PROFILE_REQUESTS
from lead_provider_conformance.contract import versions
from lead_provider_conformance.contract.contract import document_names
from lead_provider_conformance.contract.editions import editions
from lead_provider_conformance.contract.requirements import Registry
from lead_provider_conformance.model import PROGRAMMES, ExitStatus, Level, Safety
from lead_provider_conformance.readiness.obligations import Obligations

SHELLS = ("bash", "fish", "zsh")
PROFILES = {"client profile", "create profile"}
FILES = PROFILES | {"target", "left", "right", "write_excludes", "sign_key", "key", "package", "har", "file", "into"}
FILES |= {"control_token_file"}
FOLDERS = {"folder", "folders", "report_dir", "old", "new"}
"""The arguments whose values are files or folders."""
HOW_TO_USE = """\
In ~/.bashrc and ~/.zshrc write eval "$(COMMAND)" with the command for your shell, in ~/.zshrc after compinit. For fish:
  lead-provider-conformance completion fish > ~/.config/fish/completions/lead-provider-conformance.fish"""


def add_completion(commands: Any, parser: argparse.ArgumentParser) -> None:
    """Add the command, which completes the other commands of `parser`."""
    completion = add_command(
        commands,
        "completion",
        "print a script that completes commands, options and their values in a shell",
        {"Print the script for bash": "bash"},
        notes=HOW_TO_USE,
    )
    completion.add_argument("shell", choices=SHELLS, help=", ".join(SHELLS))
    completion.set_defaults(command=partial(_completion, parser))


def _completion(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    known = _values()
    for command, action in _actions(parser):
        names = (f"{command} {action.dest}", action.dest)
        if FILES.intersection(names):
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif FOLDERS.intersection(names):
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.choices is None:
            action.choices = next((known[name] for name in names if name in known), None)
    sys.stdout.write(shtab.complete(parser, arguments.shell) + "\n")
    return ExitStatus.CONFORMANT


def _actions(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    """Yield the arguments of all commands, each with the last word of its command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
        else:
            yield parser.prog.rpartition(" ")[2], action


def _values() -> Mapping[str, Collection[str]]:
    """Return the values of other arguments, by the names of the arguments. A command before a name limits it."""
    # The acts need not be loaded for other commands.
    from lead_provider_conformance.readiness.acts import ACTS

    requirements, obligations = Registry.load(), [each.requirement for each in Obligations.load()]
    known = [*requirements, *obligations]
    areas = sorted({each.area for each in known})
    return {
        "edition": editions(),
        "api_version": versions(),
        "programme": PROGRAMMES,
        "level": list(Level),
        "fail_on": ("must", "should"),
        "safety": list(Safety),
        "run profile": list(PROFILE_REQUESTS),
        "area": areas,
        "requirement": [each.id for each in requirements] + sorted({each.area for each in requirements}),
        "id": [each.id for each in known] + areas,
        "only": list(dict.fromkeys(act.name for acts in ACTS.values() for act in acts)),
        "document": document_names(),
    }

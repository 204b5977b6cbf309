"""The `run` command: run pytest on the suites."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.cli import command
from lead_provider_conformance.config.options import OPTIONS
from lead_provider_conformance.model import UsageError
from lead_provider_conformance.resources import suites_root

HELP = "`lead-provider-conformance run --help`"

# Plugins that happen to be installed must not change the result of a run. `-p` adds one.
PLUGINS = ("xdist", "allure_pytest.plugin", "lead_provider_conformance.pytest_plugin.plugin")
PYTEST_ARGUMENTS = (
    "--disable-plugin-autoload",
    *(f"-p{name}" for name in PLUGINS),
    "--import-mode=importlib",
    "--quiet",
    "--no-header",
    "-pno:cacheprovider",
    "-Wignore::pytest.PytestConfigWarning",
    "-Wignore::pluggy.PluggyTeardownRaisedWarning",  # Allure's plugin ends with the run, on a full disk
)


OPTIONS_OF_PATHS = ("--deselect", "--ignore", "--ignore-glob")
"""Options of pytest whose value is a path that must not be run."""


EXAMPLES = {
    "Test a server with GET requests only": "--base-url https://your-server.example",
    "Test all of a server with invented data": "--base-url https://your-server.example --safety sandbox",
    "Start the server of a target file, and test it": "--target conformance/target.yaml",
    "Try again one requirement that failed": "--target conformance/target.yaml --requirement declarations/idempotent",
}
NOTES = "Options of pytest and xdist work too, such as -k, -x, --collect-only and -n 4: see `pytest --help`."


def add_command(commands: Any) -> None:
    """Add the command to the parser of `lead-provider-conformance`, for its help: pytest parses its arguments."""
    parser = command.add_command(
        commands,
        "run",
        "run the suite against a server",
        EXAMPLES,
        notes=NOTES,
        usage="%(prog)s (--target FILE | --base-url URL --token T) [options] [file of suites/ ...]",
    )
    for name, settings in OPTIONS.items():
        parser.add_argument(name, **settings)


def main(arguments: Sequence[str]) -> int:
    """Run the suite with these pytest arguments and return the exit status. Raise ResourceError without a suite."""
    suites = suites_root()
    # Without an explicit root, pytest would use the configuration of the current folder.
    root = [f"--rootdir={suites.parent}", f"--confcutdir={suites}", "-c", os.devnull]
    words = pairwise(("", *arguments))
    names_suites = any(_is_in_suites(suites, word) for before, word in words if before not in OPTIONS_OF_PATHS)
    # The suites come first: after the arguments they would be the value of a last option that lacks its value.
    paths = [] if names_suites else [str(suites)]
    try:
        return int(pytest.main([*PYTEST_ARGUMENTS, *root, *paths, *arguments], plugins=[_UsageErrors()]))
    except ImportError as error:
        raise UsageError(f"{error}; correct -p, or install that plugin.") from None


class _UsageErrors:
    """A pytest plugin that reports wrong options in one sentence, without pytest's usage."""

    @pytest.hookimpl(wrapper=True)
    def pytest_cmdline_parse(self) -> Generator[None, object, object]:
        try:
            return (yield)
        except pytest.UsageError as error:
            raise pytest.UsageError(_sentence(str(error))) from None


def _sentence(message: str) -> str:
    """Return the sentence for a message of pytest's parser, which may begin with its usage."""
    match = re.search(r"error: (.*)", message)
    problem = match[1] if match else message.splitlines()[0]
    if match := re.match(r"unrecognized arguments: ([^\s=]+)", problem):
        near = difflib.get_close_matches(match[1], OPTIONS, n=1)
        advice = f"did you mean {near[0]}?" if near else f"{HELP} lists the options."
        return f"There is no option {match[1]}; {advice}"
    if match := re.match(r"argument (\S+?)(?:/\S+)?: expected one argument", problem):
        placeholder = OPTIONS.get(match[1], {}).get("metavar", "VALUE")
        return f"{match[1]} has no value; write {match[1]} {placeholder}."
    return f"{problem.rstrip('.')}; {HELP} lists the options."


def _is_in_suites(suites: Path, argument: str) -> bool:
    """Return whether `argument` is a path within the suites. It may as well be the value of another option."""
    path = argument.partition("::")[0]
    try:
        return Path(path).exists() and Path(path).resolve().is_relative_to(suites)
    except (OSError, ValueError):  # a token can be too long for a file name
        return False

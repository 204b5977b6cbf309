"""The `run` command: run pytest on the suites."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from lead_provider_conformance.resources import suites_root

# Plugins that happen to be installed must not change the result of a run. `-p` adds one.
PLUGINS = ("xdist", "allure_pytest.plugin", "lead_provider_conformance.pytest_plugin.plugin")
PYTEST_ARGUMENTS = (
    "--disable-plugin-autoload",
    *(f"-p{name}" for name in PLUGINS),
    "--import-mode=importlib",
    "--tb=short",
    "--quiet",
    "--no-header",
    "-pno:cacheprovider",
    "-Wignore::pytest.PytestConfigWarning",
)


def main(arguments: Sequence[str]) -> int:
    """Run the suite with these pytest arguments and return the exit status. Raise ResourceError without a suite."""
    suites = suites_root()
    # Without an explicit root, pytest would use the configuration of the current folder.
    root = [f"--rootdir={suites.parent}", f"--confcutdir={suites}", "-c", os.devnull]
    names_suites = any(_is_in_suites(suites, each) for each in arguments if not each.startswith("-"))
    return int(pytest.main([*PYTEST_ARGUMENTS, *root, *arguments, *([] if names_suites else [str(suites)])]))


def _is_in_suites(suites: Path, argument: str) -> bool:
    """Return whether `argument` is a path within the suites. It may as well be the value of an option."""
    path = argument.partition("::")[0]
    try:
        return Path(path).exists() and Path(path).resolve().is_relative_to(suites)
    except (OSError, ValueError):  # a token can be too long for a file name
        return False

"""The `run` command: pytest on the suites, with the plugins that a run needs and no others."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import pytest

from lead_provider_conformance.options import OPTIONS
from lead_provider_conformance.resources import ResourceError, suites_root
from lead_provider_conformance.words import ExitStatus

# What else is installed on a machine neither slows a run down nor changes what it finds; `-p` adds a plugin.
NO_OTHER_PLUGINS = ("--disable-plugin-autoload",)
PLUGINS = ("allure_pytest.plugin", "lead_provider_conformance.plugin")
PYTEST_ARGUMENTS = (
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


def main(arguments: Sequence[str]) -> int:
    """Run the suite as the arguments say, and give the exit status."""
    try:
        suites = suites_root()
    except ResourceError as error:
        print(f"lead-provider-conformance: {error}", file=sys.stderr)  # noqa: T201 - the command line speaks
        return ExitStatus.USAGE
    named: list[str] = []
    loaded: list[object] = [GarbageOfTests()]
    if wants_pytest(arguments):
        named = [f"-p{name}" for name in ("xdist", *PLUGINS)]  # by name, as pytest-xdist hands them on
    else:
        loaded += map(import_module, PLUGINS)  # for each name, pytest would look through all that is installed
    inside = [each for each in arguments if not each.startswith("-") and _is_part_of(suites, each)]
    # Without a root of our own, pytest would take one, and its configuration, from wherever it was called.
    settings = [f"--rootdir={suites.parent}", f"--confcutdir={suites}", "-c", os.devnull]
    where = [] if inside else [str(suites)]
    given = [*NO_OTHER_PLUGINS, *named, *PYTEST_ARGUMENTS, *settings, *arguments, *where]
    return int(pytest.main(given, plugins=loaded))


def wants_pytest(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody gives options that are not ours: they may be pytest-xdist's, which takes its time to load."""
    options = {each.partition("=")[0] for each in arguments if each.startswith(("-", "@"))}
    return bool(environment.get("PYTEST_ADDOPTS")) or not options <= OPTIONS.keys()


class GarbageOfTests:
    """A pytest plugin that lets Python look for garbage while tests run.

    Before, and after, it is not worth the time: all that is loaded for a run, or read for its reports, is in use.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Look for garbage, but not among what is there by now."""
        gc.freeze()
        gc.enable()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Look no more."""
        gc.disable()


def _is_part_of(suites: Path, argument: str) -> bool:
    """Whether an argument names a file or folder of the suites. It may as well be an option's value, even a token."""
    path = argument.partition("::")[0]
    try:
        return Path(path).exists() and Path(path).resolve().is_relative_to(suites)
    except (OSError, ValueError):  # too long for a name, as tokens can be
        return False

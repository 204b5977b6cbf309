"""The `run` command loads what its run needs, and looks for garbage when there may be some."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lead_provider_conformance.options import OPTIONS
from lead_provider_conformance.resources import CACHE_VARIABLE
from lead_provider_conformance.running import GarbageOfTests, wants_pytest

PROGRAM = """
import gc, sys
from lead_provider_conformance.cli import main
status = main([*sys.argv[1:], "--base-url", "http://127.0.0.1:1", "--report-dir", "/nowhere"])
print(status, gc.isenabled(), *sorted({each.partition(".")[0] for each in sys.modules}))
print(*sorted(each for each in sys.modules if each.startswith("lead_provider_conformance.")))
"""


@pytest.fixture
def as_before() -> Iterator[None]:
    """Whatever becomes of the collector, it is as it was when the test is done."""
    yield
    gc.unfreeze()
    gc.enable()


def loaded(*arguments: str, **environment: str) -> tuple[list[str], list[str]]:
    """What a run of a server that is not there has loaded when it gives up: packages, and modules of ours."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "run", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LEAD_PROVIDER_TOKEN": "a-token-of-somebody"} | environment,
    )
    first, second = done.stdout.splitlines()
    assert first.startswith("4 True "), done.stderr
    return first.split(), second.split()


def test_a_run_that_is_refused_has_loaded_nothing_in_vain(tmp_path: Path) -> None:
    first, _ = loaded(**{CACHE_VARIABLE: str(tmp_path)})
    packages, modules = loaded(**{CACHE_VARIABLE: str(tmp_path)})

    assert "yaml" in first
    assert "allure_pytest" in packages
    assert {"yaml", "xdist", "execnet", "jinja2", "schemathesis", "jsonschema"}.isdisjoint(packages)
    ours = {each.removeprefix("lead_provider_conformance.") for each in modules}
    assert "plugin" in ours
    assert {"commands", "afterwards", "verdict", "reporting.html", "contract.diff"}.isdisjoint(ours)


@pytest.mark.parametrize(("arguments", "environment"), [(["-n", "2"], {}), ([], {"PYTEST_ADDOPTS": "-n2"})])
def test_several_processes_are_there_for_the_asking(arguments: list[str], environment: dict[str, str]) -> None:
    packages, _ = loaded(*arguments, **environment)

    assert "xdist" in packages


@pytest.mark.parametrize("option", ["-n2", "-xn2", "--numprocesses=2", "--dist", "-c", "@options.txt", "--help"])
def test_what_may_be_pytests(option: str) -> None:
    assert wants_pytest([option, "value"], {})
    assert wants_pytest(["--target", "sandbox", option], {})


def test_what_is_ours_alone() -> None:
    assert not wants_pytest([], {})
    assert not wants_pytest(["suites/rules", *(f"{name}=value" for name in OPTIONS), "--target", "sandbox"], {})


def test_garbage_is_looked_for_while_tests_run(as_before: None) -> None:
    garbage = GarbageOfTests()
    gc.disable()

    garbage.pytest_runtestloop()
    assert gc.isenabled()
    assert gc.get_freeze_count()

    garbage.pytest_sessionfinish()
    assert not gc.isenabled()

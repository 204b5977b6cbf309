"""An unexpected error anywhere in a test is a suite error in the verdict, in JUnit and in pytest."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .processes import V3_ECF, run

REQUIREMENT = "paging/malformed"
BROKEN_FIXTURE = """
def pytest_fixture_setup(fixturedef):
    if fixturedef.argname == {name!r}:
        raise TypeError("ours")
"""
BROKEN_HOOK = """
def {name}():
    raise TypeError("ours")
"""
PLUGINS = {
    "fixture": BROKEN_FIXTURE.format(name="api"),
    "first fixture": BROKEN_FIXTURE.format(name="run"),
    "test": BROKEN_HOOK.format(name="pytest_pyfunc_call"),
    "teardown": BROKEN_HOOK.format(name="pytest_runtest_teardown"),
}


@pytest.mark.parametrize("place", PLUGINS)
def test_unexpected_error_is_a_suite_error_everywhere(tmp_path: Path, place: str) -> None:
    (tmp_path / "broken_plugin.py").write_text(PLUGINS[place], encoding="utf-8")
    options = ("--requirement", REQUIREMENT, *V3_ECF, "-p", "broken_plugin")
    ended = run(tmp_path / "report", "--target", "sandbox", *options, PYTHONPATH=str(tmp_path))

    assert ended.status == 3, ended.output
    assert REQUIREMENT in ended.with_outcome("suite-error")
    assert {each["reason"] for each in ended.findings(REQUIREMENT, "suite-error")} == {"TypeError: ours"}
    cases = ET.parse(ended.folder / "junit.xml").iter("testcase")
    (case,) = [each for each in cases if each.get("name") == REQUIREMENT]
    assert case.find("error") is not None
    assert "error" in ended.stdout.splitlines()[-1] or "failed" in ended.stdout.splitlines()[-1]


def test_crashed_worker_fails_the_suite(tmp_path: Path) -> None:
    plugin = "import os\ndef pytest_pyfunc_call():\n    os._exit(1)\n"
    (tmp_path / "broken_plugin.py").write_text(plugin, encoding="utf-8")
    options = ("--requirement", "isolation/declaration-not-shown", *V3_ECF, "-p", "broken_plugin", "-n", "1")
    ended = run(tmp_path / "report", "--target", "sandbox", *options, PYTHONPATH=str(tmp_path))

    assert ended.status == 3, ended.output
    assert ended.verdict["run"]["ending"] == "suite-failed"

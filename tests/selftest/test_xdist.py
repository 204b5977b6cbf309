"""A run in several processes has the same outcomes as one process, and never claims a record twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .processes import RunResult, run, sandbox


def test_two_processes_have_same_outcomes_as_one(tmp_path: Path) -> None:
    def run_once(name: str, *options: str) -> RunResult:
        with sandbox() as served:
            return run(tmp_path / name, *served.options, "--profile", "quick", *options)

    with ThreadPoolExecutor(2) as pool:
        serial = pool.submit(run_once, "serial")
        parallel = pool.submit(run_once, "parallel", "-n", "2")

    # Incomplete, because registrations cannot be finished without provisioning.
    assert (serial.result().status, parallel.result().status) == (6, 6)
    assert not serial.result().with_outcome("failed")
    assert serial.result().outcomes == parallel.result().outcomes
    ids = [exchange["id"] for exchange in parallel.result().exchanges]
    assert len(set(ids)) == len(ids)
    assert {each.partition("-")[0] for each in ids} == {"gw0", "gw1"}
    for ended in (serial.result(), parallel.result()):
        discovered = [
            line["record"] for line in ended.results if line["kind"] == "claim" and line["supplier"] == "discovery"
        ]
        assert len(set(discovered)) == len(discovered)


DIES = """
import os

def pytest_runtest_call(item):
    if "PYTEST_XDIST_WORKER" in os.environ and item.name.startswith("NAME"):
        os._exit(9)
"""


def test_requirements_of_a_test_whose_process_crashes_are_suite_errors(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text(DIES.replace("NAME", "test_malformed_page_is_refused[v3-ecf statements"), "utf-8")
    with sandbox() as served:
        options = (*served.options, "--api-version", "v3", "--programme", "ecf", "-n", "2", "-p", "dies")
        ended = run(tmp_path / "report", *options, "suites/rules/test_paging.py", PYTHONPATH=str(tmp_path))

    assert ended.status == 3
    assert ended.outcomes["v3-ecf paging/malformed"] == "suite-error"
    assert ended.outcomes["v3-ecf paging/per-page"] == "passed"


def test_requirements_of_tests_that_no_process_is_left_to_run_are_not_tested(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text(DIES.replace("NAME", "test_pages_have_every_record_once"), "utf-8")
    with sandbox() as served:
        options = (*served.options, "--api-version", "v3", "--programme", "ecf", "-n", "2", "-p", "dies")
        options += ("--max-worker-restart", "0", "suites/rules/test_paging.py")
        ended = run(tmp_path / "report", *options, PYTHONPATH=str(tmp_path))

    assert ended.status == 3
    assert ended.outcomes["v3-ecf paging/complete"] == "suite-error"
    assert ended.outcomes["v3-ecf paging/malformed"] == "could-not-run"


FULL_DISK = """
import resource

def pytest_configure():
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_full_disk_ends_a_run_with_one_sentence_and_keeps_its_journals(tmp_path: Path, processes: str) -> None:
    (tmp_path / "full_disk.py").write_text(FULL_DISK, encoding="utf-8")
    with sandbox() as served:
        options = (*served.options, "-n", processes, "-p", "full_disk")
        ended = run(tmp_path / "report", *options, "suites/rules/", PYTHONPATH=str(tmp_path))

    assert ended.status == 3
    assert f"{tmp_path / 'report'} cannot be written (File too large); free some space" in ended.output
    assert "Traceback" not in ended.output
    assert {each["kind"] for each in ended.results} >= {"run", "plan", "finding"}
    assert sorted(each.name for each in (tmp_path / "report").glob("*.ndjson")) == [
        "exchanges.ndjson",
        "results.ndjson",
    ]

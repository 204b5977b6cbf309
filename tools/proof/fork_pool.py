"""Run collected tests many times in one pytest session: collect once, then fork a process for each job.

Each fork starts a sandbox of its own, runs the tests of its job against it, and leaves a journal.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.model import Ending, Scope
from lead_provider_conformance.pytest_plugin.collection import shared_scopes
from lead_provider_conformance.results.journal import RESULTS
from lead_provider_conformance.run.test_context import RUN

from .sandboxes import Addresses, Prepare, serve_sandbox
from .services import ORIGINAL, Service

JOB_TIMEOUT = 240.0
OUTPUT = "output.txt"

Findings = tuple[dict[str, Any], ...]
"""The `finding` lines of a journal."""


@dataclass(frozen=True)
class Job:
    """One run of tests in a scope, against a sandbox with faults.

    `prepare` changes the sandbox, `after_test` is called with the id of each test, and the job stops early once
    `is_enough` holds for its findings. All three run in processes of the job. `after_run` is called with the report
    folder, in the process of the pool.
    """

    name: str
    scope: Scope
    tests: tuple[str, ...]
    faults: tuple[str, ...] = ()
    prepare: Prepare | None = None
    after_test: Callable[[str], None] | None = None
    is_enough: Callable[[Findings], bool] | None = None
    after_run: Callable[[Path], None] | None = None


@dataclass(frozen=True)
class JobResult:
    """The findings of a job, the seconds that each test took, and the error that ended the job, if any."""

    job: Job
    seconds: float
    findings: Findings = ()
    test_seconds: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None

    def with_outcome(self, outcome: str) -> list[dict[str, Any]]:
        """Return the findings with this outcome."""
        return [finding for finding in self.findings if finding["outcome"] == outcome]


@dataclass(frozen=True)
class RunningJob:
    """A job and its process. The process holds the other end of the pipe `alive`, which closes when it ends."""

    job: Job
    process: int
    alive: int
    started: float


@dataclass
class ForkPool:
    """A pytest plugin that replaces the test loop: once the tests are collected, `drive` runs jobs."""

    seed: Path
    folder: Path
    drive: Callable[[ForkPool], None]
    service: Service = ORIGINAL
    workers: int = 2
    items: dict[str, pytest.Item] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Call `drive` instead of running each test once."""
        self.items = {item.nodeid: item for item in session.items}
        gc.freeze()  # otherwise the first collection in each fork copies every page of the collected suite
        self.drive(self)
        return True

    def run(self, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """Run jobs, `workers` at a time, and yield each result when its job ends."""
        sys.stdout.flush()
        waiting, running = iter(jobs), list[RunningJob]()
        try:
            while True:
                while len(running) < self.workers and (job := next(waiting, None)):
                    running.append(self._start(job))
                if not running:
                    return
                yield self._wait_for_one(running)
        finally:
            for each in running:
                _reap(each)

    def _wait_for_one(self, running: list[RunningJob]) -> JobResult:
        """Return the result of the first job to end, or kill the oldest one after JOB_TIMEOUT."""
        oldest = running[0]
        timeout = max(0.0, oldest.started + JOB_TIMEOUT - time.monotonic())
        closed, _, _ = select.select([each.alive for each in running], [], [], timeout)
        ended = next((each for each in running if each.alive in closed), oldest)
        running.remove(ended)
        seconds = time.monotonic() - ended.started
        status = _reap(ended, kill=not closed)
        if not closed:
            return self._result(ended.job, seconds, f"killed after {seconds:.0f} s")
        return self._result(ended.job, seconds, f"ended with status {status}" if status else None)

    def _start(self, job: Job) -> RunningJob:
        folder = self.folder / job.name
        folder.mkdir(parents=True)
        alive, held = os.pipe()
        process = os.fork()
        if process:
            os.close(held)
            return RunningJob(job, process, alive, time.monotonic())
        status = 1
        try:
            os.setpgid(0, 0)
            output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_CREAT)
            for descriptor in (1, 2):
                os.dup2(output, descriptor)
            with serve_sandbox(self.seed, folder, self.service, faults=job.faults, prepare=job.prepare) as addresses:
                self._run_tests(job, folder, addresses)
            status = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            os._exit(status)

    def _run_tests(self, job: Job, folder: Path, addresses: Addresses) -> None:
        items = [self.items[test] for test in job.tests]
        config = items[0].config
        run = config.stash[RUN]
        # The programmes of a version share the requests of its generated tests: with others, a test sends fewer.
        is_generated = any("/generated/" in item.nodeid for item in items)
        others = () if is_generated else (other.programme for item in items for other in shared_scopes(item, run))
        programmes = {job.scope.programme, *others}
        run = config.stash[RUN] = replace(
            run,
            target=run.target.at(addresses.api, addresses.provisioning),
            # Records are discovered in the newest version, which shows the most of them.
            scopes=tuple(scope for scope in run.scopes if scope.programme in programmes),
            folder=folder / "report",
        )
        run.open()
        for item, following in zip(items, [*items[1:], None], strict=True):
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if job.after_test:
                job.after_test(item.nodeid)
            if job.is_enough and job.is_enough(_findings(_journal_lines(run.folder))):
                break
        run.close(Ending.FINISHED)

    def _result(self, job: Job, seconds: float, error: str | None) -> JobResult:
        """Read the result of a job from its folder, and delete the folder."""
        folder = self.folder / job.name
        if error:
            with contextlib.suppress(OSError):
                error += ": " + (folder / OUTPUT).read_text(encoding="utf-8", errors="replace")[-2000:]
        lines = _journal_lines(folder / "report")
        if job.after_run and not error:
            job.after_run(folder / "report")
        shutil.rmtree(folder)
        test_seconds = {line["test"]: line["seconds"] for line in lines if line["kind"] == "test"}
        return JobResult(job, seconds, _findings(lines), test_seconds, error)


def _journal_lines(report: Path) -> Sequence[dict[str, Any]]:
    journal = report / RESULTS
    return [json.loads(line) for line in journal.read_bytes().splitlines()] if journal.is_file() else []


def _findings(lines: Sequence[dict[str, Any]]) -> Findings:
    return tuple(line for line in lines if line["kind"] == "finding")


def _reap(running: RunningJob, *, kill: bool = True) -> int:
    """Return the exit status of a job's process; with `kill`, end it and its sandbox first."""
    if kill:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.process, signal.SIGKILL)
    os.close(running.alive)
    return os.waitpid(running.process, 0)[1]

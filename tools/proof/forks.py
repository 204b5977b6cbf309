"""Runs tests of the suites many times over in one pytest session: what is collected once is run in forked processes.

A process that has imported everything and collected every test is forked for each job. The fork gets a sandbox of its
own, runs the tests of its job against it, and leaves its journal behind.
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
from lead_provider_conformance.results.journal import RESULTS
from lead_provider_conformance.run.test_context import RUN
from lead_provider_sandbox.domain.calendar import DEFAULT_EDITION

from .serving import Change, Served, served

NO_JOB_IS_LONGER = 240.0
SAID = "said.txt"

Work = Callable[["Forks"], None]
AfterEach = Callable[[str], None]
"""What a fork does after each test, by its id."""
Findings = tuple[dict[str, Any], ...]
"""Lines of a journal that tell what a test found out."""
Enough = Callable[[Findings], bool]


@dataclass(frozen=True)
class Job:
    """One run: of which tests, in which scope, against a sandbox with which faults.

    `change` and `after_each` happen in the processes of the job: the one to the sandbox, the other after each test.
    The job ends early once its findings are `enough`.
    """

    name: str
    scope: Scope
    tests: tuple[str, ...]
    faults: tuple[str, ...] = ()
    change: Change | None = None
    after_each: AfterEach | None = None
    enough: Enough | None = None


@dataclass(frozen=True)
class Ended:
    """What a job left behind: the findings of its journal, how many tests it ran, and how long it took."""

    job: Job
    seconds: float
    findings: Findings = ()
    tests: Mapping[str, float] = field(default_factory=dict)
    """How many seconds each test took, by its id."""
    problem: str | None = None
    """What went wrong with the run itself, if anything did."""

    def with_outcome(self, outcome: str) -> list[dict[str, Any]]:
        """The findings of an outcome."""
        return [each for each in self.findings if each["outcome"] == outcome]


@dataclass(frozen=True)
class Running:
    """A fork and its job, begun at `since`. The fork holds the other end of the pipe `alive`, which so ends with it."""

    job: Job
    process: int
    alive: int
    since: float


@dataclass
class Forks:
    """The pytest plugin: once the tests are collected, `work` decides which are run against what."""

    seed: Path
    folder: Path
    work: Work
    edition: str = DEFAULT_EDITION
    at_once: int = 2
    items: dict[str, pytest.Item] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Do the work instead of running each test once."""
        self.items = {item.nodeid: item for item in session.items}
        gc.freeze()  # what is there now stays, and forks need not copy it to find that out
        self.work(self)
        return True

    def run(self, jobs: Iterable[Job]) -> Iterator[Ended]:
        """Run jobs, a few at once; each is given when it has ended."""
        sys.stdout.flush()
        waiting, running = iter(jobs), list[Running]()
        try:
            while True:
                while len(running) < self.at_once and (job := next(waiting, None)):
                    running.append(self._forked(job))
                if not running:
                    return
                yield self._next_ended(running)
        finally:
            for each in running:
                _end(each)

    def _next_ended(self, running: list[Running]) -> Ended:
        """Wait for a fork to end, or for the one that has run longest to have run too long."""
        oldest = running[0]
        patience = max(0.0, oldest.since + NO_JOB_IS_LONGER - time.monotonic())
        over, _, _ = select.select([each.alive for each in running], [], [], patience)
        ended = next((each for each in running if each.alive in over), oldest)
        running.remove(ended)
        seconds = time.monotonic() - ended.since
        status = _end(ended, kill=not over)
        if not over:
            return self._read(ended.job, seconds, f"still ran after {seconds:.0f} s")
        return self._read(ended.job, seconds, f"ended with {status}" if status else None)

    def _forked(self, job: Job) -> Running:
        folder = self.folder / job.name
        folder.mkdir(parents=True)
        alive, held = os.pipe()
        process = os.fork()
        if process:
            os.close(held)
            return Running(job, process, alive, time.monotonic())
        status = 1
        try:
            os.setpgid(0, 0)
            said = os.open(folder / SAID, os.O_WRONLY | os.O_CREAT)
            for descriptor in (1, 2):
                os.dup2(said, descriptor)
            with served(self.seed, folder, edition=self.edition, faults=job.faults, change=job.change) as place:
                self._run(job, folder, place)
            status = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            sys.stdout.flush()
            os._exit(status)

    def _run(self, job: Job, folder: Path, place: Served) -> None:
        chosen = [self.items[test] for test in job.tests]
        config = chosen[0].config
        run = config.stash[RUN]
        run = config.stash[RUN] = replace(
            run,
            target=run.target.at(place.address, place.provisioning),
            # Records are found in the newest version, which shows the most of them.
            scopes=tuple(scope for scope in run.scopes if scope.programme == job.scope.programme),
            folder=folder / "report",
        )
        run.open()
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if job.after_each:
                job.after_each(item.nodeid)
            if job.enough and job.enough(_findings(_lines(run.folder))):
                break
        run.close(Ending.FINISHED)

    def _read(self, job: Job, seconds: float, problem: str | None) -> Ended:
        """What a job left behind, which is then cleared away."""
        folder = self.folder / job.name
        if problem:
            with contextlib.suppress(OSError):
                problem += ": " + (folder / SAID).read_text(encoding="utf-8", errors="replace")[-2000:]
        lines = _lines(folder / "report")
        shutil.rmtree(folder)
        tests = {line["test"]: line["seconds"] for line in lines if line["kind"] == "test"}
        return Ended(job, seconds, _findings(lines), tests, problem)


def _lines(report: Path) -> Sequence[dict[str, Any]]:
    journal = report / RESULTS
    return [json.loads(line) for line in journal.read_bytes().splitlines()] if journal.is_file() else []


def _findings(lines: Sequence[dict[str, Any]]) -> Findings:
    return tuple(line for line in lines if line["kind"] == "finding")


def _end(fork: Running, *, kill: bool = True) -> int:
    """Take leave of a fork that is over, or `kill` it and the sandbox that it has forked; gives its status."""
    if kill:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(fork.process, signal.SIGKILL)
    os.close(fork.alive)
    return os.waitpid(fork.process, 0)[1]

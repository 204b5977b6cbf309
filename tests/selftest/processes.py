"""Start the two commands as processes: a sandbox, and a run of the suite against a target."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIRST_TOKEN = "selftest-token-of-the-first-1"
SECOND_TOKEN = "selftest-token-of-the-second-2"
# Limits that kill a hanging run, far above the time of any run on a busy machine.
RUN_TIMEOUT = 600
POLL_SECONDS = 0.02
V3_ECF = ("--api-version", "v3", "--programme", "ecf")
# Variables of the developer's environment that would change a run.
IGNORED_VARIABLES = re.compile(
    r"(OTHER_)?LEAD_PROVIDER_|PYTEST_|PYTHONDONTWRITEBYTECODE|(https?|no)_proxy", re.IGNORECASE
)


@dataclass(frozen=True)
class RunResult:
    """The exit status, the output and the report folder of a run."""

    status: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def output(self) -> str:
        """Standard output and standard error."""
        return self.stdout + self.stderr

    @property
    def verdict(self) -> dict[str, Any]:
        """verdict.json."""
        content: dict[str, Any] = json.loads((self.folder / "verdict.json").read_text(encoding="utf-8"))
        return content

    @property
    def results(self) -> list[dict[str, Any]]:
        """The lines of results.ndjson."""
        return read_lines(self.folder / "results.ndjson")

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """The lines of exchanges.ndjson."""
        return read_lines(self.folder / "exchanges.ndjson")

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each requirement, by scope and id."""
        return {
            f"{scope['version']}-{scope['programme']} {each['id']}": each["outcome"]
            for scope in self.verdict["scopes"]
            for each in scope["requirements"]
        }

    def with_outcome(self, outcome: str) -> set[str]:
        """Return the ids of the requirements that have this outcome in some scope."""
        return {name.partition(" ")[2] for name, own in self.outcomes.items() if own == outcome}

    def findings(self, requirement: str, outcome: str = "failed") -> list[dict[str, Any]]:
        """Return the findings of a requirement with this outcome."""
        return [
            line
            for line in self.results
            if line["kind"] == "finding" and line["requirement"] == requirement and line["outcome"] == outcome
        ]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a journal, or none if there is no such file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.is_file() else []


def environment(**extra: str) -> dict[str, str]:
    """Return the environment without variables that would change a run, and with `extra`."""
    return {name: value for name, value in os.environ.items() if not IGNORED_VARIABLES.match(name)} | extra


def start(folder: Path, *arguments: object, command: str = "run", **extra: str) -> subprocess.Popen[str]:
    """Start `lead-provider-conformance` in a process group of its own, with `folder` for its report."""
    report_dir = ["--report-dir", str(folder)] if command in ("run", "client", "parity") else []
    return subprocess.Popen(
        [sys.executable, "-m", "lead_provider_conformance", command, *map(str, arguments), *report_dir],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        env=environment(**extra),
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], folder: Path) -> RunResult:
    """Wait for a run to end by itself, and return its result. Kill it and raise TimeoutExpired after RUN_TIMEOUT."""
    try:
        stdout, stderr = process.communicate(timeout=RUN_TIMEOUT)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return RunResult(process.returncode, stdout, stderr, folder)


def run(folder: Path, *arguments: object, **extra: str) -> RunResult:
    """Run the suite and return its result."""
    return finish(start(folder, *arguments, **extra), folder)


def problems_found(tool: str, names: Sequence[str], results: Path, *, key: str) -> Mapping[str, Any]:
    """Run a tool of the maintainers on some of its cases, and return the problems of each by its name.

    `key` is the field with the name in the lines that the tool writes to `results`.
    """
    ended = subprocess.run(
        [sys.executable, "-m", f"tools.{tool}", *names, "--results", str(results)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert results.is_file(), ended.stdout + ended.stderr
    lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {line[key]: line["problems"] for line in lines}


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until the condition holds or the process ends."""
    while not condition() and process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(POLL_SECONDS)


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that accepts requests."""

    address: str
    process: subprocess.Popen[str]

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a run that tests it with both tokens and may write."""
        return ("--base-url", self.address, *token_options(), "--safety", "sandbox", *V3_ECF)


def token_options(first: str = FIRST_TOKEN, second: str = SECOND_TOKEN) -> tuple[str, ...]:
    """Return the options for two tokens."""
    return ("--token", first, "--other-token", second)


@contextlib.contextmanager
def sandbox(*arguments: str, tokens: tuple[str, str] = (FIRST_TOKEN, SECOND_TOKEN)) -> Iterator[RunningSandbox]:
    """Run a sandbox on a free port."""
    tokens_variable = {"LEAD_PROVIDER_SANDBOX_TOKENS": ",".join(tokens)}
    with serving("lead_provider_sandbox", "--port", "0", *arguments, **tokens_variable) as running:
        yield running


@contextlib.contextmanager
def serving(module: str, *arguments: str, **extra: str) -> Iterator[RunningSandbox]:
    """Run a module that prints its address first, and kill its process group at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(**extra),
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        yield RunningSandbox(re.search(r"http://\S+", greeting)[0], process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def write_target(path: Path, content: Mapping[str, Any]) -> Path:
    """Write a target file as JSON, which is also YAML."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path

"""The two commands as processes: a sandbox that is served, and the suite that is run against something."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIRST_TOKEN = "selftest-token-of-the-first-1"
SECOND_TOKEN = "selftest-token-of-the-second-2"
NO_RUN_IS_LONGER = 300
V3_ECF = ("--api-version", "v3", "--programme", "ecf")
# What this machine's own environment could tell a run, and a selftest must not depend on.
OURS = re.compile(r"(OTHER_)?LEAD_PROVIDER_|PYTEST_|PYTHONDONTWRITEBYTECODE|(https?|no)_proxy", re.IGNORECASE)


@dataclass(frozen=True)
class Ended:
    """What a run of the suite left behind."""

    status: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def verdict(self) -> dict[str, Any]:
        """verdict.json."""
        content: dict[str, Any] = json.loads((self.folder / "verdict.json").read_text(encoding="utf-8"))
        return content

    @property
    def results(self) -> list[dict[str, Any]]:
        """The lines of results.ndjson."""
        return lines(self.folder / "results.ndjson")

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """The lines of exchanges.ndjson."""
        return lines(self.folder / "exchanges.ndjson")

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each requirement, by scope and id."""
        return {
            f"{scope['version']}-{scope['programme']} {each['id']}": each["outcome"]
            for scope in self.verdict["scopes"]
            for each in scope["requirements"]
        }

    def with_outcome(self, outcome: str) -> set[str]:
        """The ids of the requirements that have that outcome in some scope."""
        return {name.partition(" ")[2] for name, found in self.outcomes.items() if found == outcome}

    def findings(self, requirement: str, outcome: str = "failed") -> list[dict[str, Any]]:
        """The journalled findings about a requirement that have that outcome."""
        return [
            line
            for line in self.results
            if line["kind"] == "finding" and line["requirement"] == requirement and line["outcome"] == outcome
        ]


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal; none if there is no such file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.is_file() else []


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without what would change a run, and with what a test adds."""
    return {name: value for name, value in os.environ.items() if not OURS.match(name)} | extra


def start(folder: Path, *arguments: object, command: str = "run", **extra: str) -> subprocess.Popen[str]:
    """Start `lead-provider-conformance`, to write into `folder`, in a process group of its own."""
    into = ["--report-dir", str(folder)] if command == "run" else []
    return subprocess.Popen(
        [sys.executable, "-m", "lead_provider_conformance", command, *map(str, arguments), *into],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        env=environment(**extra),
        start_new_session=True,
    )


def end(process: subprocess.Popen[str], folder: Path, *, within: float = NO_RUN_IS_LONGER) -> Ended:
    """Wait for a run to end by itself, and give what it left behind. Raises TimeoutExpired if it does not."""
    try:
        stdout, stderr = process.communicate(timeout=within)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Ended(process.returncode, stdout, stderr, folder)


def run(folder: Path, *arguments: object, **extra: str) -> Ended:
    """Run the suite to its end."""
    return end(start(folder, *arguments, **extra), folder)


@dataclass(frozen=True)
class Served:
    """A sandbox that answers."""

    address: str
    process: subprocess.Popen[str]

    @property
    def options(self) -> tuple[str, ...]:
        """What tells the suite to test it, with both tokens, and to write."""
        return ("--base-url", self.address, *tokens(), "--safety", "sandbox", *V3_ECF)


def tokens(first: str = FIRST_TOKEN, second: str = SECOND_TOKEN) -> tuple[str, ...]:
    """The options that carry two tokens."""
    return ("--token", first, "--other-token", second)


@contextlib.contextmanager
def sandbox(*arguments: str, tokens: tuple[str, str] = (FIRST_TOKEN, SECOND_TOKEN)) -> Iterator[Served]:
    """A sandbox on a free port until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lead_provider_sandbox", "--port", "0", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(LEAD_PROVIDER_SANDBOX_TOKENS=",".join(tokens)),
    )
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        yield Served(re.search(r"http://\S+", greeting)[0], process)
    finally:
        process.kill()
        process.communicate()


def target_file(path: Path, content: Mapping[str, Any]) -> Path:
    """A target file with that content; what is JSON is YAML."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path

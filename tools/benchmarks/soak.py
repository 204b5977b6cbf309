"""Run the suite many times, shuffled, in one process and in two, and restart the server at random in some runs.

Undisturbed runs must have the same outcomes, and no run may leave a process, a port, a thread or a file behind.

    python tools/benchmarks/soak.py [--runs N] [--disturbed SHARE] [--random SEED] [--within SECONDS] [RUN OPTIONS]

Unknown options are passed to `lead-provider-conformance run`, such as `--api-version v3`. The exit status is 1 if two
undisturbed runs differ, or a run leaves something behind.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

MARK = "LEAD_PROVIDER_SOAK"
TOKENS = ["ambition-sandbox-token-1", "teach-well-sandbox-token-2"]
FIRST_SECONDS = 3.0  # about the time of a run before its first request
AWAY_SECONDS = 2.0


@dataclass(frozen=True)
class RunResult:
    """The result of one run. `leftovers` describes each process, port and file that it left behind."""

    name: str
    status: int
    ending: str
    seconds: float
    outcomes: tuple[tuple[str, str], ...]
    leftovers: tuple[str, ...]

    @property
    def counts(self) -> str:
        """The number of requirements by outcome."""
        counted = Counter(outcome for _, outcome in self.outcomes)
        return ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))


class Server:
    """A sandbox with a database that survives a restart."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._database = f"sqlite:///{folder / 'sandbox.db'}"
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "lead_provider_sandbox", "--quiet", "--port", str(self.port)]
        process = subprocess.Popen([*command, "--database", self._database], env=without_mark())
        never = threading.Event()
        while process.poll() is None and not listens(self.port):
            never.wait(0.05)
        return process

    def restart(self, away: float) -> None:
        """Kill the sandbox, and start it again after `away` seconds."""
        self.stop()
        threading.Event().wait(away)
        self._process = self._start()

    def stop(self) -> None:
        """Kill the sandbox."""
        self._process.kill()
        self._process.wait()


def without_mark() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != MARK}


def listens(port: int) -> bool:
    """Return whether a process listens at a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def marked(mark: str) -> list[str]:
    """Return the id, the threads and the command of each running process with this mark."""
    processes = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                processes.append(f"{folder.name} ({len(list((folder / 'task').iterdir()))} threads): {command}")
        except OSError:
            continue
    return processes


def leftovers_of(mark: str, report: Path, temporary: Path) -> Iterator[str]:
    """Yield the processes, the port of the server and the files that a run left behind."""
    yield from (f"left behind: the process {each}" for each in marked(mark))
    results = report / "results.ndjson"
    if results.is_file():
        with results.open(encoding="utf-8") as lines:
            address = urlsplit(json.loads(next(lines))["target"]["base_url"])
        if mark.startswith("own") and address.port and listens(address.port):
            yield f"left behind: a listener at port {address.port}"
    yield from (f"left behind: the file {each}" for each in temporary.rglob("*"))
    if (report / ".work").exists():
        yield "left behind: the run's workspace"


@contextmanager
def disturbed(folder: Path, chance: random.Random) -> Iterator[tuple[list[str], threading.Timer]]:
    """Start a server; yield the options for it and a timer that restarts it."""
    server = Server(folder)
    file = folder / "target.yaml"
    content = {"name": "soaked", "base_url": f"http://127.0.0.1:{server.port}", "tokens": TOKENS, "safety": "sandbox"}
    file.write_text(json.dumps(content), encoding="utf-8")
    when, away = chance.uniform(FIRST_SECONDS, 5 * FIRST_SECONDS), chance.uniform(0, AWAY_SECONDS)
    timer = threading.Timer(when, server.restart, [away])
    try:
        yield ["--target", str(file)], timer
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()
        server.stop()


def run(name: str, target: list[str], options: list[str], folder: Path, *, within: float) -> RunResult:
    """Run the suite once. Raise TimeoutExpired after `within` seconds."""
    report, temporary = folder / "report", folder / "temporary"
    temporary.mkdir()
    mark = f"{name}-{os.getpid()}-{time.monotonic_ns()}"
    extra = {MARK: mark, "TMPDIR": str(temporary), "LEAD_PROVIDER_CONFORMANCE_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "lead_provider_conformance", "run", *target, *options, "--report-dir", str(report)]
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(
            command, stdout=output, stderr=output, env=os.environ | extra, timeout=within, check=False
        )
    seconds = time.monotonic() - started
    leftovers = tuple(leftovers_of(mark, report, temporary))
    if not (report / "verdict.json").is_file():  # the server was down during the preflight
        return RunResult(name, ended.returncode, "not started", seconds, (), leftovers)
    verdict = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
    outcomes = tuple(
        (f"{scope['version']}-{scope['programme']} {each['id']}", each["outcome"])
        for scope in verdict["scopes"]
        for each in scope["requirements"]
    )
    return RunResult(name, ended.returncode, verdict["run"]["ending"], seconds, outcomes, leftovers)


def main() -> int:
    """Run, print a line for each run, and return 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--disturbed", type=float, default=0.25, help="the share of runs whose server is restarted")
    parser.add_argument("--random", type=int, default=1, help="seed for the choice and the time of restarts")
    parser.add_argument("--within", type=float, default=900, help="time limit of a run in seconds")
    arguments, options = parser.parse_known_args()
    chance = random.Random(arguments.random)
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    soaked: list[RunResult] = []
    for number in range(arguments.runs):
        processes = ["-n", "2"] if number % 2 else []
        shuffled = ["-p", "pytest_randomly", "--randomly-seed", str(number + 1)]
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            if chance.random() < arguments.disturbed:
                with disturbed(folder, chance) as (target, timer):
                    timer.start()
                    ended = run("disturbed", target, [*processes, *shuffled, *options], folder, within=arguments.within)
            else:
                ended = run(
                    "own", ["--target", "sandbox"], [*processes, *shuffled, *options], folder, within=arguments.within
                )
        soaked.append(ended)
        shown = f"{number + 1:3} {ended.name:9} {'two' if processes else 'one'}"
        print(f"{shown}  {ended.status} {ended.ending:11} {ended.seconds:6.1f} s  {ended.counts}", flush=True)
        for each in (*ended.leftovers, *(name for name, outcome in ended.outcomes if outcome == "failed")):
            print(f"    {each}", flush=True)
    after = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    return summarise(soaked, leaked=after != before)


def summarise(soaked: list[RunResult], *, leaked: bool) -> int:
    """Print a summary of all runs, and return the exit status."""
    undisturbed = [each for each in soaked if each.name == "own"]
    verdicts = {each.outcomes for each in undisturbed}
    for outcomes in sorted(verdicts)[1:]:
        differing = sorted(set(outcomes) ^ set(undisturbed[0].outcomes))
        print(f"Undisturbed runs differ: {differing[:10]}")
    errors = [each for each in soaked if each.status == 3 or "suite-error" in dict(each.outcomes).values()]
    left = sum(len(each.leftovers) for each in soaked)
    print(
        f"{len(soaked)} runs, {len(undisturbed)} of them undisturbed with {len(verdicts)} verdict(s); "
        f"{len(errors)} with errors of the suite; {left} things left behind; this script "
        f"{'leaks' if leaked else 'has as many files and threads as before'}."
    )
    return int(len(verdicts) > 1 or bool(errors) or left > 0 or leaked)


if __name__ == "__main__":
    sys.exit(main())

"""Runs the suite again and again, in one process and in two, shuffled anew each time, and restarts the server at random
in some of the runs: the undisturbed ones have to say the same each time, and no run may leave a process, a port, a
thread or a file behind.

    python tools/benchmarks/soak.py [--runs N] [--disturbed SHARE] [--random SEED] [--within SECONDS] [RUN OPTIONS]

What this script does not know goes to `lead-provider-conformance run`, such as `--api-version v3`. The exit status is 1
if two undisturbed runs differ, or anything is left behind.
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
FIRST_SECONDS = 3.0  # a run needs about so long before it asks the server anything
AWAY_SECONDS = 2.0


@dataclass(frozen=True)
class Ended:
    """How one run ended. `left` is what it left behind, one sentence each."""

    name: str
    status: int
    ending: str
    seconds: float
    outcomes: tuple[tuple[str, str], ...]
    left: tuple[str, ...]

    @property
    def counts(self) -> str:
        """How many requirements have each outcome."""
        counted = Counter(outcome for _, outcome in self.outcomes)
        return ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))


class Server:
    """A sandbox with a database of its own, which can be killed and comes back with what it had."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._database = f"sqlite:///{folder / 'sandbox.db'}"
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "lead_provider_sandbox", "--quiet", "--port", str(self.port)]
        process = subprocess.Popen([*command, "--database", self._database], env=without_mark())
        never = threading.Event()
        while process.poll() is None and not listens(self.port):
            never.wait(0.05)
        return process

    def restart(self, away: float) -> None:
        """Die, and come back after so many seconds."""
        self.stop()
        threading.Event().wait(away)
        self._process = self._started()

    def stop(self) -> None:
        """Die."""
        self._process.kill()
        self._process.wait()


def without_mark() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != MARK}


def listens(port: int) -> bool:
    """Whether anybody listens at a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def marked(mark: str) -> list[str]:
    """The processes that a run has started, and that are still there: their numbers, threads and commands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                found.append(f"{folder.name} ({len(list((folder / 'task').iterdir()))} threads): {command}")
        except OSError:
            continue
    return found


def left_behind(mark: str, report: Path, temporary: Path) -> Iterator[str]:
    """What is still there after a run: processes, the port of the server that it started, and files."""
    yield from (f"left behind: the process {each}" for each in marked(mark))
    results = report / "results.ndjson"
    if results.is_file():
        with results.open(encoding="utf-8") as lines:
            place = urlsplit(json.loads(next(lines))["target"]["base_url"])
        if mark.startswith("own") and place.port and listens(place.port):
            yield f"left behind: somebody who listens at port {place.port}"
    yield from (f"left behind: the file {each}" for each in temporary.rglob("*"))
    if (report / ".work").exists():
        yield "left behind: the run's workspace"


@contextmanager
def disturbed(folder: Path, chance: random.Random) -> Iterator[tuple[list[str], threading.Timer]]:
    """A server that is restarted at some time: the options that name it, and what restarts it once it is started."""
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


def run(name: str, target: list[str], options: list[str], folder: Path, *, within: float) -> Ended:
    """Run the suite once. Raises TimeoutExpired if it takes too long."""
    report, temporary = folder / "report", folder / "temporary"
    temporary.mkdir()
    mark = f"{name}-{os.getpid()}-{time.monotonic_ns()}"
    extra = {MARK: mark, "TMPDIR": str(temporary), "LEAD_PROVIDER_CONFORMANCE_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "lead_provider_conformance", "run", *target, *options, "--report-dir", str(report)]
    begun = time.monotonic()
    with tempfile.TemporaryFile() as output:
        ended = subprocess.run(
            command, stdout=output, stderr=output, env=os.environ | extra, timeout=within, check=False
        )
    seconds = time.monotonic() - begun
    left = tuple(left_behind(mark, report, temporary))
    if not (report / "verdict.json").is_file():  # the server was away when it was asked for the first time
        return Ended(name, ended.returncode, "not begun", seconds, (), left)
    verdict = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
    outcomes = tuple(
        (f"{scope['version']}-{scope['programme']} {each['id']}", each["outcome"])
        for scope in verdict["scopes"]
        for each in scope["requirements"]
    )
    return Ended(name, ended.returncode, verdict["run"]["ending"], seconds, outcomes, left)


def main() -> int:
    """Soak, print a line for each run, and tell what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--disturbed", type=float, default=0.25, help="the share of runs whose server is restarted")
    parser.add_argument("--random", type=int, default=1, help="seed of what is disturbed, and when")
    parser.add_argument("--within", type=float, default=900, help="seconds that a run may take")
    arguments, options = parser.parse_known_args()
    chance = random.Random(arguments.random)
    before = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    soaked: list[Ended] = []
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
        for each in (*ended.left, *(what for what, outcome in ended.outcomes if outcome == "failed")):
            print(f"    {each}", flush=True)
    after = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    return told(soaked, leaked=after != before)


def told(soaked: list[Ended], *, leaked: bool) -> int:
    """Say what all the runs came to, and give the exit status."""
    undisturbed = [each for each in soaked if each.name == "own"]
    verdicts = {each.outcomes for each in undisturbed}
    for outcomes in sorted(verdicts)[1:]:
        differing = sorted(set(outcomes) ^ set(undisturbed[0].outcomes))
        print(f"Undisturbed runs differ: {differing[:10]}")
    errors = [each for each in soaked if each.status == 3 or "suite-error" in dict(each.outcomes).values()]
    left = sum(len(each.left) for each in soaked)
    print(
        f"{len(soaked)} runs, {len(undisturbed)} of them undisturbed with {len(verdicts)} verdict(s); "
        f"{len(errors)} with errors of the suite; {left} things left behind; this script "
        f"{'leaks' if leaked else 'has as many files and threads as before'}."
    )
    return int(len(verdicts) > 1 or bool(errors) or left > 0 or leaked)


if __name__ == "__main__":
    sys.exit(main())

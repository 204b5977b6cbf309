"""A hosting process that can be killed at chosen points, and a provider that drives a session of it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from lead_provider_sandbox.control.serving import listen

ROOT = Path(__file__).parents[2]
CONTROL = "control-token-of-the-benchmark"
SYNC = (
    sys.executable,
    str(ROOT / "examples" / "client" / "sync.py"),
    "--delay",
    "0",
    "--try-errors",
    "--timeout",
    "20",
)
STARTS_WITHIN = 120.0
_RUN = """
import hashlib, os, signal, sys
from lead_provider_conformance.cli.main import main
from lead_provider_conformance.readiness.hosting import faultpoints
seed, one_in = sys.argv[1], int(sys.argv[2])
points = 0
def kill(point):
    global points
    points += 1
    digest = hashlib.sha256(f"{seed} {points} {point}".encode()).digest()
    if one_in and int.from_bytes(digest[:6], "big") % one_in == 0:
        os.write(2, f"killed at {point}\\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
faultpoints.observe(kill)
sys.exit(main(sys.argv[3:]))
"""


@dataclass
class HostProcess:
    """A process of `client --serve`. With `kill_one_in`, it is killed at one in so many points, chosen by a hash."""

    store: str
    log: Path
    port: int
    kill_one_in: int = 0
    seed: str = "0"
    options: Sequence[str] = ()
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process, and wait until it is ready."""
        self.starts += 1
        command = [sys.executable, "-c", _RUN, f"{self.seed}-{self.starts}", str(self.kill_one_in), "client", "--serve"]
        command += ["--store", self.store, "--port", str(self.port), *self.options]
        environment = {**os.environ, "LEAD_PROVIDER_CONTROL_TOKEN": CONTROL}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    return
            time.sleep(0.05)
        raise RuntimeError(self.log.read_text(encoding="utf-8")[-3000:])

    def keep_running(self) -> None:
        """Start the process again if it was killed."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop the process."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Call the control interface."""
        headers = {"Authorization": f"Bearer {CONTROL}"}
        answered = requests.request(method, f"{self.url}/control{path}", json=body, headers=headers, timeout=1_800)
        answered.raise_for_status()
        return answered


@contextlib.contextmanager
def host(store: str, log: Path, **settings: Any) -> Iterator[HostProcess]:
    """Yield a running process, and stop it at the end."""
    with contextlib.closing(listen("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = HostProcess(store, log, port, **settings)
    running.start()
    try:
        yield running
    finally:
        running.stop(signal.SIGKILL)


def memory(process: HostProcess) -> float:
    """Return the resident memory of a process in MiB."""
    assert process.process
    pages = int(Path(f"/proc/{process.process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


@dataclass
class Provider:
    """A provider with the example client, who does each cue as the page says."""

    host: HostProcess
    made: Mapping[str, str]
    folder: Path
    programme: str
    command: Sequence[str] = SYNC
    cues: int = 0
    acts: list[str] = field(default_factory=list)

    @property
    def page(self) -> str:
        """The address of the page."""
        return self.host.url + "/" + self.made["page"].split("/", 3)[3]

    def drive(self, *, most_cues: int | None = None) -> None:
        """Do the cues until the session is over, or so many are done."""
        while (found := self._current()) is not None:
            cue, tasks = found
            if most_cues is not None and cue > most_cues:
                return
            if tasks["act"] not in self.acts:
                self.acts.append(tasks["act"])
            self._sync(tasks)
            self._confirm(cue)
            self.cues = cue

    def _current(self) -> tuple[int, Any] | None:
        """Return the number of the current cue and its tasks; None if the session is over."""
        until = time.monotonic() + 300
        while time.monotonic() < until:
            try:
                page = requests.get(self.page, timeout=60)
                if "The session is over" in page.text:
                    return None
                cue = re.search(r"/done\?cue=(\d+)", page.text)
                tasks = requests.get(f"{self.page}/tasks", timeout=60)
                if cue and tasks.ok and tasks.json()["act"]:
                    return int(cue[1]), tasks.json()
            except requests.RequestException:
                self.host.keep_running()
            time.sleep(0.05)
        raise RuntimeError("The session has no cue.")

    def _sync(self, tasks: Any) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "tasks.json"
        file.write_text(json.dumps(tasks), encoding="utf-8")
        variables = {
            "LEAD_PROVIDER_BASE_URL": self.host.url,
            "LEAD_PROVIDER_TOKEN": self.made["token"],
            "LEAD_PROVIDER_VERSION": "v3",
            "LEAD_PROVIDER_PROGRAMME": self.programme,
            "LEAD_PROVIDER_EDITION": "2026-08",
            "LEAD_PROVIDER_ACT": tasks["act"],
            "LEAD_PROVIDER_STATE": str(self.folder),
            "LEAD_PROVIDER_TASKS": str(file),
        }
        with (self.folder / "sync.log").open("ab") as log:
            running = subprocess.Popen(self.command, env={**os.environ, **variables}, stdout=log, stderr=log)
            while running.poll() is None:
                self.host.keep_running()
                time.sleep(0.02)

    def _confirm(self, cue: int) -> None:
        try:
            requests.post(f"{self.page}/done?cue={cue}", timeout=60, allow_redirects=False)
        except requests.RequestException:
            self.host.keep_running()

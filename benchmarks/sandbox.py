"""How fast the sandbox is, over HTTP, as a client sees it.

    python benchmarks/sandbox.py [--json FILE]

Starts sandboxes of its own and prints each figure with its bar. Ends with status 1 if a bar is missed.
Figures beside the clock's are the server's processor time for the same work, which a busy machine disturbs less.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

TOKEN = "ambition-sandbox-token-1"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """One thing measured, and what it must not be worse than."""

    name: str
    value: float
    unit: str
    bar: float
    more_is_better: bool
    server_seconds: float | None = None

    @property
    def kept(self) -> bool:
        return self.value >= self.bar if self.more_is_better else self.value <= self.bar


class Server:
    """A sandbox process, and one connection to it."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.process = process
        parts = urlsplit(address)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port)

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        self.connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{method} {path} was answered with {answer.status}: {content[:300]!r}")
        return content

    @property
    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-m", "lead_provider_sandbox", "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Server(process.stdout.readline().split()[-1], process)
    finally:
        process.terminate()
        process.communicate()


def timed(server: Server, count: int, work: Callable[[int], Any]) -> tuple[float, float]:
    """Seconds on the clock, and of the server's processor, for so many pieces of work."""
    clock, processor = time.perf_counter(), server.processor_seconds
    for number in range(count):
        work(number)
    return time.perf_counter() - clock, server.processor_seconds - processor


def startup() -> Figure:
    """The median of five starts: the first after a change reads everything from the disk."""
    return Figure("start to first answer", median(one_start() for _ in range(5)), "s", 1.5, more_is_better=False)


def one_start() -> float:
    began = time.perf_counter()
    with serving() as server:
        server.ask("GET", "/api/v3/participants/ecf?page[per_page]=1")
        return time.perf_counter() - began


def with_many_participants() -> list[Figure]:
    with serving("--participants", "3000") as server:
        everybody = "/api/v3/participants/ecf?page[per_page]=3000"
        people = json.loads(server.ask("GET", everybody))["data"]
        ids = [each["id"] for each in people]
        assert len(ids) > 2900, f"only {len(ids)} participants"
        clock, processor = timed(server, 5, lambda _: server.ask("GET", everybody))
        listed = Figure("list of 3,000 participants", clock / 5 * 1000, "ms", 400, False, processor / 5)
        clock, processor = timed(server, 3000, lambda n: server.ask("GET", f"/api/v3/participants/ecf/{ids[n % 2900]}"))
        shown = Figure("GET participants/ecf/{id}", 3000 / clock, "/s", 700, True, processor / 3000)
        listed_declarations = server.ask("GET", "/api/v3/participant-declarations?page[per_page]=3000")
        busy = {each["attributes"]["participant_id"] for each in json.loads(listed_declarations)["data"]}
        fresh = [each["id"] for each in people if each["id"] not in busy and startable(each)]
        clock, processor = timed(
            server, 1500, lambda n: server.ask("POST", "/api/v3/participant-declarations", started(fresh[n]))
        )
        declared = Figure("POST participant-declarations", 1500 / clock, "/s", 300, True, processor / 1500)
    return [listed, shown, declared]


def startable(person: Mapping[str, Any]) -> bool:
    """Whether the participant is one of the many that the sandbox adds when it is asked for more."""
    enrolments = person["attributes"]["ecf_enrolments"]
    wanted = ("2024", "ect", "ecf-standard-september", "active")
    shown = ("cohort", "participant_type", "schedule_identifier", "training_status")
    return len(enrolments) == 1 and tuple(enrolments[0][name] for name in shown) == wanted


def started(participant: str) -> Mapping[str, Any]:
    attributes = {
        "participant_id": participant,
        "declaration_type": "started",
        "declaration_date": "2024-07-01T10:00:00Z",
        "course_identifier": "ecf-induction",
    }
    return {"data": {"type": "participant-declaration", "attributes": attributes}}


def memory() -> Figure:
    with serving("--participants", "10000") as server:
        for page in (1, 2, 3, 4):
            server.ask("GET", f"/api/v3/participants/ecf?page[per_page]=3000&page[page]={page}")
        return Figure("memory at most, 10,000 participants", server.megabytes, "MiB", 150, more_is_better=False)


def reset() -> Figure:
    process_arguments = ["--provisioning-port", "0"]
    with serving(*process_arguments) as server:
        assert server.process.stdout is not None
        line = next(line for line in server.process.stdout if "provisioning:" in line)
        parts = urlsplit(line.split()[-1])
        provisioning = http.client.HTTPConnection(parts.hostname or "", parts.port)
        best = float("inf")
        for _ in range(5):
            began = time.perf_counter()
            provisioning.request("POST", "/provisioning/reset")
            assert provisioning.getresponse().read() == b""
            best = min(best, time.perf_counter() - began)
    return Figure("reset to the seed", best * 1000, "ms", 100, more_is_better=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()
    figures = [startup(), *with_many_participants(), reset(), memory()]
    for each in figures:
        relation = "at least" if each.more_is_better else "at most"
        processor = (
            "" if each.server_seconds is None else f"  ({each.server_seconds * 1000:.2f} ms of the server's processor)"
        )
        mark = "ok  " if each.kept else "MISS"
        print(f"{mark} {each.name:38} {each.value:9.2f} {each.unit:4} {relation} {each.bar:g}{processor}")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(each) for each in figures], indent=2) + "\n")
    return 0 if all(each.kept for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

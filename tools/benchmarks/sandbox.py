"""Measure the sandbox over HTTP.

    python tools/benchmarks/sandbox.py [--json FILE]

Print each figure with its limit, and exit with status 1 if a limit is missed. The second figure is the server's
processor time, which depends less on the load of the machine.

The mixture of requests is compared with a server that returns the same responses from memory
(`responses_from_memory.py`).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
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
    """A measured value and its limit."""

    name: str
    value: float
    unit: str
    limit: float
    more_is_better: bool
    server_seconds: float | None = None

    @property
    def is_met(self) -> bool:
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit


class Server:
    """A sandbox process with one connection to it."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.process = process
        parts = urlsplit(address)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port)

    def send(
        self, method: str, path: str, body: Any = None, status: int = 200, headers: Mapping[str, str] = HEADERS
    ) -> bytes:
        self.connection.request(method, path, None if body is None else json.dumps(body), dict(headers))
        response = self.connection.getresponse()
        content = response.read()
        if response.status != status:
            raise SystemExit(f"{method} {path} returned {response.status}: {content[:300]!r}")
        return content

    @property
    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def serving(*arguments: str) -> AbstractContextManager[Server]:
    """Start a sandbox."""
    return started("-m", "lead_provider_sandbox", "--port", "0", *arguments)


@contextmanager
def started(*arguments: str) -> Iterator[Server]:
    """Start a Python server whose first line of output ends with its address."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Server(process.stdout.readline().split()[-1], process)
    finally:
        process.terminate()
        process.communicate()


def timed(server: Server, count: int, work: Callable[[int], Any]) -> tuple[float, float]:
    """Return the elapsed seconds and the server's processor seconds of repeated work."""
    clock, processor = time.perf_counter(), server.processor_seconds
    for number in range(count):
        work(number)
    return time.perf_counter() - clock, server.processor_seconds - processor


def startup() -> Figure:
    """Measure the median of five starts, because the first one reads from disk."""
    return Figure("start to first response", median(one_start() for _ in range(5)), "s", 1.5, more_is_better=False)


def one_start() -> float:
    began = time.perf_counter()
    with serving() as server:
        server.send("GET", "/api/v3/participants/ecf?page[per_page]=1")
        return time.perf_counter() - began


def with_many_participants() -> list[Figure]:
    with serving("--participants", "3000") as server:
        whole_list = "/api/v3/participants/ecf?page[per_page]=3000"
        people = json.loads(server.send("GET", whole_list))["data"]
        ids = [each["id"] for each in people]
        assert len(ids) > 2900, f"only {len(ids)} participants"
        clock, processor = timed(server, 5, lambda _: server.send("GET", whole_list))
        listed = Figure("list of 3,000 participants", clock / 5 * 1000, "ms", 400, False, processor / 5)
        clock, processor = timed(
            server, 3000, lambda n: server.send("GET", f"/api/v3/participants/ecf/{ids[n % 2900]}")
        )
        shown = Figure("GET participants/ecf/{id}", 3000 / clock, "/s", 700, True, processor / 3000)
        fresh = undeclared(server, people)
        clock, processor = timed(
            server, 1500, lambda n: server.send("POST", "/api/v3/participant-declarations", started_by(fresh[n]))
        )
        declared = Figure("POST participant-declarations", 1500 / clock, "/s", 300, True, processor / 1500)
    return [listed, shown, declared]


def undeclared(server: Server, people: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of participants who can get a started declaration and have none."""
    listed = server.send("GET", "/api/v3/participant-declarations?page[per_page]=3000")
    declared = {each["attributes"]["participant_id"] for each in json.loads(listed)["data"]}
    return [each["id"] for each in people if each["id"] not in declared and startable(each)]


def startable(person: Mapping[str, Any]) -> bool:
    """Return whether the participant is one that `--participants` added."""
    enrolments = person["attributes"]["ecf_enrolments"]
    expected = ("2024", "ect", "ecf-standard-september", "active")
    names = ("cohort", "participant_type", "schedule_identifier", "training_status")
    return len(enrolments) == 1 and tuple(enrolments[0][name] for name in names) == expected


def started_by(participant: str) -> Mapping[str, Any]:
    attributes = {
        "participant_id": participant,
        "declaration_type": "started",
        "declaration_date": "2024-07-01T10:00:00Z",
        "course_identifier": "ecf-induction",
    }
    return {"data": {"type": "participant-declaration", "attributes": attributes}}


def action(event: str, **attributes: str) -> Mapping[str, Any]:
    return {"data": {"type": f"participant-{event}", "attributes": attributes}}


LISTS = (
    "participants/ecf",
    "participants/ecf?filter[updated_since]=2022-01-01T00:00:00Z&page[per_page]=50",
    "participants/ecf?filter[cohort]=2023&sort=-updated_at&page[per_page]=50",
    "participants/ecf/transfers",
    "participant-declarations?page[per_page]=20",
    "participant-declarations?filter[cohort]=2022&page[per_page]=20",
    "statements",
    "partnerships/ecf?sort=updated_at",
    "delivery-partners",
    "schools/ecf?filter[cohort]=2024",
    "unfunded-mentors/ecf",
    "participants/ecf?page[page]=none",
)
"""Lists that the mixture requests in turn; the last one returns a 400."""

Request = tuple[str, str, Any, int, Mapping[str, str]]
"""Method, path, body, expected status, headers."""


def requests_about(participant: str, turn: int) -> Iterator[Request]:
    """Yield requests like those of the generated tests: about one participant, some lists, many refused."""
    one = f"participants/ecf/{participant}"
    declarations = f"participant-declarations?filter[participant_id]={participant}"
    course = {"course_identifier": "ecf-induction"}
    for method, path, body, status, headers in (
        ("GET", LISTS[turn % len(LISTS)], None, 400 if turn % len(LISTS) == len(LISTS) - 1 else 200, HEADERS),
        ("GET", one, None, 200, HEADERS),
        ("GET", declarations, None, 200, HEADERS),
        ("POST", "participant-declarations", started_by(participant), 200, HEADERS),
        ("POST", "participant-declarations", started_by(participant), 200, HEADERS),
        ("GET", declarations, None, 200, HEADERS),
        ("PUT", f"{one}/defer", action("defer", **course), 422, HEADERS),
        ("PUT", f"{one}/defer", action("defer", **course, reason="other"), 200, HEADERS),
        ("PUT", f"{one}/withdraw", action("withdraw", **course, reason="no reason"), 422, HEADERS),
        ("PUT", f"{one}/withdraw", "no action", 400, HEADERS),
        ("GET", one, None, 200, HEADERS),
        ("GET", one[:-1], None, 404, HEADERS),
        ("GET", "participants/ecf", None, 401, {}),
    ):
        yield method, f"/api/v3/{path}", body, status, headers


def mixture() -> Figure:
    """Measure the processor time of a mixture of requests relative to a server with the responses in memory."""
    with serving("--participants", "500") as server, tempfile.TemporaryDirectory() as folder:
        people = json.loads(server.send("GET", "/api/v3/participants/ecf?page[per_page]=3000"))["data"]
        fresh = undeclared(server, people)[:100]
        requests = [each for turn, participant in enumerate(fresh) for each in requests_about(participant, turn)]
        responses: list[bytes] = []
        _, processor = timed(server, len(requests), lambda n: responses.append(server.send(*requests[n])))
        file = Path(folder) / "responses.json"
        file.write_text(
            json.dumps([[request[3], body.decode()] for request, body in zip(requests, responses, strict=True)])
        )
        with started(str(Path(__file__).with_name("responses_from_memory.py")), str(file)) as peer:
            _, least = timed(peer, len(requests), lambda n: peer.send(*requests[n]))
    name = f"{len(requests)} mixed requests, to responses from memory"
    return Figure(name, processor / least, "x", 3, False, processor / len(requests))


def memory() -> Figure:
    with serving("--participants", "10000") as server:
        for page in (1, 2, 3, 4):
            server.send("GET", f"/api/v3/participants/ecf?page[per_page]=3000&page[page]={page}")
        return Figure("peak memory, 10,000 participants", server.megabytes, "MiB", 150, more_is_better=False)


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
    parser.add_argument("--json", type=Path, help="also write the figures to FILE")
    arguments = parser.parse_args()
    figures = [startup(), *with_many_participants(), mixture(), reset(), memory()]
    for each in figures:
        relation = "at least" if each.more_is_better else "at most"
        processor = (
            "" if each.server_seconds is None else f"  ({each.server_seconds * 1000:.2f} ms of the server's processor)"
        )
        mark = "ok  " if each.is_met else "MISS"
        print(f"{mark} {each.name:38} {each.value:9.2f} {each.unit:4} {relation} {each.limit:g}{processor}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in figures], indent=2) + "\n")
    return 0 if all(each.is_met for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Measure the sessions of clients against their bars.

    python tools/benchmarks/readiness.py [--sessions]

- throughput of the observed service, of the same service without an observer: at least 0.90, for a record and a page;
- memory for 10,000 observed exchanges: at most 100 MiB;
- judging 10,000 exchanges: at most 10 s of processor time, and twice the same findings;
- a new world: at most 0.5 s; 20 worlds in one process: at most 150 MiB more;
- with --sessions, the session of the example client in both programmes, without deliberate waits: at most 120 s.

Throughput is a ratio of two servers that are measured by turns, many times. An exchange is journalled after its
response was sent, while the client processes it. If other programs use all processors, that time counts as well: the
ratio of a record is then near 0.8.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from lead_provider_conformance.contract.contract import Contract
from lead_provider_conformance.model import Scope
from lead_provider_conformance.readiness.judging import findings_on
from lead_provider_conformance.readiness.observer import Observer
from lead_provider_conformance.readiness.recorder import Recorder, Subject
from lead_provider_conformance.readiness.secrets import SessionRedactor
from lead_provider_conformance.readiness.session import Session
from lead_provider_conformance.results.journal import EXCHANGES, RESULTS, read_journals
from lead_provider_sandbox.control.serving import listen, serving
from lead_provider_sandbox.control.world import World

ROOT = Path(__file__).parents[2]
TOKEN = "benchmark-token-of-a-session"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
EDITION, SCOPE = "2026-08", Scope("v3", "ecf")
ROUNDS, REQUESTS = 41, 25
EXCHANGES_IN_ALL = 10_000
Figure = tuple[str, float, float, bool]
"""A name, the measured value, its bar, and whether the bar is met."""
PAGE = "/api/v3/participants?page[per_page]=100"


def serve(observed: bool, folder: Path) -> None:
    """Serve a world until the input ends. Print the port first, and the memory in MiB after each line of input."""
    world, listener = World(edition=EDITION, programme="ecf", token=TOKEN), listen("127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    subject = Subject(
        name="benchmark", description="", scope=SCOPE, edition=EDITION, drive="prompt", base_url=base_url, seed=1,
        settings={},
    )  # fmt: skip
    recorder = Recorder(folder, subject)
    session = Session(world, Contract.of(EDITION, SCOPE), recorder, SessionRedactor(TOKEN), base_url)

    async def run() -> None:
        async with serving(Observer(session) if observed else world.app, listener):
            print(base_url.rpartition(":")[2], flush=True)
            while await asyncio.to_thread(sys.stdin.readline):
                print(memory_in_mib(), flush=True)

    asyncio.run(run())


def memory_in_mib() -> float:
    """Return the memory of this process that is resident now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


class Server:
    """A process of `serve`."""

    def __init__(self, observed: bool, folder: Path) -> None:
        kind = "observed" if observed else "plain"
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", kind, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._connection = http.client.HTTPConnection("127.0.0.1", int(self._line()))
        self.record = f"/api/v3/participants/{json.loads(self.get(PAGE))['data'][0]['id']}"

    def get(self, path: str) -> bytes:
        """Return the body of a response."""
        self._connection.request("GET", path, headers=HEADERS)
        return self._connection.getresponse().read()

    def seconds(self, path: str, requests: int) -> float:
        """Return the seconds that some requests take, one after the other."""
        begin = time.perf_counter()
        for _ in range(requests):
            self.get(path)
        return time.perf_counter() - begin

    def memory(self) -> float:
        """Return the memory of the server in MiB."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._line())

    def stop(self) -> None:
        """End the process."""
        self._connection.close()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


def throughput(folder: Path) -> Iterator[Figure]:
    """Yield the ratio for a record and for a page, and the memory of 10,000 exchanges."""
    plain, observed = Server(False, folder / "plain"), Server(True, folder / "observed")
    for name, path in (("one record", plain.record), ("a page of 100", PAGE)):
        ratios = []
        for _ in range(ROUNDS):
            ratios.append(plain.seconds(path, REQUESTS) / observed.seconds(path, REQUESTS))
        ratio = statistics.median(ratios)
        yield f"throughput observed / plain, {name}", ratio, 0.90, ratio >= 0.90
    before = observed.memory()
    observed.seconds(observed.record, EXCHANGES_IN_ALL)
    more = observed.memory() - before
    yield "MiB more for 10,000 exchanges", more, 100, more <= 100
    for server in (plain, observed):
        server.stop()


def judging(source: Path, folder: Path) -> Iterator[Figure]:
    """Yield the time for 10,000 exchanges: those of a session in `source`, repeated later and later."""
    folder.mkdir()
    lines = (source / EXCHANGES).read_text(encoding="utf-8").splitlines()
    session = [json.loads(line) for line in lines]
    with (folder / EXCHANGES).open("w", encoding="utf-8") as file:
        for number in range(EXCHANGES_IN_ALL):
            repeat, place = divmod(number, len(session))
            line = session[place]
            shifted = _shifted(line["at"], hours=repeat)
            file.write(json.dumps(line | {"id": f"{line['id']}-{repeat}", "at": shifted}) + "\n")
    (folder / RESULTS).write_bytes((source / RESULTS).read_bytes())
    found = []
    seconds = []
    for _ in range(2):
        begin = time.process_time()
        found.append([each.to_line() for each in findings_on(read_journals(folder))])
        seconds.append(time.process_time() - begin)
    yield "seconds to judge 10,000 exchanges", min(seconds), 10, min(seconds) <= 10
    yield "the same findings twice", float(found[0] == found[1]), 1, found[0] == found[1]


def _shifted(at: str, *, hours: int) -> str:
    moment = datetime.fromisoformat(at) + timedelta(hours=hours)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def worlds() -> Iterator[Figure]:
    """Yield the time of a new world, and the memory of 20."""
    first = World(edition=EDITION, programme="ecf", token=TOKEN)
    first.records("participants")
    before, seconds, made = memory_in_mib(), [], [first]
    for number in range(20):
        begin = time.perf_counter()
        made.append(World(edition=EDITION, programme="ecf", token=f"{TOKEN}-{number}"))
        seconds.append(time.perf_counter() - begin)
        made[-1].records("participants")
    more = memory_in_mib() - before
    for world in made:
        world.close()
    median = statistics.median(seconds)
    yield "seconds for a new world", median, 0.5, median <= 0.5
    yield "MiB more for 20 worlds", more, 150, more <= 150


def session(programme: str, folder: Path) -> float:
    """Run the session of the example client, and return its seconds."""
    example = ROOT / "examples" / "client"
    command = [sys.executable, "-m", "lead_provider_conformance", "client", "--skip-slow", "--report-dir", str(folder)]
    command += ["--profile", str(example / f"provider-{programme}.yaml")]
    command += ["--command", f"{sys.executable} {example / 'sync.py'} --delay 0"]
    begin = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True)
    return time.perf_counter() - begin


def main() -> int:
    """Print every figure with its bar; return 1 if one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", action="store_true", help="measure the whole sessions too")
    parser.add_argument("--serve", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve[0] == "observed", Path(arguments.serve[1]))
        return 0
    missed = 0

    def report(figures: Iterator[Figure]) -> None:
        nonlocal missed
        for name, value, bar, met in figures:
            missed += not met
            print(f"{name:45} {value:8.2f}   bar {bar:g}{'' if met else '   MISSED'}", flush=True)

    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        report(throughput(folder))
        report(worlds())
        seconds = {"ecf": session("ecf", folder / "ecf")}
        report(judging(folder / "ecf", folder / "long"))
        if arguments.sessions:
            seconds["npq"] = session("npq", folder / "npq")
            total = sum(seconds.values())
            report(iter([("seconds for the sessions of both programmes", total, 120, total <= 120)]))
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Measure hosted sessions against their bars.

    python tools/benchmarks/hosted.py [--store postgresql+psycopg://…] [--parts throughput,idle,…]

- throughput: 20 sessions at once: at least 300 requests/s, p95 below 100 ms, at most 400 MiB;
- two: two processes on one store (PostgreSQL), each with its sessions: at least 1.6 times one;
- idle: 200 sessions that were used and are idle: at most 200 MiB more;
- new: a new session until its first response: at most 0.5 s;
- verdict: of 10,000 exchanges: at most 10 s, and others keep a p95 of at most 1.5 times;
- journal: sessions with journals of 300 MB and 1 GB (--megabytes): opened in 2 s with at most 100 MiB more;
- abuse: floods with a token and without, endless pages, 1,000 connections and slow bodies: others keep a p95 of
  at most 1.5 times;
- kills: the process is killed again and again (--kills, 1,000): no exchange is lost or counted twice;
- database: the same for a PostgreSQL server of its own, which takes a second for each kill.

The load comes from another process. On two cores it takes a part of the time that is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import requests
from hosted_abuse import Abuse, abuse, reader
from hosted_journal import journal
from hosted_kills import database_kills, kills
from hosted_process import HostProcess, host, memory
from postgresql_server import postgresql_server

SESSIONS, SECONDS = 20, 10.0
PATHS = (
    "/api/v3/participants?page[per_page]=20",
    "/api/v3/participant-declarations?page[per_page]=20",
    "/api/v3/statements",
    "/api/v3/partnerships?page[per_page]=20",
)
ABUSES = (
    ("8 clients with one token that wait for responses", "wait", True, 8),
    ("8 clients without a token that wait for responses", "wait", False, 8),
    ("10,000 requests/s with one token", "steady", True, 8),
    ("10,000 requests/s without a token", "steady", False, 8),
    ("a flood with one token", "flood", True, 8),
    ("a flood without a token", "flood", False, 8),
    ("endless pages", "pages", True, 8),
    ("1,000 open connections", "open", False, 1_000),
    ("100 slow bodies", "slow", True, 100),
)
"""A name, the kind of the abuse, whether it has a token, and its connections."""
Figure = tuple[str, float, float, bool]
"""A name, the measured value, its bar, and whether the bar is met."""


@dataclass(frozen=True)
class Load:
    """The load of one client: the port, the token, and the seconds. Without a token it sends none."""

    port: int
    token: str | None
    seconds: float
    paths: Sequence[str] = PATHS


def generate(loads: Sequence[Load]) -> list[list[tuple[float, int]]]:
    """Send requests one after the other for each load, and return their durations and statuses."""

    async def all_of_them() -> list[list[tuple[float, int]]]:
        return list(await asyncio.gather(*map(_client, loads)))

    return asyncio.run(all_of_them())


async def _client(load: Load) -> list[tuple[float, int]]:
    found: list[tuple[float, int]] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    authorization = f"Authorization: Bearer {load.token}\r\n" if load.token else ""
    end, number = time.perf_counter() + load.seconds, 0
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while (begin := time.perf_counter()) < end:
            path = load.paths[number % len(load.paths)]
            number += 1
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{authorization}\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            await reader.readexactly(length)
            found.append((time.perf_counter() - begin, int(head.split(" ")[1])))
    writer.close()
    return found


def p95(durations: Sequence[float]) -> float:
    """Return the 95th percentile in milliseconds."""
    return 1000 * statistics.quantiles(durations, n=20)[-1] if len(durations) > 1 else 0.0


def make(process: HostProcess, number: int, **quotas: Any) -> list[str]:
    """Make sessions, and return their tokens."""
    body = {"programme": "ecf", "requests_per_second": 10_000, **quotas}
    return [
        process.control("POST", "/sessions", {"name": f"p-{each}", **body}).json()["token"] for each in range(number)
    ]


def first_response(process: HostProcess, token: str) -> float:
    """Return the seconds of the first request of a session."""
    begin = time.perf_counter()
    requests.get(f"{process.url}/api/v3/statements", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    return time.perf_counter() - begin


class Benchmark:
    """The parts of the benchmark, on stores that `new_store` names."""

    def __init__(
        self, folder: Path, new_store: Callable[[str], str], number_of_kills: int, megabytes: Sequence[int]
    ) -> None:
        self._folder = folder
        self._new_store = new_store
        self._kills = number_of_kills
        self._megabytes = megabytes
        self._pool = ProcessPoolExecutor(2, get_context("spawn"))

    def close(self) -> None:
        """Stop the processes of the load."""
        self._pool.shutdown()

    @contextlib.contextmanager
    def _host(self, name: str, *, store: str | None = None, **settings: Any) -> Iterator[HostProcess]:
        with host(store or self._new_store(name), self._folder / f"{name}.log", **settings) as process:
            yield process

    def throughput(self) -> Iterator[Figure]:
        """Yield requests a second, p95 and memory for 20 sessions at once."""
        with self._host("throughput") as process:
            tokens = make(process, SESSIONS)
            for token in tokens:
                first_response(process, token)
            found = self._measure([Load(process.port, each, SECONDS) for each in tokens])
            yield from self._figures(found, "20 sessions")
            used = memory(process)
            yield "MiB of the process", used, 400, used <= 400

    def two(self) -> Iterator[Figure]:
        """Yield the factor of two processes that share a store, each with the sessions that it owns."""
        store = self._new_store("two")
        rates = []
        with self._host("two-a", store=store) as one, self._host("two-b", store=store) as other:
            for processes in ([one], [one, other]):
                loads = []
                for number, token in enumerate(make(one, SESSIONS)):
                    chosen = processes[number % len(processes)]
                    first_response(chosen, token)
                    loads.append(Load(chosen.port, token, SECONDS))
                found = self._measure(loads)
                rates.append(sum(map(len, found)) / SECONDS)
        factor = rates[1] / rates[0]
        yield "requests/s of two processes", rates[1], 0, True
        yield "two processes, times one", factor, 1.6, factor >= 1.6

    def idle(self) -> Iterator[Figure]:
        """Yield the memory of 200 idle sessions."""
        with self._host("idle", options=("--idle-seconds", "1")) as process:
            tokens = make(process, 205)
            for token in tokens[:5]:
                first_response(process, token)
            before = memory(process)
            for token in tokens[5:]:
                first_response(process, token)
            time.sleep(8)
            more = memory(process) - before
            yield "MiB more for 200 idle sessions", more, 200, more <= 200

    def new(self) -> Iterator[Figure]:
        """Yield the seconds of a new session until its first response."""
        with self._host("new") as process:
            seconds = []
            for number in range(11):
                begin = time.perf_counter()
                [token] = make(process, 1)
                first_response(process, token)
                if number:  # the first one reads the contract
                    seconds.append(time.perf_counter() - begin)
            median = statistics.median(seconds)
            yield "seconds for a new session", median, 0.5, median <= 0.5

    def verdict(self) -> Iterator[Figure]:
        """Yield the seconds of a verdict on 10,000 exchanges, and the p95 of others meanwhile."""
        with self._host("verdict") as process:
            made = process.control(
                "POST", "/sessions", {"name": "x", "programme": "ecf", "requests_per_second": 10_000}
            )
            others = make(process, 4)
            for each in (made.json()["token"], *others):
                first_response(process, each)
            paths = ("/api/v3/statements?page[per_page]=2",)
            count = 1
            while count < 10_000:
                found = self._measure([Load(process.port, made.json()["token"], 5.0, paths)] * 8)
                count += sum(map(len, found))
            loads = [Load(process.port, each, 6.0) for each in others]
            quiet = p95(_durations(self._measure(loads)))
            begin = time.perf_counter()
            busy = self._pool.submit(generate, loads)
            process.control("GET", f"/sessions/{made.json()['id']}/export")
            seconds = time.perf_counter() - begin
            factor = p95(_durations(busy.result())) / quiet
            yield f"seconds for the verdict of {count:,} exchanges", seconds, 10, seconds <= 10
            yield "p95 of others meanwhile, times that before", factor, 1.5, factor <= 1.5

    def abuse(self) -> Iterator[Figure]:
        """Yield the p95 of others while clients abuse the service, and while they do the same to another process."""
        with self._host("abuse") as process, reader() as other_port:
            others = make(process, 4)
            for each in others:
                first_response(process, each)
            loads = [Load(process.port, each, 6.0) for each in others]
            before = self._measure(loads)
            for name, kind, has_token, connections in ABUSES:
                [busy] = make(process, 1, requests_per_second=50)
                first_response(process, busy)
                token = busy if has_token else None
                number, during = self._abused(process.port, kind, token, connections, loads)
                elsewhere = self._abused(other_port, kind, token, connections, loads)[1] if kind != "wait" else None
                after = self._measure(loads)
                quiet = p95(_durations([*before, *after]))
                before = after
                factor = p95(_durations(during)) / quiet
                title = f"p95 of others during {name} ({number:,}; else {quiet:.0f} ms), times"
                yield title, factor, 1.5, factor <= 1.5
                if elsewhere is not None:
                    yield "  during the same to a process that only reads", p95(_durations(elsewhere)) / quiet, 0, True
            used = memory(process)
            yield "MiB of the process afterwards", used, 400, used <= 400

    def _abused(
        self, port: int, kind: str, token: str | None, connections: int, loads: Sequence[Load]
    ) -> tuple[int, list[list[tuple[float, int]]]]:
        """Return the number of requests or connections of an abuse, and the durations of the others meanwhile."""
        if kind == "wait":
            waiting = self._pool.submit(generate, [Load(port, token, 6.0)] * connections)
            during = self._measure(loads)
            return sum(map(len, waiting.result())), during
        rate = 10_000 if kind == "steady" else 80_000
        abusing = self._pool.submit(abuse, Abuse(kind, port, token, connections, 6.0, rate))
        during = self._measure(loads)
        return abusing.result(), during

    def journal(self) -> Iterator[Figure]:
        """Yield the time and memory for sessions with large journals."""
        for megabytes in self._megabytes:
            with self._host(
                f"journal-{megabytes}", options=("--idle-seconds", "1", "--journal-limit", "4000")
            ) as process:
                yield from journal(process, megabytes)

    def kills(self) -> Iterator[Figure]:
        """Yield the numbers of lost and doubled exchanges after many kills."""
        yield from kills(self._new_store("kills"), self._folder, self._kills)

    def database(self) -> Iterator[Figure]:
        """Yield the same figures after kills of the database."""
        with postgresql_server() as server:
            yield from database_kills(server, self._folder, self._kills)

    def _measure(self, loads: Sequence[Load]) -> list[list[tuple[float, int]]]:
        return self._pool.submit(generate, loads).result()

    def _figures(self, found: list[list[tuple[float, int]]], name: str) -> Iterator[Figure]:
        rate = sum(map(len, found)) / SECONDS
        wrong = sum(status != 200 for each in found for _, status in each)
        latency = p95(_durations(found))
        yield f"requests/s of {name}", rate, 300, rate >= 300
        yield f"p95 of {name} in ms", latency, 100, latency < 100
        yield "responses other than 200", wrong, 0, wrong == 0


def _durations(found: Sequence[Sequence[tuple[float, int]]]) -> list[float]:
    return [seconds for each in found for seconds, status in each if status == 200]


PARTS = ("throughput", "two", "idle", "new", "verdict", "journal", "abuse", "kills", "database")


def main() -> int:
    """Print every figure with its bar; return 1 if one is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="default: %(default)s")
    parser.add_argument("--store", help="URL of an empty PostgreSQL database (default: SQLite files)")
    parser.add_argument("--kills", type=int, default=1_000, metavar="N")
    parser.add_argument("--megabytes", type=int, nargs="+", default=[300, 1_000], metavar="N", help="sizes of journals")
    arguments = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)

        def new_store(name: str) -> str:
            return arguments.store or f"{folder}/{name}.sqlite"

        benchmark = Benchmark(folder, new_store, arguments.kills, arguments.megabytes)
        with contextlib.closing(benchmark):
            for part in arguments.parts.split(","):
                for name, value, bar, met in getattr(benchmark, part)():
                    missed += not met
                    print(f"{name:60} {value:10.2f}   bar {bar:g}{'' if met else '   MISSED'}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())

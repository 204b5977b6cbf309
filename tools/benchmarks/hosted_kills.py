"""Kill a hosting process or its database again and again, and count the exchanges that are lost or counted twice."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import select
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import requests
from hosted_process import CONTROL, host
from postgresql_server import PostgresqlServer

from lead_provider_conformance.cli.main import main
from lead_provider_conformance.readiness.hosting import faultpoints
from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.log import SessionLog
from lead_provider_sandbox.control.serving import listen

OVER = 401
"""The status of a request to a session that has ended."""
ONE_IN, STEPS_ONE_IN = 12, 150
"""One in so many points is the end of the process: of those of requests, and of those of the many steps of an act."""


class Forked:
    """A hosting process that is forked, so that it starts quickly: all modules are imported already."""

    def __init__(self, store: str, port: int, log: Path) -> None:
        self._store, self.port, self._log = store, port, log
        self.starts = 0
        self._pid = 0

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process, and wait until it is ready."""
        self.starts += 1
        reading, writing = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(reading)
            self._run(writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            pipe.readline()

    def ended(self) -> bool:
        """Return whether the process has ended, or ends in a moment: it closes its connections first."""
        handle = os.pidfd_open(self._pid)
        with os.fdopen(handle):
            ready, _, _ = select.select([handle], [], [], 0.5)
        return bool(ready) and os.waitpid(self._pid, 0)[0] != 0

    def stop(self) -> None:
        """Kill the process."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _run(self, ready: int) -> None:
        log = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(log, 2)
        sys.stdout = os.fdopen(ready, "w", encoding="utf-8")
        os.environ["LEAD_PROVIDER_CONTROL_TOKEN"] = CONTROL
        points, seed = itertools.count(), self.starts

        def kill(point: str) -> None:
            digest = hashlib.sha256(f"{seed} {next(points)} {point}".encode()).digest()
            one_in = ONE_IN if point.endswith(("request", "response")) else STEPS_ONE_IN
            if int.from_bytes(digest[:6], "big") % one_in == 0:
                os.write(2, f"killed at {point}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)

        faultpoints.observe(kill)
        os._exit(main(["client", "--serve", "--store", self._store, "--port", str(self.port)]))


def kills(store: str, folder: Path, number: int) -> Iterator[tuple[str, float, float, bool]]:
    """Yield the figures after a number of kills: requests are numbered, and each one must be in a journal once.

    A session whose acts are over is followed by another one.
    """
    with closing(listen("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = Forked(store, port, folder / "kills.log")
    process.start()
    requested, responses, sessions = itertools.count(1), dict[int, int | None](), list[str]()
    while process.starts <= number:
        made = _make(process)
        sessions.append(made["id"])
        headers = {"Authorization": f"Bearer {made['token']}"}
        page = f"{process.url}/{made['page'].split('/', 3)[3]}"
        for each in requested:
            status = _send(process, f"{process.url}/api/v3/statements?x={each}", headers, each)
            if status == OVER:
                break
            responses[each] = status
            if each % 25 == 0:
                _confirm(process, page)
            if process.starts > number:
                break
    process.stop()
    yield from _compare(store, sessions, responses, process.starts - 1)


LONGEST_DELAY = 0.04
"""A request takes less: the database is killed before, within and after its statements."""
RECOVERS_WITHIN = 60.0


def database_kills(server: PostgresqlServer, folder: Path, number: int) -> Iterator[tuple[str, float, float, bool]]:
    """Yield the figures after a number of kills of the database, each at a random moment of a request."""
    store, moments = server.new_database(), random.Random(1)
    responses: dict[int, int | None] = {}
    with host(store, folder / "database.log") as process:
        made = _made(process.url)
        headers = {"Authorization": f"Bearer {made['token']}"}
        page = f"{process.url}/{made['page'].split('/', 3)[3]}"
        requested = itertools.count(1)

        def send() -> int | None:
            each = next(requested)
            url = f"{process.url}/api/v3/statements?x={each}"
            method, body = ("POST", "{}") if each % 3 == 0 else ("GET", None)
            responses[each] = requests.request(method, url, headers=headers, data=body, timeout=60).status_code
            return responses[each]

        recovered = []
        for killed in range(1, number + 1):
            for _ in range(3):
                send()
            killer = threading.Timer(moments.uniform(0, LONGEST_DELAY), server.kill)
            killer.start()
            for _ in range(6):
                send()
            if killed % 5 == 0:
                requests.post(f"{page}/done?cue={_cue(page)}", timeout=60, allow_redirects=False)
            killer.join()
            server.start()
            begin = time.monotonic()
            while send() == 503:
                if time.monotonic() - begin > RECOVERS_WITHIN:
                    raise TimeoutError("The session does not go on.")
                time.sleep(0.05)
            recovered.append(time.monotonic() - begin)
            if killed % 5 == 0:
                requests.post(f"{page}/done?cue={_cue(page)}", timeout=60, allow_redirects=False)
        process.stop()
    unclear = [status for status in responses.values() if status in (None, 500)]
    yield "requests with a 500, or without a response", len(unclear), 0, not unclear
    yield "seconds until a session goes on, at most", max(recovered), 10, max(recovered) <= 10
    yield from _compare(store, [made["id"]], responses, number, victim="kills of the database", unknown_allowed=False)


def _cue(page: str) -> str:
    """Return the number of the current cue; 0 if the page is not available."""
    number = requests.get(page, timeout=60).text.partition("/done?cue=")[2].partition('"')[0]
    return number if number.isdigit() else "0"


def _made(url: str) -> Any:
    return requests.post(
        f"{url}/control/sessions",
        json={"name": "x", "requests_per_second": 100_000, "programme": "ecf"},
        headers={"Authorization": f"Bearer {CONTROL}"},
        timeout=30,
    ).json()


def _make(process: Forked) -> Any:
    while True:
        try:
            return _made(process.url)
        except requests.RequestException:
            _again(process)


def _send(process: Forked, url: str, headers: dict[str, str], number: int) -> int | None:
    """Return the status of a request, or None if there was no response. Reads and writes alternate."""
    method, body = ("POST", "{}") if number % 3 == 0 else ("GET", None)
    try:
        return requests.request(method, url, headers=headers, data=body, timeout=30).status_code
    except requests.RequestException:
        _again(process)
        return None


def _confirm(process: Forked, page: str) -> None:
    """Confirm the current cue."""
    try:
        requests.post(f"{page}/done?cue={_cue(page)}", timeout=30, allow_redirects=False)
    except requests.RequestException:
        _again(process)


def _again(process: Forked) -> None:
    if process.ended():
        process.start()


def _compare(
    store: str,
    sessions: Sequence[str],
    responses: dict[int, int | None],
    killed: int,
    *,
    victim: str = "kills",
    unknown_allowed: bool = True,
) -> Iterator[tuple[str, float, float, bool]]:
    with closing(Database(store)) as database:
        seen: Counter[int] = Counter()
        statuses: dict[int, int | None] = {}
        begun: Counter[tuple[str, str]] = Counter()
        for session in sessions:
            log = SessionLog(database, session)
            for line in map(json.loads, log.exchange_contents()):
                number = int(line["request"]["url"].rpartition("x=")[2])
                seen[number] += 1
                statuses[number] = line["response"]["status"] if line["response"] and not line["error"] else None
            for line in map(json.loads, log.result_contents()):
                if line["kind"] == "act" and line["phase"] == "begin":
                    begun[session, line["act"]] += 1
    answered = {number for number, status in responses.items() if status is not None and status != 503}
    lost = answered - seen.keys()
    doubled = [number for number, times in seen.items() if times > 1]
    wrong = [number for number in answered & statuses.keys() if statuses[number] not in (responses[number], None)]
    yield victim, killed, 0, True
    yield "requests", len(responses), 0, True
    yield "requests with a response that are not in the journal", len(lost), 0, not lost
    yield "requests that are in the journal twice", len(doubled), 0, not doubled
    yield "requests with another status in the journal", len(wrong), 0, not wrong
    unknown = [number for number in answered & statuses.keys() if statuses[number] is None]
    yield "responses that the journal has as interrupted", len(unknown), 0, unknown_allowed or not unknown
    more = [act for (_, act), times in begun.items() if times > 1]
    yield "sessions", len(sessions), 0, True
    yield "acts that were begun twice", len(more), 0, not more


def _main(arguments: Sequence[str]) -> None:
    for name, value, bar, met in kills(arguments[0], Path(arguments[1]), int(arguments[2])):
        print(f"{name:60} {value:10.2f}   bar {bar:g}{'' if met else '   MISSED'}")


if __name__ == "__main__":
    _main(sys.argv[1:])

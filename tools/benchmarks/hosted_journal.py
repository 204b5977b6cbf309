"""Measure hosted sessions with large journals."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import requests
from hosted_process import HostProcess, memory
from sqlalchemy import insert, select, update

from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.tables import exchanges, sessions

PATH = "/api/v3/participants?page[per_page]=20"
OPENED_WITHIN, MOST_MEBIBYTES = 2.0, 100


def journal(process: HostProcess, megabytes: int) -> Iterator[tuple[str, float, float, bool]]:
    """Yield the time and the memory to open and to judge a session whose journal has so many megabytes."""
    body = {"name": "x", "programme": "ecf", "largest_bytes": 4 * 10**9}
    made = process.control("POST", "/sessions", body).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    requests.get(process.url + PATH, headers=headers, timeout=60)
    _until_closed(process)
    number = _fill(process.store, made["id"], megabytes)
    before, begin = memory(process), time.perf_counter()
    requests.get(process.url + PATH, headers=headers, timeout=600).raise_for_status()
    seconds, more = time.perf_counter() - begin, memory(process) - before
    yield f"seconds to open a session of {megabytes} MB", seconds, OPENED_WITHIN, seconds <= OPENED_WITHIN
    yield "MiB more in the process", more, MOST_MEBIBYTES, more <= MOST_MEBIBYTES
    with _peak_of_children(process) as peak:
        begin = time.perf_counter()
        process.control("GET", f"/sessions/{made['id']}/export")
        seconds = time.perf_counter() - begin
    yield f"seconds for the verdict of {number:,} exchanges", seconds, 0, True
    yield "MiB of the process of the verdict", peak[0], 0, True
    more = memory(process) - before
    yield "MiB more in the process after the verdict", more, MOST_MEBIBYTES, more <= MOST_MEBIBYTES


def _until_closed(process: HostProcess) -> None:
    """Wait until the process has closed its idle session."""
    while "readiness_open_sessions 0.0" not in requests.get(f"{process.url}/metrics", timeout=60).text:
        time.sleep(0.2)


def _fill(store: str, session_id: str, megabytes: int) -> int:
    """Add copies of the session's exchange until its journal has a size, and return their number."""
    with closing(Database(store)) as database:
        mine = exchanges.c.session_id == session_id
        with database.statement() as connection:
            row = dict(connection.execute(select(exchanges).where(mine)).one()._mapping)
        number = megabytes * 10**6 // len(row["content"])
        for first in range(2, number + 1, 500):
            with database.transaction() as connection:
                rows = [_copy(row, each) for each in range(first, min(first + 500, number + 1))]
                connection.execute(insert(exchanges), rows)
        with database.statement() as connection:
            noted = {"requests": number, "bytes": megabytes * 10**6}
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(noted))
    return number


def _copy(row: dict[str, object], number: int) -> dict[str, object]:
    """Return the exchange as one that came later, a second after the one before."""
    content = str(row["content"])
    at = re.search(r'"at":"([^"]+)"', content)
    assert at
    later = (datetime.fromisoformat(at[1]) + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
    content = content.replace("client-000001", f"client-{number:06d}", 1).replace(at[1], later, 1)
    return {**row, "number": number, "content": content}


@contextlib.contextmanager
def _peak_of_children(process: HostProcess) -> Iterator[list[float]]:
    """Yield a list with the largest resident memory of a child of a process, in MiB, so far."""
    assert process.process
    peak, is_over, parent = [0.0], threading.Event(), process.process.pid

    def watch() -> None:
        while not is_over.wait(0.05):
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
            for each in children:
                with contextlib.suppress(OSError):
                    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{each}/status").read_text(encoding="utf-8"))
                    peak[0] = max(peak[0], int(found[1]) / 1024 if found else 0.0)  # none once it has ended

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        is_over.set()
        watching.join()

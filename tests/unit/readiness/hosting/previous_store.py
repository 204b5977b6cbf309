"""A store that an earlier revision has left: a session in its second cue."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import Any

from tests.unit.readiness.hosting.hosted import Running

REVISION = "0001"
TOKEN, PAGE = "lpr-oOvA_naV3vtJol0YHB-pKyOo-Bl0Wj0j2vKhhQd__2w", "/s/IcPSJKmfAHBPM_qeE7wQeAgD1eFgFRlkShFKzb55JLw"
_SCRIPT = Path(__file__).parent / "stores" / f"{REVISION}.sql"


def write_store(file: Path) -> None:
    """Write the store as SQLite. Its session has an hour left."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(_SCRIPT.read_text(encoding="utf-8"))
        connection.execute("UPDATE sessions SET expires_at = ?", (time.time() + 3600,))
        connection.commit()


def rows_of(file: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of the store."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(each) for each in connection.execute(f"SELECT * FROM {table}")]


async def go_on(running: Running) -> None:
    """Check that the session goes on at its second cue, and that its next act begins."""
    status = (await running.ask("GET", "/api/v3/participants", TOKEN)).status
    before = (await running.ask("GET", PAGE)).body
    await running.ask("POST", f"{PAGE}/done?cue=2")
    after = (await running.ask("GET", PAGE)).body
    [live] = running.host.live.values()

    assert (status, [each.number for each in live.log.latest(9)]) == (200, [1, 2, 3])
    assert b"Poll again." in before
    assert b"Now: declare" in after

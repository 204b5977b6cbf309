"""Exclusive claims on records, across tests and across the processes of one run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lead_provider_conformance.config.shard import WHOLE, Shard
from lead_provider_conformance.resources import write_atomically

Note = Mapping[str, Any]
"""A record as it was when a test claimed it. `id` is its id."""


class Claims:
    """The claimed records of a run: one file per record, created by exactly one process.

    The note of a released record is a file of its own, which exactly one process can delete.
    """

    def __init__(self, workspace: Path, shard: Shard = WHOLE) -> None:
        """Claim only records that belong to `shard`: other shards may run at the same time."""
        self._claimed = workspace / "claims"
        self._held = workspace / "held"
        self._released = workspace / "released"
        self._shard = shard
        self._claimed.mkdir(parents=True, exist_ok=True)

    def take(self, record_id: str, person_id: str | None = None) -> bool:
        """Claim a record. Return False if it was claimed before, or belongs to another shard.

        The application of a person belongs to the person's shard: once it is accepted, the person is a participant.
        """
        if not self._is_of_shard(record_id, person_id):
            return False
        try:
            os.close(os.open(self._claimed / _file_name(record_id), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

    def is_free(self, record_id: str, person_id: str | None = None) -> bool:
        """Return whether no test has claimed the record so far, and it belongs to this shard."""
        return self._is_of_shard(record_id, person_id) and not (self._claimed / _file_name(record_id)).exists()

    def _is_of_shard(self, record_id: str, person_id: str | None) -> bool:
        return self._shard.has((person_id or record_id).lower())

    def hold(self, note: Note) -> None:
        """Announce that this process will release a claimed record."""
        write_atomically(self._held / _file_name(note["id"]), json.dumps({**note, "pid": os.getpid()}).encode())

    def release(self, note: Note) -> None:
        """Let another test have a claimed record, which may have changed since."""
        self.hold(note)
        self._released.mkdir(exist_ok=True)
        (self._held / _file_name(note["id"])).rename(self._released / _file_name(note["id"]))

    def held_elsewhere(self) -> Iterator[Note]:
        """Yield the records that other running processes will release."""
        return (each for each in _notes(self._held) if each.get("pid") != os.getpid() and _is_running(each.get("pid")))

    def released(self) -> Iterator[Note]:
        """Yield the released records."""
        return _notes(self._released)

    def take_released(self, note: Note) -> bool:
        """Claim a released record, and hold it. Return False if another process has claimed it."""
        name = _file_name(note["id"])
        try:
            (self._released / name).rename(self._held / name)
        except FileNotFoundError:
            return False
        self.hold(note)  # with the number of this process
        return True

    def drop(self, note: Note) -> None:
        """Announce that this process will not release a record that it holds."""
        (self._held / _file_name(note["id"])).unlink()


def _notes(folder: Path) -> Iterator[Note]:
    for file in sorted(folder.glob("*")):
        try:
            if file.suffix != ".part":
                yield json.loads(file.read_bytes())
        except FileNotFoundError:  # another process has claimed it
            continue


def _is_running(process: int | None) -> bool:
    if process is None:  # it has claimed the record just now
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _file_name(record_id: str) -> str:
    # The server chooses the id: unhashed, it could name any file on this machine.
    return hashlib.sha256(record_id.lower().encode("utf-8", "surrogatepass")).hexdigest()

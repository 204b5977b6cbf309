"""Exclusive holds on records: across tests, and across the processes of one run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lead_provider_conformance.config.shard import WHOLE, Shard


class Claims:
    """Which records of a run are taken. One file a record, created by exactly one process."""

    def __init__(self, folder: Path, shard: Shard = WHOLE) -> None:
        """Claims of a run's `shard` take none of the records that another shard may take at the same time."""
        self._folder = folder
        self._shard = shard
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, record: str) -> bool:
        """Take hold of a record. False if somebody else has it, or may have it."""
        if not self._shard.has(record.lower()):
            return False
        # The id is the server's: as it is, it could lead to any file of this machine.
        name = hashlib.sha256(record.lower().encode("utf-8", "surrogatepass")).hexdigest()
        try:
            os.close(os.open(self._folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

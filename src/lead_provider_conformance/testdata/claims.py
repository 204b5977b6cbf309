"""Exclusive claims on records, across tests and across the processes of one run."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lead_provider_conformance.config.shard import WHOLE, Shard


class Claims:
    """The claimed records of a run: one file per record, created by exactly one process."""

    def __init__(self, folder: Path, shard: Shard = WHOLE) -> None:
        """Claim only records that belong to `shard`: other shards may run at the same time."""
        self._folder = folder
        self._shard = shard
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, record_id: str) -> bool:
        """Claim a record. Return False if it is claimed already, or belongs to another shard."""
        if not self._shard.has(record_id.lower()):
            return False
        # The server chooses the id: unhashed, it could name any file on this machine.
        name = hashlib.sha256(record_id.lower().encode("utf-8", "surrogatepass")).hexdigest()
        try:
            os.close(os.open(self._folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return False
        return True

"""The processes that share the sessions: their addresses, and whether they are alive."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select

from lead_provider_conformance.readiness.hosting.database import Database
from lead_provider_conformance.readiness.hosting.tables import processes

CONNECT_SECONDS = 2.0


class Processes:
    """The table of processes, and this process in it."""

    def __init__(self, database: Database, own_url: str) -> None:
        self._database = database
        self.own_url = own_url
        self.own_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

    def see(self, now: float, *, forget: float) -> None:
        """Note that this process is alive, and delete those that were not for a time."""
        mine = processes.c.id == self.own_id
        with self._database.transaction() as connection:
            connection.execute(delete(processes).where(mine | (processes.c.seen_at < now - forget)))
            connection.execute(insert(processes), {"id": self.own_id, "address": self.own_url, "seen_at": now})

    def leave(self) -> None:
        """Remove this process."""
        with self._database.statement() as connection:
            connection.execute(delete(processes).where(processes.c.id == self.own_id))

    def address(self, process_id: str) -> str | None:
        """Return the address of another process; None if it is not known, or had that of this process."""
        chosen = select(processes.c.address).where(processes.c.id == process_id)
        with self._database.statement() as connection:
            address: str | None = connection.execute(chosen).scalar()
        return None if address == self.own_url else address

    async def is_dead(self, process_id: str) -> bool:
        """Return whether a process has certainly ended: nothing listens at its address."""
        address = self.address(process_id)
        if address is None:
            return True
        parts = urlsplit(address)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except ConnectionRefusedError:
            return True
        except (OSError, TimeoutError):
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return False

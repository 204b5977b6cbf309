"""Serve the sandbox as on an earlier day, and print the address. Run from the root of the repository:

python -m tests.selftest.earlier_server DAYS

Its clock, and its Date header, are so many days behind. The sandbox's public tokens are valid.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from lead_provider_sandbox.domain.clock import Clock, Instant, to_datetime, to_instant
from lead_provider_sandbox.http.protocol import HttpProtocol
from lead_provider_sandbox.http.server import listen
from lead_provider_sandbox.sandbox import Options, Sandbox


@dataclass(slots=True)
class LateClock(Clock):
    """A clock that is `behind`."""

    behind: timedelta = timedelta()

    def now(self) -> Instant:
        """Return the current instant."""
        return to_instant(to_datetime(Clock.now(self)) - self.behind)


def main() -> None:
    """Serve until killed."""
    clock = LateClock(behind=timedelta(days=float(sys.argv[1])))
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    with Sandbox(Options()) as sandbox:
        sandbox.gateway.clock = clock

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_dated(message: Message) -> None:
                if message["type"] == "http.response.start":
                    date = format_datetime(to_datetime(clock.now()), usegmt=True).encode()
                    message["headers"] = [*message["headers"], (b"date", date)]
                await send(message)

            await sandbox.app(scope, receive, send_dated)

        config = uvicorn.Config(
            app, http=HttpProtocol, log_config=None, access_log=False, lifespan="off", date_header=False
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

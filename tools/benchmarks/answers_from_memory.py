"""A server that gives the answers in a file, one after another: what HTTP alone costs, without rules and records.

    python tools/benchmarks/answers_from_memory.py FILE

The file holds a JSON list of pairs, a status and a body. It is an application of the smallest kind on Uvicorn, which
the sandbox is served by, too.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn

Message = dict[str, Any]
Answers = Iterator[tuple[int, bytes, bytes]]


async def application(
    responses: Answers, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the request, then give the next answer."""
    while (await receive()).get("more_body"):
        pass
    status, body, length = next(responses)
    headers = [(b"content-type", b"application/vnd.api+json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    written = json.loads(Path(sys.argv[1]).read_text())
    responses = iter([(status, body.encode(), str(len(body.encode())).encode()) for status, body in written])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)

        async def app(_: Message, receive: Any, send: Any) -> None:
            await application(responses, receive, send)

        uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")).run([listener])


if __name__ == "__main__":
    main()

"""Serve the responses in a file one after another, to measure the cost of HTTP alone.

    python tools/benchmarks/responses_from_memory.py FILE

The file is a JSON list of pairs of status and body. Like the sandbox, the server runs on Uvicorn.
"""

from __future__ import annotations

import argparse
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn

Message = dict[str, Any]
Responses = Iterator[tuple[int, bytes, bytes]]


async def application(
    responses: Responses, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the request and send the next response."""
    while (await receive()).get("more_body"):
        pass
    status, body, length = next(responses)
    headers = [(b"content-type", b"application/vnd.api+json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    pairs = json.loads(parser.parse_args().file.read_text())
    responses = iter([(status, body.encode(), str(len(body.encode())).encode()) for status, body in pairs])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)

        async def app(_: Message, receive: Any, send: Any) -> None:
            await application(responses, receive, send)

        uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")).run([listener])


if __name__ == "__main__":
    main()

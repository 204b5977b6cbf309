"""Serves the API on a loopback port, from the root of the repository:

python -m tests.selftest.second_server PORT [only-promised]
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .only_promised import OnlyPromised
from .seed_data import TOKENS, seeded
from .service import Asked, Service

SERVICE = (OnlyPromised if sys.argv[2:] else Service)(seeded(), TOKENS)
ONE_AT_A_TIME = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Answers every request from the service, in JSON."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Answer the request that has come."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        with ONE_AT_A_TIME:
            status, content = SERVICE.answer(Asked(self.command, self.path, headers, body))
        written = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", SERVICE.media_type)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(written)

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - the names that the library looks for
    do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

"""Serve the API on a loopback port. Run from the root of the repository:

python -m tests.selftest.second_server PORT [only-promised]
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .only_promised import OnlyPromised
from .seed_data import TOKENS, seed_log
from .service import Request, Service

SERVICE = (OnlyPromised if sys.argv[2:] else Service)(seed_log(), TOKENS)
SERVICE_LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Returns the service's response as JSON."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_request(self) -> None:
        """Send the response to a request."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        with SERVICE_LOCK:
            status, content = SERVICE.respond(Request(self.command, self.path, headers, body))
        written = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", SERVICE.media_type)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(written)

    do_GET = do_HEAD = do_POST = do_PUT = handle_request  # noqa: N815 - names required by the base class
    do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = handle_request  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Log nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

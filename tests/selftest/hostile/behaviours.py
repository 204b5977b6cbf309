"""Behaviours of hostile servers. The facts about HTTP are from RFC 9110 and RFC 9112."""

from __future__ import annotations

import gzip

from .raw_server import Behaviour, RawRequest, response

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_FOUND = b'{"error": "Resource not found"}'
MEGABYTE = 1_000_000
ESCAPES = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202e\x00"
MARKUP = "</script><x-pwned onload=pwned()><script>pwned()</script><img src=x onerror=pwned()>"
FORMULA = "=HYPERLINK(\"http://127.0.0.2/\")&cmd|' /C calc'!A0"


def sends(*pieces: bytes) -> Behaviour:
    """Send these bytes, and wait for the next request."""
    return lambda request: request.send(*pieces)


def sends_and_closes(*pieces: bytes) -> Behaviour:
    """Send these bytes, and close the connection."""

    def behave(request: RawRequest) -> None:
        request.send(*pieces)
        request.close()

    return behave


def sends_forever(start: bytes, piece: bytes, *, every: float = 0) -> Behaviour:
    """Send `start`, and then `piece` without end."""

    def behave(request: RawRequest) -> None:
        request.send(start)
        request.repeat(piece, every=every)

    return behave


def body(content: bytes, *headers: bytes) -> Behaviour:
    """Send a 200 with this body and the media type of JSON."""
    return sends(response(content, *headers))


def not_found(*headers: bytes, content: bytes = NOT_FOUND) -> bytes:
    """Return the correct response for an unknown record."""
    return response(content, *headers, status=b"404 Not Found", media_type=b"application/vnd.api+json")


def never_responds(request: RawRequest) -> None:
    """Accept the request, and send nothing."""
    request.hang()


def resets(request: RawRequest) -> None:
    """Reset the connection, as a crash does."""
    request.reset()


def two_gigabytes(request: RawRequest) -> None:
    """Send a body of 2 GB with its Content-Length."""
    request.send(HEAD + b"Content-Length: 2000000000\r\n\r\n")
    for _ in range(2_000):
        request.send(b" " * MEGABYTE)


def gzip_bomb() -> bytes:
    """Return a gigabyte of spaces, compressed as a thousand gzip members."""
    return gzip.compress(b" " * MEGABYTE) * 1_000


def encoded(encodings: bytes, content: bytes) -> Behaviour:
    """Send a body with this Content-Encoding."""
    return body(content, b"Content-Encoding: " + encodings)


def redirects(location: str, status: bytes = b"302 Found") -> Behaviour:
    """Redirect the client: `{here}` is the requested path, `{other_address}` the address of another server."""

    def behave(request: RawRequest) -> None:
        url = location.replace("{here}", request.path).replace("{other_address}", request.other_address).encode()
        request.send(response(b"", b"Location: " + url, status=status))

    return behave


def echoes_the_token(request: RawRequest) -> None:
    """Refuse the token, and repeat it in a header and in the body."""
    header = next(line for line in request.head.split(b"\r\n") if line.lower().startswith(b"authorization:"))
    request.send(response(b'{"error": "' + header + b'"}', b"X-Echo: " + header, status=b"401 Unauthorized"))

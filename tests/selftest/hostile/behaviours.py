"""What hostile servers do to a request, a line or a few for each. The facts about HTTP are of RFC 9110 and RFC 9112."""

from __future__ import annotations

import gzip

from .listening import Behaviour, Talk, answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
NOT_FOUND = b'{"error": "Resource not found"}'
MEGABYTE = 1_000_000
ESCAPES = "\x1b[2J\x1b]0;pwned\x07\x9b31m\u202e\x00"
MARKUP = "</script><x-pwned onload=pwned()><script>pwned()</script><img src=x onerror=pwned()>"
FORMULA = "=HYPERLINK(\"http://127.0.0.2/\")&cmd|' /C calc'!A0"


def says(*pieces: bytes) -> Behaviour:
    """Say these bytes, and wait for the next request."""
    return lambda talk: talk.say(*pieces)


def says_and_hangs_up(*pieces: bytes) -> Behaviour:
    """Say these bytes, and close the connection."""

    def behave(talk: Talk) -> None:
        talk.say(*pieces)
        talk.hang_up()

    return behave


def says_for_ever(start: bytes, piece: bytes, *, every: float = 0) -> Behaviour:
    """Say `start`, and then the same again and again."""

    def behave(talk: Talk) -> None:
        talk.say(start)
        talk.repeat(piece, every=every)

    return behave


def body(content: bytes, *headers: bytes) -> Behaviour:
    """A 200 with that body, as JSON."""
    return says(answer(content, *headers))


def not_found(*headers: bytes, content: bytes = NOT_FOUND) -> bytes:
    """The right answer about a record that nobody has."""
    return answer(content, *headers, status=b"404 Not Found", media_type=b"application/vnd.api+json")


def silent(talk: Talk) -> None:
    """Take the request, and never answer."""
    talk.wait()


def resets(talk: Talk) -> None:
    """Crash."""
    talk.reset()


def two_gigabytes(talk: Talk) -> None:
    """A body of 2 GB, announced as such."""
    talk.say(HEAD + b"Content-Length: 2000000000\r\n\r\n")
    for _ in range(2_000):
        talk.say(b" " * MEGABYTE)


def bomb() -> bytes:
    """A gigabyte of nothing, packed: a thousand times the same member, as gzip allows."""
    return gzip.compress(b" " * MEGABYTE) * 1_000


def packed(encodings: bytes, content: bytes) -> Behaviour:
    """A body that is said to be encoded so."""
    return body(content, b"Content-Encoding: " + encodings)


def redirects(location: str, status: bytes = b"302 Found") -> Behaviour:
    """Send whoever asks somewhere else: `{here}` is the path that was asked for, `{elsewhere}` another server."""

    def behave(talk: Talk) -> None:
        there = location.replace("{here}", talk.path).replace("{elsewhere}", talk.elsewhere).encode()
        talk.say(answer(b"", b"Location: " + there, status=status))

    return behave


def echoes_the_token(talk: Talk) -> None:
    """Refuse the token, and repeat it in a header and in the body."""
    shown = next(line for line in talk.head.split(b"\r\n") if line.lower().startswith(b"authorization:"))
    talk.say(answer(b'{"error": "' + shown + b'"}', b"X-Echo: " + shown, status=b"401 Unauthorized"))

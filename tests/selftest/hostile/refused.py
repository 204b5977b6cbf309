"""Servers that misbehave from the start: the run says what is wrong in one sentence, and tests nothing."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from .behaviours import (
    CHUNKED,
    ESCAPES,
    HEAD,
    body,
    echoes_the_token,
    redirects,
    resets,
    says,
    says_and_hangs_up,
    says_for_ever,
    silent,
    two_gigabytes,
)
from .certificates import DAY, ELSEWHERE, Authority
from .listening import Behaviour, answer


@dataclass(frozen=True)
class Refused:
    """A server, and what is said of it. With `tls` it speaks TLS, and `trusted` says whether its authority is."""

    name: str
    behave: Behaviour
    told: str
    tls: Callable[[Authority], ssl.SSLContext] | None = None
    trusted: bool = True
    https: bool = False


LIST = answer(b'{"data": []}')
REFUSED = (
    Refused("never-answers", silent, r"does not respond \(no response within 1 s\)"),
    Refused("drips-its-headers", says_for_ever(HEAD, b"X", every=0.1), r"does not respond \(.*within 1 s\)"),
    Refused("drips-its-body", says_for_ever(HEAD + b"Content-Length: 99\r\n\r\n", b"x", every=0.1), r"within 1 s\)"),
    Refused("drips-its-chunks", says_for_ever(CHUNKED, b"1\r\n \r\n", every=0.1), r"within 1 s\)"),
    Refused("hangs-up", says_and_hangs_up(), r"does not respond \(Remote end closed connection"),
    Refused("crashes", resets, r"does not respond \(.*(reset|closed)"),
    Refused("two-gigabytes", two_gigabytes, r"does not respond \(the response is larger than 50,000,000 bytes\)"),
    Refused("html", says(answer(b"<!doctype html><h1>Hello</h1>", media_type=b"text/html")), r"not JSON \(text/html\)"),
    Refused("plain-text", says(answer(b"Hello!", media_type=b"text/plain")), r"not JSON \(text/plain\)"),
    Refused("nothing-at-all", body(b""), r"a body that is not JSON"),
    Refused("json-of-another-api", body(b'{"status": "ok"}'), r"JSON without a list in `data`"),
    Refused("deep-json", body(b"[" * 100_000), r"a body that is not JSON"),
    Refused("a-million-objects", body(b'{"data": [' + b"{}," * 1_000_000 + b"{}]}"), r"more than 1,000,000 values"),
    Refused("escapes-for-a-media-type", says(answer(b"", media_type=ESCAPES[:-1].encode())), r"not JSON"),
    Refused("no-http", says_and_hangs_up(b"SSH-2.0-OpenSSH_9.6\r\n"), r"does not respond \(.*SSH-2.0"),
    Refused("http-of-another-version", says_and_hangs_up(b"HTTP/9.9 200 OK\r\n\r\n"), r"does not respond \(.*HTTP/9.9"),
    Refused("a-status-that-is-none", says_and_hangs_up(b"HTTP/1.1 OK 200\r\n\r\n"), r"does not respond"),
    Refused("redirects-elsewhere", redirects("{elsewhere}{here}"), r"redirects \(302\) to http://127\.0\.0\.2"),
    Refused("redirects-to-itself", redirects("{here}"), r"redirects \(302\) to /api/v3/participants/ecf;"),
    Refused("redirects-to-a-file", redirects("file:///etc/passwd", b"301 Moved"), r"redirects \(301\) to file:///etc"),
    Refused("redirects-with-escapes", redirects("/\x1b[2J\u202e", b"308 Permanent"), r"redirects \(308\) to /"),
    Refused("echoes-the-token", echoes_the_token, r"refuses the token \(401\)"),
    Refused("has-had-enough", says(answer(b"", b"Retry-After: 9", status=b"429 No")), r"too many requests .*\(429\)"),
    Refused("fails", says(answer(b"<html>", status=b"500 Oops")), r"fails with 500; see the server's log"),
    Refused(
        "certificate-of-somebody-else",
        says(LIST),
        r"TLS with the server failed: .*(not valid for|doesn't match)",
        lambda authority: authority.server(ELSEWHERE),
    ),
    Refused(
        "certificate-that-has-expired",
        says(LIST),
        r"TLS with the server failed: .*expired",
        lambda authority: authority.server(until=timedelta(0) - DAY),
    ),
    Refused(
        "certificate-of-an-unknown-authority",
        says(LIST),
        r"TLS with the server failed: .*(self.signed|unable to get local issuer)",
        Authority.server,
        trusted=False,
    ),
    Refused("plain-http-where-tls-is-due", says_and_hangs_up(b"HTTP/1.1 400 No\r\n\r\n"), r"TLS with", https=True),
    Refused("a-handshake-without-end", silent, r"does not respond \(", https=True),
)

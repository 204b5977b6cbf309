"""Servers that misbehave from the start: the run reports one sentence and tests nothing."""

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
    never_responds,
    redirects,
    resets,
    sends,
    sends_and_closes,
    sends_forever,
    two_gigabytes,
)
from .certificates import DAY, OTHER_HOST, Authority
from .raw_server import Behaviour, response


@dataclass(frozen=True)
class Case:
    """A behaviour with the pattern of the expected message.

    `tls` makes the server use TLS. `trusted` makes the target file trust its authority. `https` makes the run use
    https: with a server that does not use TLS.
    """

    name: str
    behave: Behaviour
    reason: str
    tls: Callable[[Authority], ssl.SSLContext] | None = None
    trusted: bool = True
    https: bool = False


LIST = response(b'{"data": []}')
CASES = (
    Case("never-responds", never_responds, r"does not respond \(no response within 3 s\)"),
    Case("slow-headers", sends_forever(HEAD, b"X", every=0.1), r"does not respond \(.*within 3 s\)"),
    Case("slow-body", sends_forever(HEAD + b"Content-Length: 99\r\n\r\n", b"x", every=0.1), r"within 3 s\)"),
    Case("slow-chunks", sends_forever(CHUNKED, b"1\r\n \r\n", every=0.1), r"within 3 s\)"),
    Case("closes", sends_and_closes(), r"does not respond \(Remote end closed connection"),
    Case("reset", resets, r"does not respond \(.*(reset|closed)"),
    Case("two-gigabytes", two_gigabytes, r"does not respond \(the response is larger than 50,000,000 bytes\)"),
    Case("html", sends(response(b"<!doctype html><h1>Hello</h1>", media_type=b"text/html")), r"not JSON \(text/html\)"),
    Case("plain-text", sends(response(b"Hello!", media_type=b"text/plain")), r"not JSON \(text/plain\)"),
    Case("empty-body", body(b""), r"a body that is not JSON"),
    Case("json-of-another-api", body(b'{"status": "ok"}'), r"JSON without a list in `data`"),
    Case("deep-json", body(b"[" * 100_000), r"a body that is not JSON"),
    Case("a-million-objects", body(b'{"data": [' + b"{}," * 1_000_000 + b"{}]}"), r"more than 1,000,000 values"),
    Case("escapes-in-media-type", sends(response(b"", media_type=ESCAPES[:-1].encode())), r"not JSON"),
    Case("not-http", sends_and_closes(b"SSH-2.0-OpenSSH_9.6\r\n"), r"does not respond \(.*SSH-2.0"),
    Case("unknown-http-version", sends_and_closes(b"HTTP/9.9 200 OK\r\n\r\n"), r"does not respond \(.*HTTP/9.9"),
    Case("status-not-a-number", sends_and_closes(b"HTTP/1.1 OK 200\r\n\r\n"), r"does not respond"),
    Case("redirect-to-other-server", redirects("{other_address}{here}"), r"redirects \(302\) to http://127\.0\.0\.2"),
    Case("redirect-to-itself", redirects("{here}"), r"redirects \(302\) to /api/v3/participants/ecf;"),
    Case("redirect-to-file", redirects("file:///etc/passwd", b"301 Moved"), r"redirects \(301\) to file:///etc"),
    Case("redirect-with-escapes", redirects("/\x1b[2J\u202e", b"308 Permanent"), r"redirects \(308\) to /"),
    Case("echoes-the-token", echoes_the_token, r"refuses the token \(401\)"),
    Case(
        "too-many-requests", sends(response(b"", b"Retry-After: 99", status=b"429 No")), r"too many requests .*\(429\)"
    ),
    Case("server-error", sends(response(b"<html>", status=b"500 Oops")), r"fails with 500; see the server's log"),
    Case(
        "certificate-of-other-host",
        sends(LIST),
        r"TLS with the server failed: .*(not valid for|doesn't match)",
        lambda authority: authority.server(OTHER_HOST),
    ),
    Case(
        "expired-certificate",
        sends(LIST),
        r"TLS with the server failed: .*expired",
        lambda authority: authority.server(until=timedelta(0) - DAY),
    ),
    Case(
        "certificate-of-unknown-authority",
        sends(LIST),
        r"TLS with the server failed: .*(self.signed|unable to get local issuer)",
        Authority.server,
        trusted=False,
    ),
    Case("http-instead-of-tls", sends_and_closes(b"HTTP/1.1 400 No\r\n\r\n"), r"TLS with", https=True),
    Case("endless-handshake", never_responds, r"does not respond \(", https=True),
)

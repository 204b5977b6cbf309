"""Servers that conform at first, and then misbehave once in the middle of a run.

Each misbehaves at a request for an unknown record, for which the correct response is a 404.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from .behaviours import (
    CHUNKED,
    ESCAPES,
    FORMULA,
    HEAD,
    MARKUP,
    MEGABYTE,
    body,
    encoded,
    gzip_bomb,
    never_responds,
    not_found,
    redirects,
    resets,
    sends,
    sends_and_closes,
    sends_forever,
    two_gigabytes,
)
from .raw_server import Behaviour, chunk, response

UNKNOWN_ID_REQUIREMENTS = ("lists/unknown-id", "participants/unknown-id", "declarations/unknown-id")
JSON, SCHEMA = "contract/body-is-json", "contract/response-schema"
STATUS, MEDIA_TYPE = "contract/documented-status", "contract/media-type"
NOT_404 = r"returned 200; expected 404"
NINE_BYTES = HEAD + b"Content-Length: 9\r\n\r\n"
TWO_LENGTHS = HEAD + b"Content-Length: 2\r\nContent-Length: 31\r\n\r\n"
RECORD = b'{"id": 1, "attributes": {"a": [1]}},'
ALL_WRONG = b'{"data": [' + RECORD * 100_000 + b"{}]}"
GZIPPED = gzip.compress(b'{"error": "Resource not found"}')
ODD = json.dumps({"data": {"id": f"../../{ESCAPES}{MARKUP}{FORMULA}", ESCAPES: MARKUP, FORMULA: [ESCAPES]}}).encode()


@dataclass(frozen=True)
class Case:
    """A behaviour with the expected finding.

    `requirement` must fail for a `reason` that matches; without one, the requirement that sent the request must fail.
    A behaviour that `conforms` must cause no failure.
    """

    name: str
    behave: Behaviour
    requirement: str = ""
    reason: str = NOT_404
    conforms: bool = False


CASES = (
    # Responses without end.
    Case("never-responds", never_responds, reason=r"no response within 3 s"),
    Case("slow-headers", sends_forever(HEAD, b"X-More: x\r\n", every=0.1), reason=r"no response: .*within 3 s"),
    Case("slow-body", sends_forever(HEAD + b"Content-Length: 99\r\n\r\n", b" ", every=0.1), reason=r"within 3 s"),
    Case("endless-headers", sends_forever(HEAD, b"X-More: of the same\r\n"), reason=r"got more than 100 headers"),
    Case("endless-header", sends_forever(HEAD + b"X: ", b"x" * MEGABYTE), reason=r"got more than 65536 bytes"),
    Case("endless-chunks", sends_forever(CHUNKED, chunk(b" " * MEGABYTE)), reason=r"larger than 50,000,000 bytes"),
    Case("endless-list", sends_forever(CHUNKED + chunk(b'{"data": ['), chunk(RECORD * 1_000)), reason=r"larger than"),
    Case("endless-trailers", sends_forever(CHUNKED + b"0\r\n", b"X: x\r\n"), reason=r"not complete within 3 s"),
    Case("endless-interim-responses", sends_forever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), reason=r"within 3 s"),
    Case("two-gigabytes", two_gigabytes, reason=r"larger than 50,000,000 bytes"),
    # Broken connections and wrong lengths.
    Case("reset", resets, reason=r"got no response: .*(reset|closed)"),
    Case("closes-at-once", sends_and_closes(), reason=r"got no response: Remote end closed connection"),
    Case("closes-after-headers", sends_and_closes(NINE_BYTES), reason=r"9 more expected"),
    Case("closes-in-body", sends_and_closes(NINE_BYTES + b"{"), reason=r"8 more expected"),
    Case("closes-in-chunk", sends_and_closes(CHUNKED + b"9\r\n{"), reason=r"8 more expected"),
    Case("closes-between-chunks", sends_and_closes(CHUNKED + chunk(b"{}")), reason=r"Response ended prematurely"),
    Case("shorter-than-declared", sends(response(b"{}").replace(b"Length: 2", b"Length: 9")), reason=r"within 3 s"),
    Case("longer-than-declared", sends_and_closes(not_found().replace(b"Length: 31", b"Length: 9")), JSON, r"not JSON"),
    Case("negative-content-length", sends_and_closes(HEAD + b"Content-Length: -5\r\n\r\n{}")),
    Case("content-length-not-a-number", sends_and_closes(HEAD + b"Content-Length: two\r\n\r\n{}")),
    Case("two-content-lengths", sends_and_closes(TWO_LENGTHS + b"{}"), reason=r"unmatching values"),
    Case("invalid-chunk-size", sends_and_closes(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"), reason=r"got no response"),
    Case("negative-chunk-size", sends_and_closes(CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"), reason=r"got no response"),
    Case("huge-chunk-size", sends_and_closes(CHUNKED + b"f" * 30 + b"\r\n{}"), reason=r"got no response"),
    # Unusual or invalid HTTP.
    Case("not-http", sends_and_closes(b"220 mail.example ESMTP\r\n"), reason=r"got no response: .*220 mail"),
    Case("unknown-http-version", sends_and_closes(b"HTTP/9.9 404 No\r\n\r\n"), reason=r"got no response: .*HTTP/9.9"),
    Case("four-digit-status", sends_and_closes(b"HTTP/1.1 4040 No\r\n\r\n"), reason=r"got no response: .*4040"),
    Case("switching-protocols", sends_and_closes(b"HTTP/1.1 101 No\r\nUpgrade: h2c\r\n\r\n"), STATUS, r"status 101"),
    Case("no-content-with-body", sends(NINE_BYTES.replace(b"200", b"204") + b"123456789"), STATUS, r"status 204"),
    Case("not-modified", sends(response(b"", status=b"304 Not Modified")), STATUS, r"status 304"),
    Case("status-799", sends(response(b"{}", status=b"799 Whatever")), STATUS, r"status 799"),
    Case("redirect-to-other-server", redirects("{other_address}{here}", b"307 Temporary"), STATUS, r"status 307"),
    Case("redirect-to-itself", redirects("{here}"), STATUS, r"status 302"),
    Case("redirect-to-file", redirects("file:///etc/passwd"), STATUS, r"status 302"),
    Case("interim-responses-first", sends(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + not_found()), conforms=True),
    Case("closes-after-response", sends_and_closes(not_found()), conforms=True),
    Case("mixed-case-headers", sends(not_found().replace(b"Content-", b"cONTENT-")), conforms=True),
    # Encoded bodies.
    Case("gzip-without-accept-encoding", sends(not_found(b"Content-Encoding: gzip", content=GZIPPED)), conforms=True),
    Case("gzip-bomb", encoded(b"gzip", gzip_bomb()), reason=r"larger than 50,000,000 bytes"),
    Case("nested-gzip-bomb", encoded(b"gzip, gzip", gzip.compress(gzip_bomb())), reason=r"larger than 50,000,000"),
    Case("not-gzip-as-declared", encoded(b"gzip", b"{}"), reason=r"got no response: "),
    Case("unknown-encoding", encoded(b"zap", b"{}"), reason=NOT_404),
    # Bodies that are not JSON, or difficult JSON.
    Case("deep-json", body(b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), JSON, r"nested too deeply"),
    Case("moderately-deep-json", body(b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}"), SCHEMA, r"cannot be checked"),
    Case("wide-json", body(b"[" + b"{}," * 300_000 + b"{}]"), SCHEMA, r"a list of 10 or more is not an object"),
    Case("too-wide-json", body(b"[" + b"{}," * 600_000 + b"{}]"), reason=r"more than 1,000,000 values"),
    Case("100000-invalid-records", body(ALL_WRONG), SCHEMA, r"a list of 10 or more is not an object"),
    Case("huge-whole-number", body(b'{"data": 1' + b"0" * 5_000 + b"}"), JSON, r"a number that is too long"),
    Case("huge-number", body(b'{"data": 1e999999}'), JSON, r"too large: 1e999999"),
    Case("not-a-number", body(b'{"data": NaN}'), JSON, r"NaN, which is not JSON"),
    Case("duplicate-field", body(b'{"data": {}, "data": []}'), JSON, r"an object in it has 2 members 'data'"),
    Case("lone-surrogate", body(b'{"data": "\\ud800"}'), SCHEMA, r"cannot be checked"),
    Case("byte-order-mark", body(b"\xef\xbb\xbf{}"), JSON, r"BOM"),
    Case("utf-16", body('{"data": {}}'.encode("utf-16")), JSON, r"not UTF-8 at byte 0"),
    Case("invalid-utf-8", body(b'{"data": "\xff\xfe\xed\xa0\x80"}'), JSON, r"not UTF-8 at byte 10"),
    Case("null", body(b"null"), SCHEMA, r"null is not an object"),
    Case("empty-body", body(b""), JSON, r"Expecting value"),
    Case("html", sends(response(b"<h1>Hello</h1>", media_type=b"text/html")), MEDIA_TYPE, r"'text/html'"),
    Case("html-that-sends-it-is-json", body(b"<h1>Hello</h1>"), JSON, r"begins '<h1>Hello"),
    Case("plain-text", sends(response(b"Hello", media_type=b"text/plain")), MEDIA_TYPE, r"'text/plain'"),
    # Content that targets the reports.
    Case("hostile-ids-and-fields", body(ODD), SCHEMA, r"is not a valid uuid"),
    Case("markup-in-error", sends(not_found(content=json.dumps({"error": MARKUP + ESCAPES}).encode())), conforms=True),
    Case("escapes-in-headers", sends(not_found(b"X-Odd: \x1b[2J\x9b31m", b"Date: \x1b]0;pwned\x07")), conforms=True),
    Case("cookie-and-link", sends(not_found(b"Set-Cookie: token=mine", b"Link: <http://127.0.0.2/>")), conforms=True),
)  # fmt: skip

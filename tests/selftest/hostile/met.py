"""Servers that pass for this API until the run is on its way, and then do one thing to one request.

Each is asked about a record that nobody has, to which the right answer is a 404. `told` is the finding: a requirement,
and what its sentence says.
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
    bomb,
    not_found,
    packed,
    redirects,
    resets,
    says,
    says_and_hangs_up,
    says_for_ever,
    silent,
    two_gigabytes,
)
from .listening import Behaviour, answer, chunk

ASKED = ("lists/unknown-id", "participants/unknown-id", "declarations/unknown-id")
JSON, SCHEMA = "contract/body-is-json", "contract/response-schema"
STATUS, MEDIA_TYPE = "contract/documented-status", "contract/media-type"
NOT_404 = r"returned 200; expected 404"
OF_NINE_BYTES = HEAD + b"Content-Length: 9\r\n\r\n"
OF_TWO_LENGTHS = HEAD + b"Content-Length: 2\r\nContent-Length: 31\r\n\r\n"
RECORD = b'{"id": 1, "attributes": {"a": [1]}},'
ALL_WRONG = b'{"data": [' + RECORD * 100_000 + b"{}]}"
PACKED = gzip.compress(b'{"error": "Resource not found"}')
ODD = json.dumps({"data": {"id": f"../../{ESCAPES}{MARKUP}{FORMULA}", ESCAPES: MARKUP, FORMULA: [ESCAPES]}}).encode()


@dataclass(frozen=True)
class Met:
    """A behaviour, and the finding about the request that met it: of that requirement, or of the one that asked.

    One that is `right` is a 404 after all.
    """

    name: str
    behave: Behaviour
    requirement: str = ""
    told: str = NOT_404
    right: bool = False


MET = (
    # It ends, though the server never does.
    Met("never-answers", silent, told=r"no response within 1 s"),
    Met("drips-its-headers", says_for_ever(HEAD, b"X-More: x\r\n", every=0.1), told=r"no response: .*within 1 s"),
    Met("drips-its-body", says_for_ever(HEAD + b"Content-Length: 99\r\n\r\n", b" ", every=0.1), told=r"within 1 s"),
    Met("endless-headers", says_for_ever(HEAD, b"X-More: of the same\r\n"), told=r"got more than 100 headers"),
    Met("endless-header", says_for_ever(HEAD + b"X: ", b"x" * MEGABYTE), told=r"got more than 65536 bytes"),
    Met("endless-chunks", says_for_ever(CHUNKED, chunk(b" " * MEGABYTE)), told=r"larger than 50,000,000 bytes"),
    Met("endless-list", says_for_ever(CHUNKED + chunk(b'{"data": ['), chunk(RECORD * 1_000)), told=r"larger than"),
    Met("endless-trailers", says_for_ever(CHUNKED + b"0\r\n", b"X: x\r\n"), told=r"not complete within 1 s"),
    Met("endless-interim-answers", says_for_ever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), told=r"within 1 s"),
    Met("two-gigabytes", two_gigabytes, told=r"larger than 50,000,000 bytes"),
    # It breaks off, or lies about its length.
    Met("crashes", resets, told=r"got no response: .*(reset|closed)"),
    Met("hangs-up-at-once", says_and_hangs_up(), told=r"got no response: Remote end closed connection"),
    Met("hangs-up-after-the-headers", says_and_hangs_up(OF_NINE_BYTES), told=r"9 more expected"),
    Met("hangs-up-in-the-body", says_and_hangs_up(OF_NINE_BYTES + b"{"), told=r"8 more expected"),
    Met("hangs-up-in-a-chunk", says_and_hangs_up(CHUNKED + b"9\r\n{"), told=r"8 more expected"),
    Met("hangs-up-between-chunks", says_and_hangs_up(CHUNKED + chunk(b"{}")), told=r"Response ended prematurely"),
    Met("shorter-than-it-says", says(answer(b"{}").replace(b"Length: 2", b"Length: 9")), told=r"within 1 s"),
    Met("longer-than-it-says", says_and_hangs_up(not_found().replace(b"Length: 31", b"Length: 9")), JSON, r"not JSON"),
    Met("length-below-nothing", says_and_hangs_up(HEAD + b"Content-Length: -5\r\n\r\n{}")),
    Met("length-that-is-no-number", says_and_hangs_up(HEAD + b"Content-Length: two\r\n\r\n{}")),
    Met("two-lengths", says_and_hangs_up(OF_TWO_LENGTHS + b"{}"), told=r"unmatching values"),
    Met("chunks-without-length", says_and_hangs_up(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"), told=r"got no response"),
    Met("chunk-below-nothing", says_and_hangs_up(CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"), told=r"got no response"),
    Met("chunk-beyond-everything", says_and_hangs_up(CHUNKED + b"f" * 30 + b"\r\n{}"), told=r"got no response"),
    # What it says is not HTTP as it should be.
    Met("no-http", says_and_hangs_up(b"220 mail.example ESMTP\r\n"), told=r"got no response: .*220 mail"),
    Met("http-of-another-version", says_and_hangs_up(b"HTTP/9.9 404 No\r\n\r\n"), told=r"got no response: .*HTTP/9.9"),
    Met("a-status-of-four-digits", says_and_hangs_up(b"HTTP/1.1 4040 No\r\n\r\n"), told=r"got no response: .*4040"),
    Met("another-protocol", says_and_hangs_up(b"HTTP/1.1 101 No\r\nUpgrade: h2c\r\n\r\n"), STATUS, r"status 101"),
    Met("nothing-with-a-body", says(OF_NINE_BYTES.replace(b"200", b"204") + b"123456789"), STATUS, r"status 204"),
    Met("nothing-has-changed", says(answer(b"", status=b"304 Not Modified")), STATUS, r"status 304"),
    Met("a-status-of-its-own", says(answer(b"{}", status=b"799 Whatever")), STATUS, r"status 799"),
    Met("redirects-elsewhere", redirects("{elsewhere}{here}", b"307 Temporary"), STATUS, r"status 307"),
    Met("redirects-to-itself", redirects("{here}"), STATUS, r"status 302"),
    Met("redirects-to-a-file", redirects("file:///etc/passwd"), STATUS, r"status 302"),
    Met("interim-answers-first", says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + not_found()), right=True),
    Met("hangs-up-after-each-answer", says_and_hangs_up(not_found()), right=True),
    Met("in-another-case", says(not_found().replace(b"Content-", b"cONTENT-")), right=True),
    # Its body is packed, in one way or another.
    Met("packed-though-nobody-asked", says(not_found(b"Content-Encoding: gzip", content=PACKED)), right=True),
    Met("a-bomb", packed(b"gzip", bomb()), told=r"larger than 50,000,000 bytes"),
    Met("a-bomb-in-a-bomb", packed(b"gzip, gzip", gzip.compress(bomb())), told=r"larger than 50,000,000 bytes"),
    Met("not-packed-as-it-says", packed(b"gzip", b"{}"), told=r"got no response: "),
    Met("packed-in-its-own-way", packed(b"zap", b"{}"), told=NOT_404),
    # Its body is no JSON, or JSON that hurts.
    Met("deep-json", body(b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), JSON, r"nested too deeply"),
    Met("rather-deep-json", body(b'{"data": ' + b"[" * 900 + b"]" * 900 + b"}"), SCHEMA, r"cannot be checked"),
    Met("wide-json", body(b"[" + b"{}," * 300_000 + b"{}]"), SCHEMA, r"a list of 10 or more is not an object"),
    Met("too-wide-json", body(b"[" + b"{}," * 600_000 + b"{}]"), told=r"more than 1,000,000 values"),
    Met("all-wrong", body(ALL_WRONG), SCHEMA, r"a list of 10 or more is not an object"),
    Met("huge-whole-number", body(b'{"data": 1' + b"0" * 5_000 + b"}"), JSON, r"a number that is too long"),
    Met("huge-number", body(b'{"data": 1e999999}'), JSON, r"too large: 1e999999"),
    Met("not-a-number", body(b'{"data": NaN}'), JSON, r"NaN, which is not JSON"),
    Met("the-same-member-twice", body(b'{"data": {}, "data": []}'), JSON, r"an object in it has 2 members 'data'"),
    Met("half-a-character", body(b'{"data": "\\ud800"}'), SCHEMA, r"cannot be checked"),
    Met("byte-order-mark", body(b"\xef\xbb\xbf{}"), JSON, r"BOM"),
    Met("utf-16", body('{"data": {}}'.encode("utf-16")), JSON, r"not UTF-8 at byte 0"),
    Met("invalid-utf-8", body(b'{"data": "\xff\xfe\xed\xa0\x80"}'), JSON, r"not UTF-8 at byte 10"),
    Met("null", body(b"null"), SCHEMA, r"null is not an object"),
    Met("nothing", body(b""), JSON, r"Expecting value"),
    Met("html", says(answer(b"<h1>Hello</h1>", media_type=b"text/html")), MEDIA_TYPE, r"'text/html'"),
    Met("html-that-says-it-is-json", body(b"<h1>Hello</h1>"), JSON, r"begins '<h1>Hello"),
    Met("plain-text", says(answer(b"Hello", media_type=b"text/plain")), MEDIA_TYPE, r"'text/plain'"),
    # It wants to be shown.
    Met("ids-and-members-of-its-own", body(ODD), SCHEMA, r"is not a valid uuid"),
    Met("markup-for-an-error", says(not_found(content=json.dumps({"error": MARKUP + ESCAPES}).encode())), right=True),
    Met("escapes-for-headers", says(not_found(b"X-Odd: \x1b[2J\x9b31m", b"Date: \x1b]0;pwned\x07")), right=True),
    Met("a-cookie-and-a-policy", says(not_found(b"Set-Cookie: token=mine", b"Link: <http://127.0.0.2/>")), right=True),
)  # fmt: skip

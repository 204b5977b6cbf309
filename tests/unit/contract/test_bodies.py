"""JSON is read fast where that changes nothing: what only looks alike is read, or refused, as before."""

import json

import pytest

from lead_provider_conformance.contract.bodies import NotJsonError, parse_json

PLAIN = ['{"data":[{"id":"1","n":-0.5,"é":null}]}', "[]", "1", '"\U0001f600"', '{ "a" : [ 1, 2 ] }\n', '"\\u00e9\\/"']
BEYOND = ["123456789012345678901234567890", "-0", "1.0", "1e2", '"\\ud800"', "[" * 300 + "]" * 300]


@pytest.mark.parametrize("text", PLAIN + BEYOND)
def test_a_body_is_what_python_reads(text):
    read, expected = parse_json(text.encode()), json.loads(text)

    assert (read, repr(read)) == (expected, repr(expected))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'[{"b":{"a":1,"a":null}}]', b"NaN", b"[Infinity]", b"1e999", b"\xff",
        b'"\xed\xa0\x80"', b"", b"{", b"1 2", b"\xef\xbb\xbf1", b"9" * 5000,
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_is_refused(body):
    with pytest.raises(NotJsonError):
        parse_json(body)

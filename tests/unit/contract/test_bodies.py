"""JSON is parsed fast, with the results of Python's strict parser."""

import json

import pytest

from lead_provider_conformance.contract.bodies import NotJsonError, parse_json

PLAIN = ['{"data":[{"id":"1","n":-0.5,"é":null}]}', "[]", "1", '"\U0001f600"', '{ "a" : [ 1, 2 ] }\n', '"\\u00e9\\/"']
BEYOND = ["123456789012345678901234567890", "-0", "1.0", "1e2", '"\\ud800"', "[" * 300 + "]" * 300]


@pytest.mark.parametrize("text", PLAIN + BEYOND)
def test_json_is_read_as_by_python(text):
    read, expected = parse_json(text.encode()), json.loads(text)

    assert (read, repr(read)) == (expected, repr(expected))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'[{"b":{"a":1,"a":null}}]', b"NaN", b"[Infinity]", b"1e999", b"\xff",
        b'"\xed\xa0\x80"', b"", b"{", b"1 2", b"\xef\xbb\xbf1", b"9" * 5000,
    ],
)  # fmt: skip
def test_invalid_json_is_an_error(body):
    with pytest.raises(NotJsonError):
        parse_json(body)

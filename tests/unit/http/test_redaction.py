"""Secrets are replaced in every form in which servers echo them."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_provider_conformance.config.target import Target
from lead_provider_conformance.http import Redactor

ECHOED = {
    "plain": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "percent": lambda text: quote(text, safe=""),
    "percent, slashes kept": quote,
    "percent, everything": lambda text: "".join(f"%{ord(each):02X}" for each in text),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, slashes escaped": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON, slashes escaped, in JSON": lambda text: json.dumps(json.dumps(text)[1:-1].replace("/", "\\/"))[1:-1],
    "JSON, by number, in JSON twice": lambda text: "".join(f"\\\\\\\\u{ord(each):04x}" for each in text),
    "JSON, by number": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
    "HTML": html.escape,
    "HTML, twice": lambda text: html.escape(html.escape(text)),
    "HTML, apostrophe by name": lambda text: html.escape(text).replace("&#x27;", "&apos;"),
    "HTML, apostrophe by name, twice": lambda text: html.escape(html.escape(text).replace("&#x27;", "&apos;")),
    "HTML, by number, twice": lambda text: "".join(f"&amp;#{ord(each)};" for each in text),
    "HTML, by hexadecimal number, twice": lambda text: "".join(f"&amp;#x{ord(each):x};" for each in text),
    "HTML, by number": lambda text: "".join(f"&#{ord(each)};" for each in text),
}
# The characters of a header value: printable, without spaces.
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=60)
# No form of a token starts or ends with one of these characters, so they must be left.
AROUND = st.text(st.sampled_from(" \n<>"), max_size=5)


def test_many_backslashes_are_searched_quickly() -> None:
    many = "\\" * 1_000_000

    assert Redactor({"a/secret/token": "$TOKEN"}).text(many) == many


@settings(deadline=None)
@given(TOKENS, st.sampled_from(sorted(ECHOED)), AROUND, AROUND)
def test_echoed_secret_is_replaced(token: str, form: str, before: str, after: str) -> None:
    redactor = Redactor({token: "$TOKEN"})
    echoed = before + ECHOED[form](token) + after

    assert redactor.text(echoed) == f"{before}$TOKEN{after}"
    assert redactor.content(echoed.encode()) == f"{before}$TOKEN{after}".encode()


@pytest.mark.parametrize("form", sorted(ECHOED))
@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_token_in_another_case_is_redacted_in_every_form(form: str, change) -> None:
    assert Redactor({"A-Token-Of-One": "$TOKEN"}).text(ECHOED[form](change("A-Token-Of-One"))) == "$TOKEN"


@pytest.mark.parametrize("form", sorted(ECHOED))
@pytest.mark.parametrize("token", ['it\'s<a>&"b"/c', "it's-a-token"])
def test_token_of_characters_that_html_escapes_is_redacted_in_every_form(form: str, token: str) -> None:
    assert Redactor({token: "$TOKEN"}).text(ECHOED[form](token)) == "$TOKEN"
    assert Redactor({token: "$TOKEN"}).content(ECHOED[form](token).encode()) == b"$TOKEN"


@settings(deadline=None)
@given(
    TOKENS, st.binary(max_size=7), st.binary(max_size=7), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode])
)
def test_secret_inside_base64_is_replaced(token: str, before: bytes, after: bytes, encode) -> None:
    echoed = encode(before + token.encode() + after).decode()

    redacted = Redactor({token: "$TOKEN"}).text(f'"{echoed}"')

    assert "$TOKEN" in redacted
    # Only characters that also encode bits of the neighbours may be left.
    assert len(redacted.replace("$TOKEN", "")) <= 2 + len(encode(before)) + len(encode(after)) + 4


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize(
    ("before", "after", "start", "end"),
    [(b"", b"", 0, 1), (b"x", b"", 2, 0), (b"xy", b"", 3, 1), (b"abc", b"def", 4, 5), (b"abcd", b"z", 6, 2)],
)
def test_of_a_secret_in_base64_only_characters_shared_with_its_neighbours_are_left(
    encode, before: bytes, after: bytes, start: int, end: int
) -> None:
    encoded = encode(before + b"<<???>>~key" + after).decode().rstrip("=")
    expected = f"{encoded[:start]}$TOKEN{encoded[len(encoded) - end :]}"

    assert Redactor({"<<???>>~key": "$TOKEN"}).text(encoded) == expected
    assert Redactor({"<<???>>~key": "$TOKEN"}).content(b"% " + encoded.encode()) == b"% " + expected.encode()


@pytest.mark.parametrize("form", sorted(ECHOED))
@pytest.mark.parametrize("token", ["ends-in-%", "ends-in-&", "ends-in-'", "ends-in-\\"])
def test_escapes_of_the_last_character_are_replaced_whole(form: str, token: str) -> None:
    assert Redactor({token: "$TOKEN"}).text(f"({ECHOED[form](token)})") == "($TOKEN)"


def test_secret_in_every_form_at_once_is_replaced() -> None:
    token = 'it\'s<a>&"b"/c'
    encodings = (base64.b64encode, base64.urlsafe_b64encode)
    encoded = [encode(b"\0" * offset + token.encode()).decode() for encode in encodings for offset in range(3)]
    texts = [*(form(token) for form in ECHOED.values()), *encoded]

    redacted = Redactor({token: "$TOKEN"}).text(" ".join(texts)).split(" ")

    assert redacted[: len(ECHOED)] == ["$TOKEN"] * len(ECHOED)
    assert all("$TOKEN" in part for part in redacted)


def test_backslash_before_a_letter_that_json_does_not_escape_is_left() -> None:
    assert Redactor({"secret-token": "$TOKEN"}).text("C:\\secret-token") == "C:\\$TOKEN"


@pytest.mark.parametrize(("secret", "text"), [("8-chars!", "$TOKEN"), ("7-chars", "7-chars")])
def test_secret_shorter_than_a_token_is_ignored(secret: str, text: str) -> None:
    assert Redactor({secret: "$TOKEN"}).text(secret) == text


def test_secret_in_text_with_other_alphabets_is_replaced() -> None:
    redactor = Redactor({"token-of-one": "$TOKEN"})

    assert redactor.text("é token-of-one") == "é $TOKEN"
    assert redactor.text("\ud800%74oken-of-one") == "\ud800$TOKEN", "a lone surrogate"


def test_secrets_in_header_names_and_values_are_replaced() -> None:
    redactor = Redactor({"token-of-one": "$TOKEN"})

    assert redactor.headers({"x-token-of-one": "a", "b": "token-of-one"}) == {"x-$TOKEN": "a", "b": "$TOKEN"}
    assert redactor.cached_text("token-of-one") == "$TOKEN"


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_text_without_secret_is_unchanged(text: str) -> None:
    redactor = Redactor({"a-token-that-is-never-sent": "$TOKEN"})

    assert redactor.text(text) == text
    assert redactor.content(text.encode()) == text.encode()


def test_each_secret_has_its_own_label() -> None:
    redactor = Redactor.of(Target("t", "https://t", ("token-of-one", "token-of-one-and-more")))

    assert redactor.text("token-of-one-and-more, token-of-one") == "$OTHER_TOKEN, $TOKEN"
    assert redactor.content(b"token%2dof%2done-and-more, token-of-one") == b"$OTHER_TOKEN, $TOKEN"


def test_token_that_begins_with_another_in_upper_case_is_replaced_whole() -> None:
    redactor = Redactor({"token-of-one": "$TOKEN", "TOKEN-OF-ONE-AND-MORE": "$OTHER_TOKEN"})

    assert redactor.text("token-of-one-and-more") == "$OTHER_TOKEN"


def test_text_like_a_token_is_replaced_too() -> None:
    redactor = Redactor({"token-of-one": "$TOKEN"})

    including = redactor.including("token-of", "$ALTERED_TOKEN")

    assert including.text("token-of-one, token-of") == "$TOKEN, $ALTERED_TOKEN"
    assert redactor.text("token-of") == "token-of"


def test_label_of_a_token_in_other_letters_wins() -> None:
    redactor = Redactor({"token-of-one": "$TOKEN"}).including("TOKEN-OF-ONE", "$ALTERED_TOKEN")

    assert redactor.text("TOKEN-OF-ONE") == "$ALTERED_TOKEN"


def test_token_of_another_kind_is_replaced() -> None:
    redactor = Redactor.of(Target("t", "https://t", ("token-of-one",), other_kind_token="token-of-a-service"))

    assert redactor.text("Bearer token-of-a-service") == "Bearer $OTHER_KIND_TOKEN"


def test_long_header_value_is_replaced_and_short_one_is_not() -> None:
    redactor = Redactor.of(Target("t", "https://t", headers={"X-Gateway-Key": "key-of-the-gateway", "X-Tier": "1"}))

    assert redactor.text("key-of-the-gateway 1") == "$X_GATEWAY_KEY 1"


@pytest.mark.parametrize("content", [b"", b"\xff\x00\xfe", "é".encode()])
def test_without_secrets_content_is_unchanged(content: bytes) -> None:
    assert Redactor({}).content(content) == content
    assert Redactor({}).text("x") == "x"


def test_redactor_of_two_targets_replaces_the_secrets_of_both() -> None:
    left = Target("a", "https://a", ("token-of-one",), other_kind_token="service-of-one")
    right = Target("b", "https://b", ("token-of-two", "other-of-two"), headers={"X-Gateway-Key": "key-of-two"})

    text = Redactor.of(left, right).text("token-of-one service-of-one token-of-two other-of-two key-of-two")

    assert text == "$TOKEN $OTHER_KIND_TOKEN $TOKEN $OTHER_TOKEN $X_GATEWAY_KEY"

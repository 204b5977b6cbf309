"""Turn pytest's explanation of a failed assertion into a sentence for readers who do not read Python."""

from __future__ import annotations

import re

from lead_provider_conformance.run.asserted import asserted_field
from lead_provider_conformance.run.differences import PREFIX
from lead_provider_conformance.run.shown_values import shown_literal

LONGEST = 600

# Pytest explains a failed comparison as `assert LEFT == RIGHT`, and on the next line the expression that gave LEFT.
STATUS = re.compile(
    r"assert (\d+) (==|in) (.+)\n \+  where \1 = <(?P<request>[A-Z]+ \S+) → \d+ (?P<body>.*?)>\.status$", re.M
)
NAMES = re.compile(
    r"assert \(?False(?: or False)*\)?\n \+  where False = names\('\w+'\)\n"
    r" \+    where names = <(?P<request>[A-Z]+ \S+) → (?P<body>.*)>\.names$",
    re.M,
)
NAME = re.compile(r"^ \+ .*False = names\('(\w+)'\)$", re.M)
EMPTY = re.compile(r"assert not (.+)$", re.M)
COMPARISON = re.compile(r"assert (.+?) (==|!=|<=|>=|<|>|is not|is|not in|in) (.+)$", re.M)
CALL = re.compile(r"assert (.+)\n \+  where \1 = (\w+)\((.*)\)$", re.M)
DIFFERENCE = re.compile(rf"assert {PREFIX}(.+)$", re.M)
TRUTH = re.compile(r"assert (.+)$", re.M)

EXPECTED = {
    "==": "",
    "is": "",
    "!=": "anything but ",
    "is not": "anything but ",
    "in": "one of ",
    "not in": "none of ",
    "<=": "at most ",
    ">=": "at least ",
    "<": "less than ",
    ">": "more than ",
}
SUBJECTS = {"ids": "The list of ids", "members": "The list of fields"}
"""The properties of a response that are no fields of the API."""


def in_plain_words(error: AssertionError) -> str:
    """Return the field with its actual and its expected value, and the start of the response if there is one."""
    text = str(error).strip()
    message = text.partition("assert ")[0].strip()
    if message.endswith((".", "?")):
        return _cut(message)  # the test has a sentence of its own
    about = f" ({message})" if message else ""
    if match := STATUS.search(text):
        expected = EXPECTED[match[2]] + match[3].strip("()")
        return _cut(f"{match['request']} returned {match[1]}{about}; expected {expected}. {match['body']}")
    if match := NAMES.search(text):
        names = " or ".join(f"`{each}`" for each in NAME.findall(text))
        return _cut(f"No error names {names}{about}: {match['request']} returned {match['body']}")
    if match := DIFFERENCE.search(text):
        return _cut(f"{match[1]}{about}" if message else match[1])
    field = asserted_field(error)
    subject = SUBJECTS.get(field, f"`{field}`") if field else "The value"
    if match := EMPTY.search(text):
        return _cut(f"{subject} is {shown_literal(match[1])}{about}; expected nothing.")
    if match := COMPARISON.search(text):
        received, expected = shown_literal(match[1]), shown_literal(match[3])
        return _cut(f"{subject} is {received}{about}; expected {EXPECTED[match[2]]}{expected}.")
    if not field and (match := CALL.search(text)):
        return _cut(f"`{match[2]}` is {match[1]}{about} for {match[3]}.")
    if match := TRUTH.search(text):
        return _cut(f"{subject} is {shown_literal(match[1])}{about}; expected a value.")
    return _cut(text) or "An assertion failed."


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

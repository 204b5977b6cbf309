"""Turn pytest's explanation of a failed assertion into a sentence for readers who do not read Python."""

from __future__ import annotations

import ast
import re
import traceback
from pathlib import Path

from lead_provider_conformance.http import Response

LONGEST = 600

# Pytest explains a failed comparison as `assert LEFT == RIGHT`, and on the next line the expression that gave LEFT.
STATUS = re.compile(
    r"assert (\d+) (==|in) (.+)\n \+  where \1 = <(?P<request>[A-Z]+ \S+) → \d+ (?P<body>.*?)>\.status$", re.M
)
NAMES = re.compile(
    r"assert False\n \+  where False = names\('(\w+)'\)\n"
    r" \+    where names = <(?P<request>[A-Z]+ \S+) → (?P<body>.*)>\.names$",
    re.M,
)
EMPTY = re.compile(r"assert not (.+)$", re.M)
COMPARISON = re.compile(r"assert (.+?) (==|!=|<=|>=|<|>|is not|is|not in|in) (.+)$", re.M)
CALL = re.compile(r"assert (.+)\n \+  where \1 = (\w+)\((.*)\)$", re.M)
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


def in_plain_words(error: AssertionError) -> str:
    """Return the field with its actual and its expected value, and the start of the response if there is one."""
    text = str(error).strip()
    message = text.partition("assert ")[0].strip().rstrip(":")
    if " " in message:
        return _cut(message)  # the test has a sentence of its own
    about = f" ({message})" if message else ""
    if match := STATUS.search(text):
        expected = EXPECTED[match[2]] + match[3].strip("()")
        return _cut(f"{match['request']} returned {match[1]}{about}; expected {expected}. {match['body']}")
    if match := NAMES.search(text):
        return _cut(f"No error names `{match[1]}`{about}: {match['request']} returned {match['body']}")
    field = _asserted_field(error)
    subject = f"`{field}`" if field else "The value"
    if match := EMPTY.search(text):
        return _cut(f"{subject} is {match[1]}{about}; expected nothing.")
    if match := COMPARISON.search(text):
        return _cut(f"{subject} is {match[1]}{about}; expected {EXPECTED[match[2]]}{match[3]}.")
    if not field and (match := CALL.search(text)):
        return _cut(f"`{match[2]}` is {match[1]}{about} for {match[3]}.")
    if match := TRUTH.search(text):
        return _cut(f"{subject} is {match[1]}{about}; expected a value.")
    return _cut(text) or "An assertion failed."


def asserted_exchange(error: AssertionError) -> str | None:
    """Return the id of the exchange in an assertion such as `refusal.status == 422`; None if it is no variable."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    asserted = _asserted(error)
    if not frames or asserted is None:
        return None
    names = (node.id for node in ast.walk(asserted) if isinstance(node, ast.Name))
    values = (frames[-1].f_locals.get(name) for name in names)
    return next((value.exchange for value in values if isinstance(value, Response)), None)


def _asserted_field(error: AssertionError) -> str | None:
    """Return the name of the field in an assertion such as `shown.state == "voided"`, from its source code."""
    asserted = _asserted(error)
    return _field(asserted) if asserted else None


def _asserted(error: AssertionError) -> ast.expr | None:
    """Return the expression of a failed assertion, from its source code."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return None
    path, line = Path(frames[-1].filename), frames[-1].lineno or 0
    if not path.is_file():
        return None
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or 0):
            return node.test
    return None


def _field(asserted: ast.expr) -> str | None:
    match asserted:
        case ast.Compare(left=value) | ast.UnaryOp(operand=value):
            return _field(value)
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return name
    return None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

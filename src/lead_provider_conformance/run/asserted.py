"""The expression of a failed assertion: its field, and the exchange whose response shows the failure."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from lead_provider_conformance.contract.values import UUID
from lead_provider_conformance.http import IncompleteResponse, Response
from lead_provider_conformance.http.resource import exchange_of
from lead_provider_conformance.model import ShownFailure

FIELDS = {
    "type": "declaration_type",
    "date": "declaration_date",
    "course": "course_identifier",
    "completion_day": "completion_date",
    "schedule": "schedule_identifier",
}
"""The fields of the API behind properties of records that have other names."""


def asserted_field(error: AssertionError) -> str | None:
    """Return the name of the field in an assertion such as `shown.state == "voided"`, from its source code."""
    asserted = _expression(error)
    if asserted is None:
        return None
    local = [frame.f_locals for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
    return _field(asserted, local)


def asserted_exchange(error: AssertionError) -> str | None:
    """Return the id of the exchange that shows a failure; None if it is the latest one of the test.

    It is that of the response, or of the record of a response, in an assertion such as `refusal.status == 422`. An
    assertion that sends a request itself, or that is about values from several responses, shows no single one.
    """
    if isinstance(error, IncompleteResponse | ShownFailure):
        return error.exchange
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    asserted = _expression(error)
    if not frames or asserted is None or _sends_request(asserted, frames[-1]):
        return None
    local = frames[-1].f_locals
    asserted = _WithoutKeys(local).visit(asserted)
    responses = [value.exchange for value in _values(asserted, local) if isinstance(value, Response)]
    records = [shown for value in _values(_received(asserted), local) if (shown := _shown_in(value))]
    return max([*responses, *records], key=_in_order, default=None)


class _WithoutKeys(ast.NodeTransformer):
    """Removes the keys from look-ups such as `listed[started.id]` and `listed.get(started.id)`."""

    def __init__(self, local: Mapping[str, Any]) -> None:
        self._local = local

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Return the value without the key."""
        value: ast.expr = self.visit(node.value)
        return value

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return the local value whose method is called, without the arguments."""
        if isinstance(node.func, ast.Attribute) and next(_names(node.func), None) in self._local:
            called: ast.AST = self.visit(node.func)
            return called
        return self.generic_visit(node)


def _in_order(exchange: str) -> tuple[int, str]:
    return len(exchange), exchange


def _received(asserted: ast.expr) -> ast.expr:
    """Return the part of an assertion that came from the server: the left side, or the right side of `in`.

    In `least <= received <= most` it is the middle.
    """
    match asserted:
        case ast.UnaryOp(operand=value):
            return _received(value)
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[value]):
            return value
        case ast.Compare(comparators=[value, _]):
            return value
        case ast.Compare(left=value):
            return value
    return asserted


def _sends_request(asserted: ast.expr, frame: FrameType) -> bool:
    """Return whether an assertion calls a local function or a method of the API, or passes the API to a function."""
    for call in (node for node in ast.walk(asserted) if isinstance(node, ast.Call)):
        given = (frame.f_locals.get(name) for each in call.args for name in _names(each))
        root = next(_names(call.func), None)
        own = frame.f_locals.get(root) if root else None
        if callable(own) or any(hasattr(each, "send") for each in (own, *given)):
            return True
    return False


def _values(asserted: ast.expr, local: Mapping[str, Any]) -> Iterator[Any]:
    return (local[name] for name in _names(asserted) if name in local)


def _names(expression: ast.expr) -> Iterator[str]:
    return (node.id for node in ast.walk(expression) if isinstance(node, ast.Name))


def _shown_in(value: Any) -> str | None:
    """Return the exchange of a resource, of a record that was read from one, or of the first of several."""
    if isinstance(shown := getattr(value, "exchange", None), str):
        return shown or None
    if isinstance(value, list | tuple):
        return next(filter(None, map(_shown_in, value)), None)
    return exchange_of(getattr(value, "attributes", None))


def _expression(error: AssertionError) -> ast.expr | None:
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


def _field(asserted: ast.expr, local: Mapping[str, Any]) -> str | None:
    match asserted:
        case ast.Compare(left=value) | ast.UnaryOp(operand=value):
            return _field(value, local)
        case ast.Attribute(attr=name):
            return FIELDS.get(name, name)
        case ast.Subscript(slice=key) | ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]):
            named = local.get(key.id) if isinstance(key, ast.Name) else getattr(key, "value", None)
            return named if isinstance(named, str) and not UUID.fullmatch(named) else None
    return None

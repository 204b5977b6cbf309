"""Values in sentences for readers who do not read Python: as in JSON, without brackets around a list."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set

EMPTY = "nothing"


def shown_value(value: object) -> str:
    """Return a value as a sentence shows it, such as `null`, `true`, `'paid'` or `'paid', 'voided'`."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}'"
        case _ if value is ...:
            return "…"
        case Mapping():
            fields = ", ".join(f"{key}: {shown_value(each)}" for key, each in value.items())
            return f"{{{fields}}}" if fields else EMPTY
        case list() | tuple():
            return ", ".join(map(shown_value, value)) or EMPTY
        case Set():
            return ", ".join(sorted(map(shown_value, value))) or EMPTY
    return str(value)


def shown_literal(text: str) -> str:
    """Return the value of a Python literal, as pytest writes it, as a sentence shows it; other text as it is."""
    try:
        return shown_value(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return text

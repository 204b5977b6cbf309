"""Turns the errors of JSON Schema validation into sentences for people.

Of an `anyOf` or `oneOf` that fails, people want to know what is wrong with the alternative that was meant, not that
there were alternatives: `explain` finds that one and speaks of it alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from jsonschema_rs import ValidationError

from lead_provider_conformance.contract.violation import Violation, pointer, writable

MAX_VALUE = 60
"""Values are cut to this many characters."""
MAX_ITEMS = 10
"""The items of lists are counted up to this many: of a large body a validator sees no more."""
MAX_OPTIONS = 6
"""Lists of allowed values are cut to this many."""

_DISCRIMINATORS = frozenset({"const", "enum"})
_KINDS = {
    "object": "an object", "array": "a list", "string": "a string", "integer": "a whole number",
    "number": "a number", "boolean": "true or false", "null": "null",
}  # fmt: skip
_LIMITS = {
    "minimum": "must be at least {limit}", "maximum": "must be at most {limit}",
    "exclusiveMinimum": "must be more than {limit}", "exclusiveMaximum": "must be less than {limit}",
    "minItems": "must have at least {limit} items", "maxItems": "must have at most {limit} items",
    "minLength": "must have at least {limit} characters", "maxLength": "must have at most {limit} characters",
    "minProperties": "must have at least {limit} members", "maxProperties": "must have at most {limit} members",
}  # fmt: skip


def explain(errors: Sequence[ValidationError], rule: str) -> Iterator[Violation]:
    """The violations, under the name `rule`, that the errors of one validation stand for."""
    ill_formed = [error.instance_path for error in errors if error.kind.name == "format"]
    for error in errors:
        kind = error.kind.name
        details: dict[str, Any] = error.kind.as_dict()
        if kind == "pattern" and error.instance_path in ill_formed:
            continue  # what is no date at all need not be told to end in Z
        if kind in ("anyOf", "oneOf") and details["context"] and all(details["context"]):
            yield from _explain_alternatives(details["context"], rule)
        else:
            yield Violation(rule, pointer(error.instance_path), sentence(kind, details, error))


def sentence(kind: str, details: dict[str, Any], error: ValidationError) -> str:
    """One sentence about an error of the JSON Schema keyword `kind`."""
    value = quote_value(error.instance)
    match kind:
        case "type":
            return f"{value} is not {' or '.join(_KINDS[name] for name in _null_last(details['types']))}"
        case "enum":
            return f"{value} is not one of {listed(details['options'])}"
        case "const":
            return f"{value} is not {quote_value(details['expected_value'])}"
        case "required":
            return f"'{details['property']}' is missing"
        case "format":
            return f"{value} is not a valid {details['format']}"
        case "pattern":
            return f"{value} does not match {details['pattern']}"
        case "falseSchema":
            return f"{value} is not allowed here"
        case _ if kind in _LIMITS:
            return f"{value} {_LIMITS[kind].format(limit=details['limit'])}"
        case _:
            return shorten(error.message, 200)


def quote_value(value: Any) -> str:
    """A value as it is quoted in a sentence: strings in quotes and cut short, of the rest only what it is."""
    match value:
        case str():
            return f"'{shorten(value)}'"
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}" if len(value) < MAX_ITEMS else f"a list of {MAX_ITEMS} or more"
        case _:
            return shorten(json.dumps(value))


def shorten(text: str, limit: int = MAX_VALUE) -> str:
    """`text`, cut to `limit` characters, that can be written anywhere."""
    return writable(text if len(text) <= limit else f"{text[: limit - 1]}…")


def listed(options: Sequence[Any]) -> str:
    """Values in a row, as they are quoted in a sentence; a long row is cut short."""
    few = ", ".join(quote_value(option) for option in options[:MAX_OPTIONS])
    more = len(options) - MAX_OPTIONS
    return f"{few} … ({more} more)" if more > 0 else few


def _explain_alternatives(branches: Sequence[Sequence[ValidationError]], rule: str) -> Iterator[Violation]:
    meant = max(branches, key=_likeness)
    for error in meant:
        options = _options_everywhere(error, branches) if error.kind.name in _DISCRIMINATORS else None
        if options is None:
            yield from explain([error], rule)
        else:
            text = f"{quote_value(error.instance)} is not one of {listed(options)}"
            yield Violation(rule, pointer(error.instance_path), text)


def _likeness(branch: Sequence[ValidationError]) -> tuple[int, int, int]:
    """How like the instance an alternative is: it goes wrong deep down, on few fixed values, in few places."""
    return (
        min(len(error.instance_path) + (error.kind.name == "required") for error in branch),
        -sum(error.kind.name in _DISCRIMINATORS for error in branch),
        -len(branch),
    )


def _options_everywhere(error: ValidationError, branches: Sequence[Sequence[ValidationError]]) -> list[Any] | None:
    """What any alternative allows at the error's place, if every one of them refuses the value there."""
    options: list[Any] = []
    for branch in branches:
        here = [e for e in branch if e.instance_path == error.instance_path and e.kind.name in _DISCRIMINATORS]
        if not here:
            return None
        for each in here:
            details = each.kind.as_dict()
            offered = details["options"] if each.kind.name == "enum" else [details["expected_value"]]
            options.extend(option for option in offered if option not in options)
    return options


def _null_last(types: Sequence[str]) -> list[str]:
    return sorted(types, key=lambda name: name == "null")

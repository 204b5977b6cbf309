"""Turn the errors of JSON Schema validation into sentences for people.

If an `anyOf` or `oneOf` fails, `explain` reports the errors of the alternative that the value is most like, instead of
the failure of all alternatives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError

MAX_VALUE = 60
"""Quoted values are cut to this many characters."""
MAX_ITEMS = 10
"""The items of a list are counted up to this number. A slice of a large body has no more."""
MAX_OPTIONS = 6
"""Lists of allowed values are cut to this many."""

_DISCRIMINATORS = frozenset({"const", "enum"})
_ABOUT_MEMBERS = frozenset({"required", "propertyNames"})
TYPE_NAMES = {
    "object": "an object", "array": "a list", "string": "a string", "integer": "a whole number",
    "number": "a number", "boolean": "true or false", "null": "null",
}  # fmt: skip
_SENTENCES = {
    "format": "is not a valid {format}", "pattern": "does not match {pattern}", "falseSchema": "is not allowed here",
    "minimum": "must be at least {limit}", "maximum": "must be at most {limit}",
    "exclusiveMinimum": "must be more than {limit}", "exclusiveMaximum": "must be less than {limit}",
    "minItems": "must have at least {limit} items", "maxItems": "must have at most {limit} items",
    "minLength": "must have at least {limit} characters", "maxLength": "must have at most {limit} characters",
    "minProperties": "must have at least {limit} members", "maxProperties": "must have at most {limit} members",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SchemaError:
    """An error of a value: the path to it, and one sentence. `schema_path` leads to the keyword that it fails.

    `kind` is the keyword, `null` for a null of another type, or `missing` with the name of the missing field.
    """

    path: tuple[str | int, ...]
    sentence: str
    schema_path: tuple[str | int, ...]
    details: dict[str, Any]
    kind: str


def explain(errors: Sequence[ValidationError]) -> Iterator[SchemaError]:
    """Yield the errors of one validation with their sentences."""
    ill_formatted = [error.instance_path for error in errors if error.kind.name == "format"]
    for error in errors:
        kind = error.kind.name
        details: dict[str, Any] = error.kind.as_dict()
        if kind == "pattern" and error.instance_path in ill_formatted:
            continue  # the pattern adds nothing: a value that is not a date need not end in Z
        if kind in ("anyOf", "oneOf") and details["context"] and all(details["context"]):
            yield from _explain_alternatives(details["context"])
        elif kind == "propertyNames":
            key = details["error"]
            yield _schema_error(error, f"the key {_sentence(key.kind.name, key.kind.as_dict(), key)}")
        else:
            yield _schema_error(error, _sentence(kind, details, error))


def quote_value(value: Any) -> str:
    """Return a value for use in a sentence: a short string in quotes, or the kind of an object or a list."""
    match value:
        case str():
            return f"'{shorten(value)}'"
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}" if len(value) < MAX_ITEMS else f"a list of {MAX_ITEMS} or more"
        case _:
            return shorten(json.dumps(value))


def quote_values(values: Sequence[Any]) -> str:
    """Return values for use in a sentence, with commas between; of many values only the first."""
    first = ", ".join(quote_value(value) for value in values[:MAX_OPTIONS])
    more = len(values) - MAX_OPTIONS
    return f"{first} … ({more} more)" if more > 0 else first


def shorten(text: str, limit: int = MAX_VALUE) -> str:
    """Return `text` in UTF-8, cut to `limit` characters."""
    return escape_surrogates(text if len(text) <= limit else f"{text[: limit - 1]}…")


def escape_surrogates(text: str) -> str:
    """Return `text` with its lone surrogates escaped: JSON can hold them, but UTF-8 cannot."""
    return text.encode("utf-8", "backslashreplace").decode()


def _schema_error(error: ValidationError, sentence: str) -> SchemaError:
    details = error.kind.as_dict()
    kind = error.kind.name
    if kind == "required":
        kind = f"missing {details['property']}"
    elif error.instance is None and kind in ("type", "enum", "const"):
        kind = "null"
    return SchemaError(tuple(error.instance_path), sentence, tuple(error.schema_path), details, kind)


def _sentence(kind: str, details: dict[str, Any], error: ValidationError) -> str:
    value = quote_value(error.instance)
    match kind:
        case "type":
            types = sorted(details["types"], key=lambda name: name == "null")  # null last
            return f"{value} is not {' or '.join(TYPE_NAMES[name] for name in types)}"
        case "enum":
            return f"{value} is not one of {quote_values(details['options'])}"
        case "const":
            return f"{value} is not {quote_value(details['expected_value'])}"
        case "required":
            return f"'{details['property']}' is missing"
        case _ if kind in _SENTENCES:
            return f"{value} {_SENTENCES[kind].format_map(details)}"
        case _:
            return shorten(error.message, 200)


def _explain_alternatives(branches: Sequence[Sequence[ValidationError]]) -> Iterator[SchemaError]:
    for error in max(branches, key=_similarity):
        options = _options_of_all(error, branches) if error.kind.name in _DISCRIMINATORS else None
        if options is None:
            yield from explain([error])
        else:
            yield _schema_error(error, f"{quote_value(error.instance)} is not one of {quote_values(options)}")


def _similarity(branch: Sequence[ValidationError]) -> tuple[int, int, int]:
    """Rank an alternative by its errors: deep in the value, few of them about fixed values, few in all."""
    return (
        min(len(error.instance_path) + (error.kind.name in _ABOUT_MEMBERS) for error in branch),
        -sum(error.kind.name in _DISCRIMINATORS for error in branch),
        -len(branch),
    )


def _options_of_all(error: ValidationError, branches: Sequence[Sequence[ValidationError]]) -> list[Any] | None:
    """Return the values that any alternative allows at the place of `error`; None if one allows the value there."""
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

"""Coverage of a case as labels of the form `operation place keyword kind`, whatever generator made the case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# By scenario of Schemathesis: the JSON Schema keyword, and the kind of request.
KINDS: Mapping[str, tuple[str, str]] = {
    "value_above_maximum": ("maximum", "boundary-above"),
    "value_below_minimum": ("minimum", "boundary-below"),
    "string_above_max_length": ("maxLength", "boundary-above"),
    "string_below_min_length": ("minLength", "boundary-below"),
    "array_above_max_items": ("maxItems", "boundary-above"),
    "array_below_min_items": ("minItems", "boundary-below"),
    "object_above_max_properties": ("maxProperties", "boundary-above"),
    "object_below_min_properties": ("minProperties", "boundary-below"),
    "object_unexpected_properties": ("additionalProperties", "unknown-member"),
    "object_invalid_property_name": ("propertyNames", "unknown-member"),
    "object_missing_required_property": ("required", "missing"),
    "missing_parameter": ("required", "missing"),
    "incorrect_type": ("type", "wrong-type"),
    "invalid_enum_value": ("enum", "wrong-value"),
    "invalid_format": ("format", "wrong-format"),
    "invalid_pattern": ("pattern", "wrong-format"),
    "not_multiple_of": ("multipleOf", "wrong-value"),
    "non_unique_items": ("uniqueItems", "wrong-value"),
    "unique_items_array": ("uniqueItems", "wrong-value"),
    "duplicate_parameter": ("", "duplicate"),
    "malformed_content_type": ("", "media-type"),
    "unsupported_content_type": ("", "media-type"),
}
FUZZED = ("", "fuzzed")
LIST_QUERY = "query="
"""Prefix of the kind of a list query with a known result."""
MALFORMED = "malformed="
"""Prefix of the kind of a body that is not JSON."""
MISTAKE = "mistake="
"""Prefix of the kind of a plain mistake, which every run sends."""


def label(operation: str, place: str = "", keyword: str = "", kind: str = "") -> str:
    """Return one label; a part that does not apply is a hyphen."""
    return " ".join(part or "-" for part in (operation, place, keyword, kind))


def kind_of(label: str) -> str:
    """Return the kind of a label without its value: `method` of `method=DELETE`."""
    return label.rpartition(" ")[2].partition("=")[0]


def labels_of_valid(operation: str, query: Sequence[tuple[str, str]], body: Any) -> Iterator[str]:
    """Yield the labels of a valid request: its fields, each with a class of values."""
    yield label(operation, kind="valid")
    for name, value in query:
        yield label(operation, f"query:{name}", "", f"value={_value_class(value)}")
    for place, value in _leaves(body, ""):
        yield label(operation, place, "", f"value={_value_class(value)}")
    attributes = body.get("data", {}).get("attributes") if isinstance(body, dict) else None
    if isinstance(attributes, dict):
        yield label(operation, "/data/attributes", "properties", f"fields={'+'.join(sorted(attributes))}")


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, f"{place}/*")
    elif place:
        yield place, value


def _value_class(value: Any) -> str:
    """Return a word of an enumeration as it is, a number as its size, and anything else as its type."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    text = str(value)
    if text.lstrip("-").isdigit():
        return f"{len(text)}-digits"
    if text.startswith("{") or (len(text) < 40 and text.replace("-", "").replace("_", "").isalnum() and text.isascii()):
        return text if any(mark in text for mark in "-_{") or text.isalpha() else "text"
    return "text"

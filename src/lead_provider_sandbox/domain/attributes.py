"""The attributes of a request body, once parsed."""

from __future__ import annotations

from collections.abc import Mapping

Scalar = str | int | float | bool
Attributes = Mapping[str, Scalar]
"""Attributes with a scalar value; nulls, lists and objects are left out (behaviour ERR-NON-SCALAR-ATTRIBUTE)."""


def text(attributes: Attributes, name: str) -> str | None:
    """Return an attribute as text; None if it is missing or blank."""
    value = attributes.get(name)
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    return str(value).strip() or None

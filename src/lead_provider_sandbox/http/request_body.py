"""The request body: JSON, read defensively, and the attributes in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from lead_provider_sandbox.http.form import read_form
from lead_provider_sandbox.http.responses import WRONG_STRUCTURE, bad_request

if TYPE_CHECKING:
    from lead_provider_sandbox.http.call import Call

_JSON_TYPES = ("application/json", "application/vnd.api+json", "text/x-json")
"""What is read as JSON (behaviour HDR-REQUEST-CONTENT-TYPES); other types count as no body at all."""

_FORM_TYPE = "application/x-www-form-urlencoded"

Scalar = str | int | float | bool
Attributes = Mapping[str, Scalar]
"""The usable attributes of a body: no nulls, no lists, no objects (behaviour ERR-NON-SCALAR-ATTRIBUTE)."""


def document(call: Call) -> Any:
    """The body as a JSON document; an empty object when there is none. Raises 400 when it is not JSON."""
    media_type = call.content_type.partition(";")[0].strip().lower()
    if media_type == _FORM_TYPE:
        return read_form(call.body)
    if media_type not in _JSON_TYPES or not call.body.strip():
        return {}
    try:
        return json.loads(call.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request("The request body is not valid JSON") from error


def attributes(call: Call) -> Attributes:
    """The attributes under `data`; none when `attributes` is missing (behaviour ERR-MISSING-ATTRIBUTES-422).

    Raises 400 when there is no usable `data` (behaviour ERR-MISSING-DATA-400).
    """
    data = _data(document(call))
    found = data.get("attributes")
    if not isinstance(found, dict):
        return {}
    return {name: clean(value) for name, value in found.items() if isinstance(value, str | int | float | bool)}


def _data(whole: Any) -> Mapping[str, Any]:
    data = whole.get("data") if isinstance(whole, dict) else None
    if not isinstance(data, dict) or not data:
        raise bad_request(WRONG_STRUCTURE)
    return data


def clean(value: Scalar) -> Scalar:
    """A scalar that any database can hold: NULs and lone surrogates replaced."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return value


def text(given: Attributes, name: str) -> str | None:
    """An attribute as text; None when it is missing or blank."""
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    return str(value).strip() or None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

"""The request body and its attributes."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from lead_provider_sandbox.domain.attributes import Attributes, Scalar
from lead_provider_sandbox.http.form_body import parse_form
from lead_provider_sandbox.http.request import ApiRequest
from lead_provider_sandbox.http.responses import bad_request

_JSON_TYPES = ("application/json", "application/vnd.api+json", "text/x-json")
"""Media types parsed as JSON (behaviour HDR-REQUEST-CONTENT-TYPES); other types count as no body."""

_FORM_TYPE = "application/x-www-form-urlencoded"


def document(request: ApiRequest) -> Any:
    """Return the parsed body; an empty object if there is none. Raise a 400 if it is not JSON."""
    media_type = request.content_type.partition(";")[0].strip().lower()
    if media_type == _FORM_TYPE:
        return parse_form(request.body)
    if media_type not in _JSON_TYPES or not request.body.strip():
        return {}
    try:
        return json.loads(request.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise bad_request("The request body is not valid JSON") from error


def attributes(request: ApiRequest) -> Attributes:
    """Return the attributes under `data`; empty if `attributes` is missing (behaviour ERR-MISSING-ATTRIBUTES-422).

    Raise a 400 without a usable `data` (behaviour ERR-MISSING-DATA-400).
    """
    body = document(request)
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict) or not data:
        raise bad_request(request.forms.wrong_structure)
    values = data.get("attributes")
    if not isinstance(values, dict):
        return {}
    return {name: _clean(value) for name, value in values.items() if isinstance(value, str | int | float | bool)}


def known_attributes(request: ApiRequest, *names: str) -> Attributes:
    """Return the attributes with known names, of which there must be one with any value.

    Raise a 400 without a usable `data`, or with `attributes` that have no known name.
    """
    body = document(request)
    data = body.get("data") if isinstance(body, dict) else None
    values = data.get("attributes") if isinstance(data, dict) else None
    if not isinstance(values, dict) or not set(values) & set(names):
        raise bad_request(request.forms.wrong_structure)
    return {
        name: _clean(value)
        for name, value in values.items()
        if name in names and isinstance(value, str | int | float | bool)
    }


def _clean(value: Scalar) -> Scalar:
    """Replace NULs and lone surrogates, which databases refuse."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

"""The JSON Schemas of what users write and of what runs leave behind, and the sentences that tell what breaks them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

if TYPE_CHECKING:
    import jsonschema


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema called `name`, such as `target`."""
    text = resources.files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _glance(name: str) -> Draft202012Validator:
    """Tells whether something is right, in a hundredth of the time that it takes to tell what is wrong."""
    return Draft202012Validator(schema(name), validate_formats=True)


@cache
def validator(name: str) -> jsonschema.protocols.Validator:
    """A validator for the schema called `name`, with formats asserted."""
    import jsonschema  # only somebody who has made a mistake has to wait for it

    return jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)


def problems(name: str, content: Any) -> Iterator[str]:
    """One sentence for each thing in `content` that the schema called `name` does not allow."""
    if _is_right(name, content):
        return
    for error in sorted(validator(name).iter_errors(content), key=lambda e: [str(p) for p in e.absolute_path]):
        yield _sentence(error)


def _is_right(name: str, content: Any) -> bool:
    try:
        return _glance(name).is_valid(content)
    except ValueError:  # it holds what JSON does not know, such as a date of YAML
        return False


def _sentence(error: jsonschema.ValidationError) -> str:
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path).lstrip(".")
    place = f"`{where}`" if where else "the top level"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        level: Any = error.schema
        known = level.get("properties", {})
        unknown = sorted(str(key) for key in error.instance if key not in known)
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean `{close[0]}`?" if close else f"the keys here are {', '.join(sorted(known))}."
        return f"`{unknown[0]}` is not a key of {place}; {hint}"
    rule: Any = error.validator_value
    if isinstance(error.schema, dict) and error.schema.get("writeOnly"):
        # A secret: what stands there is not repeated.
        return f"{place} is not right: it breaks `{error.validator}`, which is {json.dumps(rule)}."
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = next(key for key in rule if key not in error.instance)
        return f"`{missing}` is missing at {place}; add it."
    if error.validator == "enum":
        return f"{place} is {_shown(error.instance)}; write one of {', '.join(map(str, rule))}."
    if error.validator == "type":
        return f"{place} is {_shown(error.instance)}; it has to be of type {rule}."
    return f"{place} is not right: {error.message}."


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"

"""JSON Schemas of the files that people write and that runs write, and the errors of such files as sentences."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from jsonschema_rs import Draft202012Validator

from lead_provider_conformance.schemas.sentences import SchemaError, explain


class Problem(str):
    """A sentence about an error of some content, with the `path` to it."""

    __slots__ = ("path",)
    path: tuple[str | int, ...]

    @classmethod
    def at(cls, path: Sequence[str | int], sentence: str) -> Problem:
        """Return the sentence with its path."""
        problem = cls(sentence)
        problem.path = tuple(path)
        return problem


def problems(name: str, content: Any) -> Iterator[Problem]:
    """Yield one sentence for each error of `content` against the schema `name`, such as `target`."""
    try:
        errors = list(explain(list(_validator(name).iter_errors(content))))
    except ValueError as error:  # a value that JSON does not have, such as binary data
        yield Problem.at((), f"a value is not JSON: {error}.")
        return
    # A misspelt key is also a missing key: the sentence about the spelling helps more, and comes first.
    for each in sorted(errors, key=lambda error: ([str(part) for part in error.path], not _names_unknown_key(error))):
        key = each.details["unexpected"][:1] if _names_unknown_key(each) else ()
        yield Problem.at((*each.path, *key), _sentence(_schema(name), each))


@cache
def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = _with_parts_of_others(
        json.loads(resources.files(__name__).joinpath(f"{name}.schema.json").read_bytes())
    )
    return schema


def _with_parts_of_others(node: Any) -> Any:
    """Return a part of a schema, with the parts that it takes from others by `"$ref": "target.schema.json#/a/b"`."""
    match node:
        case {"$ref": str(reference)} if not reference.startswith("#"):
            name, _, place = reference.partition(".schema.json#/")
            part: Any = _schema(name)
            for each in place.split("/"):
                part = part[each]
            return part
        case dict():
            return {key: _with_parts_of_others(value) for key, value in node.items()}
        case list():
            return [_with_parts_of_others(value) for value in node]
    return node


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(_schema(name), validate_formats=True)


def _sentence(schema: Any, error: SchemaError) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path).lstrip(".")
    place = f"`{where}`" if where else "the top level"
    *parents, keyword = error.schema_path
    for part in parents:
        schema = schema[part]
    if _names_unknown_key(error):
        return _unknown_key(error.details["unexpected"][0], place, schema.get("properties", {}))
    if isinstance(schema, dict) and schema.get("writeOnly"):
        return f"{place} is not valid: it needs `{keyword}: {schema[keyword]}`."  # without the value, a secret
    if keyword == "required":
        return f"`{error.details['property']}` is missing at {place}; add it."
    return f"{place} is not valid: {error.sentence}."


def _names_unknown_key(error: SchemaError) -> bool:
    return "unexpected" in error.details


def _unknown_key(key: str, place: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"the keys here are {', '.join(sorted(known))}."
    return f"there is no key `{key}` at {place}; {hint}"

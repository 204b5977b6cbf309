"""Parse JSON bodies, and validate them against schemas."""

from __future__ import annotations

import contextlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import islice
from operator import getitem
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator, Registry

from lead_provider_conformance.contract.members import Shape, shape_of, undocumented
from lead_provider_conformance.contract.personal_data import shows_personal_data
from lead_provider_conformance.contract.slices import NESTED_ITEMS, slices
from lead_provider_conformance.contract.violation import Violation, pointer
from lead_provider_conformance.schemas.sentences import explain, quote_value, shorten
from lead_provider_conformance.text import without_positions

MAX_VIOLATIONS = 20
"""The number of violations that are reported for one body; the rest are counted."""
MAX_COUNTED = 1_000
"""The largest count: the body of a hostile server has millions."""

_URI = "urn:lead-provider-conformance:contract"


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """A schema of the contract that validates values."""

    validator: Draft202012Validator
    shape: Shape

    def violations(self, value: Any, rule: str) -> Iterator[Violation]:
        """Yield a violation of `rule` for each error of `value` against the schema."""
        try:
            if not self.validator.is_valid(value):
                yield from self._violations_by_slice(value, rule)
        except (ValueError, RecursionError) as error:  # the validator's limit of depth is lower than the parser's
            yield Violation(rule, "", f"the body cannot be checked: {str(error).lower()}")

    def _violations_by_slice(self, value: Any, rule: str) -> Iterator[Violation]:
        reported = False
        for part in slices(value):
            for error in explain(list(self.validator.iter_errors(part.value))):
                where = part.pointer_in_body(pointer(error.path))
                if where is not None:
                    reported = True
                    yield Violation(rule, where, error.sentence, error.kind)
        if not reported:
            yield Violation(rule, "", f"a list within another list is not valid after its first {NESTED_ITEMS} items")

    def body_violations(self, body: bytes, rule: str) -> Iterator[Violation]:
        """Yield the violations of a JSON body, with those of members that are not documented. Raise NotJsonError."""
        value = parse_json(body)
        yield from self.violations(value, rule)
        yield from self.undocumented(value)

    def response_violations(self, body: bytes, rule: str) -> Iterator[Violation]:
        """Yield those of `body_violations`, and one for each undocumented member with personal data."""
        value = parse_json(body)
        yield from self.violations(value, rule)
        for path in undocumented(self.shape, value):
            yield _undocumented(path)
            if shows_personal_data(str(path[-1]), reduce(getitem, path, value)):
                message = f"{quote_value(path[-1])} shows personal data, and is not documented"
                yield Violation("personal-data", pointer(path), message)

    def undocumented(self, value: Any) -> Iterator[Violation]:
        """Yield a violation for each member of `value` that the schema does not document."""
        yield from (_undocumented(path) for path in undocumented(self.shape, value))


class SchemaCompiler:
    """Compile the schemas of one bundled document, each once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        """The bundled document."""
        self._registry = Registry([(_URI, dict(document))])
        self._compiled: dict[int, CompiledSchema] = {}

    def compile(self, schema: Mapping[str, Any]) -> CompiledSchema:
        """Return the compiled schema object, which belongs to the document."""
        key = id(schema)  # unique, because the compiler keeps the document alive
        if key not in self._compiled:
            validator = Draft202012Validator(
                _absolute(schema), registry=self._registry, validate_formats=True, offline=True
            )
            self._compiled[key] = CompiledSchema(validator, shape_of(self.document, schema))
        return self._compiled[key]


class NotJsonError(ValueError):
    """A body is not JSON. The message has the reason."""


@lru_cache(maxsize=1)
def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text. Raise NotJsonError.

    The last value is cached, because a response is validated first and then read by the test that sent the request.
    """
    with contextlib.suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):
        value = orjson.loads(body)
        # orjson is much faster, but accepts duplicate keys and other errors. Such a text differs when written again.
        if orjson.dumps(value) == body:
            return value
    try:
        # Decoded first: from bytes, Python's parser would guess the encoding, but JSON is UTF-8 (RFC 8259, 8.1).
        return json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_number, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise NotJsonError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise NotJsonError(f"it is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        start = shorten(body[:60].decode("utf-8", "replace"), 40)
        raise NotJsonError(f"{error.msg} at line {error.lineno}, column {error.colno}; it begins {start!r}") from error
    except NotJsonError:
        raise
    except ValueError as error:  # Python's limit for whole numbers is 4300 digits
        raise NotJsonError("it has a number that is too long") from error


def essence(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Return whether the media type is one of JSON."""
    return media_type == "application/json" or media_type.endswith("+json")


def limited(violations: Iterator[Violation], rule: str) -> tuple[Violation, ...]:
    """Return MAX_VIOLATIONS of them, and if there are more, a violation of `rule` with their number.

    The first of each cause comes before others, so that a defect of many records does not hide another one.
    """
    found = tuple(islice(violations, MAX_VIOLATIONS + MAX_COUNTED))
    rest = len(found) - MAX_VIOLATIONS
    if rest <= 0:
        return found
    first: dict[tuple[str, str, str], int] = {}
    for index, each in enumerate(found):
        first.setdefault((each.rule, without_positions(each.where), each.kind), index)
    chosen = list(dict.fromkeys((*first.values(), *range(len(found)))))[:MAX_VIOLATIONS]
    count = str(rest) if rest < MAX_COUNTED else f"{MAX_COUNTED} or"
    return (*(found[index] for index in sorted(chosen)), Violation(rule, "", f"and {count} more"))


def _undocumented(path: tuple[str | int, ...]) -> Violation:
    return Violation("undocumented-member", pointer(path), f"{quote_value(path[-1])} is not a documented member")


def _absolute(node: Any) -> Any:
    """Return the schema with absolute references, because the validator sees it without its document."""
    if isinstance(node, Mapping):
        return {k: f"{_URI}{v}" if k == "$ref" else _absolute(v) for k, v in node.items()}
    return [_absolute(item) for item in node] if isinstance(node, list) else node


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raise NotJsonError for duplicate names, which parsers read differently (RFC 8259, 4)."""
    value = dict(members)
    if len(value) < len(members):
        ((name, times),) = Counter(name for name, _ in members).most_common(1)
        raise NotJsonError(f"an object in it has {times} members {quote_value(name)}")
    return value


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJsonError(f"it has a number that is too large: {shorten(text)}")
    return number


def _refuse_constant(name: str) -> Any:
    raise NotJsonError(f"it has {name}, which is not JSON")

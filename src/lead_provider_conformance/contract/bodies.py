"""What checks of requests and of responses share: reading JSON, and holding a value against a schema."""

from __future__ import annotations

import contextlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator, Registry

from lead_provider_conformance.contract.members import Shape, all_documented, shape_of, undocumented
from lead_provider_conformance.contract.slices import NESTED_ITEMS, slices
from lead_provider_conformance.contract.violation import Violation, pointer
from lead_provider_conformance.schemas.sentences import explain, quote_value, shorten

MAX_VIOLATIONS = 20
"""Of one body this many are told; the rest are counted."""
MAX_COUNTED = 1_000
"""And no more than this many: a hostile body has millions."""

_URI = "urn:lead-provider-conformance:contract"


@dataclass(frozen=True, slots=True)
class CompiledSchema:
    """A schema, ready to check values."""

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
                    yield Violation(rule, where, error.sentence)
        if not reported:
            yield Violation(rule, "", f"a list within another list is not valid after its first {NESTED_ITEMS} items")

    def undocumented(self, value: Any) -> Iterator[Violation]:
        """The members of `value` that the schema does not name."""
        if all_documented(self.shape, value):
            return
        for path in undocumented(self.shape, value):
            yield Violation("undocumented-member", pointer(path), f"{quote_value(path[-1])} is not a documented member")


class SchemaCompiler:
    """Compiles the schemas of one bundled document, each once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """The references of every schema are local to `document`."""
        self._document = document
        self._registry = Registry([(_URI, {"components": document["components"]})])
        self._compiled: dict[int, CompiledSchema] = {}

    def compile(self, schema: Mapping[str, Any]) -> CompiledSchema:
        """The compiled form of a schema object of the document."""
        key = id(schema)  # the document lives as long as this compiler, so that ids stay true
        if key not in self._compiled:
            validator = Draft202012Validator(
                _absolute(schema), registry=self._registry, validate_formats=True, offline=True
            )
            self._compiled[key] = CompiledSchema(validator, shape_of(self._document, schema))
        return self._compiled[key]


class NotJsonError(ValueError):
    """A body that should be JSON is not; the text says why."""


@lru_cache(maxsize=1)
def parse_json(body: bytes) -> Any:
    """The value of a JSON text. Raises `NotJsonError`.

    The last is kept: an answer is read to hold it against the contract, and then by the test that asked for it.
    """
    with contextlib.suppress(orjson.JSONDecodeError, orjson.JSONEncodeError):
        value = orjson.loads(body)
        # It is much faster, and passes over what is asked below, but none of that is written as it was read.
        if orjson.dumps(value) == body:
            return value
    try:
        # As text: of bytes Python's parser guesses the encoding, and JSON is UTF-8 (RFC 8259, 8.1).
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
    except ValueError as error:  # Python reads no whole number of more than 4300 digits
        raise NotJsonError("it holds a number that is too long") from error


def essence(content_type: str) -> str:
    """A content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type says that the body is JSON."""
    return media_type == "application/json" or media_type.endswith("+json")


def capped(violations: Iterator[Violation], rule: str) -> tuple[Violation, ...]:
    """The first `MAX_VIOLATIONS`, and one under the name `rule` that counts the rest if there are any."""
    told = tuple(islice(violations, MAX_VIOLATIONS))
    rest = sum(1 for _ in islice(violations, MAX_COUNTED))
    count = str(rest) if rest < MAX_COUNTED else f"{MAX_COUNTED} or"
    return (*told, Violation(rule, "", f"and {count} more")) if rest else told


def _absolute(node: Any) -> Any:
    """A schema whose references, local to the document, say that they are: the validator sees the schema alone."""
    if isinstance(node, Mapping):
        return {k: f"{_URI}{v}" if k == "$ref" else _absolute(v) for k, v in node.items()}
    return [_absolute(item) for item in node] if isinstance(node, list) else node


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. One that says two things under one name means something else to every reader (RFC 8259, 4)."""
    found = dict(members)
    if len(found) < len(members):
        ((name, times),) = Counter(name for name, _ in members).most_common(1)
        raise NotJsonError(f"an object in it has {times} members {quote_value(name)}")
    return found


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJsonError(f"it holds a number that is too large: {shorten(text)}")
    return number


def _refuse_constant(name: str) -> Any:
    raise NotJsonError(f"it holds {name}, which JSON does not know")

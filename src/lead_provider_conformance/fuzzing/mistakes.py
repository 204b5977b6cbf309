"""Plain mistakes of clients, which a server must survive: every run sends all of them.

No published text fixes the response to most of them, so any response but a server error passes. They differ from
generated mistakes: each occurs on its own, in the plainest form, in every operation that can have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.fuzzing.case import VALID, Case, Expected
from lead_provider_conformance.fuzzing.coverage_labels import MISTAKE, label
from lead_provider_conformance.fuzzing.impossible_values import in_body, in_query
from lead_provider_conformance.fuzzing.overlay import pinned_values
from lead_provider_conformance.fuzzing.validity import assess

LONG_NUMBER = "12345678901234567890"
OFFSET_TIME = "2000-01-01T00:00:00+01:00"
UTC_TIME = "2000-01-01T00:00:00Z"
UTC_ONLY_SINCE = "2026-08"
"""The first edition in which another test sends times with an offset: both services refuse them today."""
_NESTED = "[" * 2_000 + "]" * 2_000
_PAGES = {
    "scalar-page": ("page", "abc"),
    "page-in-list": ("page[]", "0"),
    "page-of-20-digits": ("page[page]", LONG_NUMBER),
}
_TIMES = {"no-such-day": ("", "2024-02-31"), "time-in-list": ("[]", "1")}
_IDS = {"no-uuid": "abc", "empty": ""}
_TIME_FILTERS = ("updated_since", "created_since")
_ID_FILTERS = ("participant_id", "delivery_partner_id", "from_participant_id")
_MATCHING = {"cohort": "2022", "urn": "100000"}
"""Values of filters that accept any text."""
_UNKNOWN_ID = "{unknown}"

Query = tuple[tuple[str, str], ...]


def mistakes(contract: Contract, operation: Operation, valid: Case, programme: str) -> Iterator[Case]:
    """Yield the plain mistakes that a request to the operation can have, and one request with every filter."""
    required = {f"filter[{name}]": f"{{{name}}}" for name in _required(contract, operation)}
    for name, defect, pair in _in_query(contract, operation):
        query = (*(each for each in required.items() if each[0] != pair[0]), pair)
        case = replace(valid, query=query, content=None, defect=defect)
        yield _mistake(contract, case, name, f"query:{pair[0]}", programme)
    if "requestBody" in operation.definition:
        for name, defect, place, content in _in_body(contract, operation, valid):
            case = replace(valid, query=(), content=content, content_type="application/json", defect=defect)
            yield _mistake(contract, case, name, place, programme)
    if every_filter := _every_filter(contract, operation):
        covered = label(operation.id, "query", "", f"{MISTAKE}every-filter")
        yield replace(valid, query=every_filter, expected=Expected.ACCEPTED, labels=(covered,))


def _mistake(contract: Contract, case: Case, name: str, place: str, programme: str) -> Case:
    """Return the case as one to be refused if servers must notice the mistake, otherwise as a lenient one."""
    filled = case.fill(pinned_values(case.placeholders(), programme))
    content_type = case.content_type if case.content else ""
    operation = contract.operation(case.operation)
    validity = assess(contract, operation, filled.path, filled.query, content_type, filled.raw)
    expected = Expected.LENIENT if validity.expected in VALID else validity.expected
    covered = label(case.operation, place, "", f"{MISTAKE}{name}")
    return replace(case, expected=expected, field=validity.field, labels=(covered,))


def _in_query(contract: Contract, operation: Operation) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield name, defect and parameter of the mistakes in a query."""
    schemas = _queries(contract, operation)
    if "page" in schemas:
        for name, pair in _PAGES.items():
            yield name, f"{'='.join(pair)} is no page", pair
    if "sort" in schemas:
        yield "unknown-sort-key", "full_name is no sort key", ("sort", "full_name")
    for filtered in schemas.get("filter", {}).get("properties", {}):
        if filtered in _TIME_FILTERS:
            for name, (suffix, value) in _TIMES.items():
                pair = (f"filter[{filtered}]{suffix}", value)
                yield f"{filtered}-{name}", f"{'='.join(pair)} is no time", pair
        if filtered in _ID_FILTERS:
            for name, value in _IDS.items():
                pair = (f"filter[{filtered}]", value)
                yield f"{filtered}-{name}", f"{'='.join(pair)} is no id", pair
    filters = list(schemas.get("filter", {}).get("properties", {}))
    times = [name for name in filters if name in _TIME_FILTERS]
    alike = [each.id for each in contract.operations if _queries(contract, each)]
    turn = _turn(contract, operation, alike)
    for impossible, pair in in_query(
        filters, times, has_pages="page" in schemas, has_sort="sort" in schemas, turn=turn
    ):
        yield impossible.kind, impossible.defect, pair


def _in_body(contract: Contract, operation: Operation, valid: Case) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, defect, place and content of the mistakes in a body."""
    data = _data_schema(contract, operation)
    kind = {"type": data["properties"]["type"]["const"]}
    yield "text-as-data", "data is a text", "/data", json.dumps({"data": "abc"})
    yield "no-attributes", "data has no attributes", "/data", json.dumps({"data": kind})
    yield "deep-json", "the body is nested 2,000 deep", "body", _NESTED
    formats = _formats(contract, data)
    valid_data = json.loads(valid.content)["data"] if valid.content and valid.expected in VALID else kind
    alike = [each.id for each in contract.operations if "requestBody" in each.definition]
    for impossible, content in in_body(valid_data, formats, turn=_turn(contract, operation, alike)):
        yield impossible.kind, impossible.defect, impossible.place, content


def _turn(contract: Contract, operation: Operation, alike: Sequence[str]) -> int:
    """Return a number by which operations that are alike, and the versions of one, take turns."""
    return alike.index(operation.id) + int(contract.version[1:]) if operation.id in alike else 0


def _every_filter(contract: Contract, operation: Operation) -> Query:
    """Return a query with every filter and an order of a list, as two of them together may fail."""
    schemas = _queries(contract, operation)
    filters = schemas.get("filter", {}).get("properties", {})
    if "page" not in schemas or not filters:
        return ()
    required = _required(contract, operation)
    query = [
        (f"filter[{name}]", f"{{{name}}}" if name in required else _value(contract, name, filters[name]))
        for name in filters
    ]
    if "sort" in schemas:
        query.append(("sort", "updated_at"))
    return tuple(query)


def _value(contract: Contract, name: str, schema: Mapping[str, Any]) -> str:
    if name in _TIME_FILTERS:
        return UTC_TIME if contract.edition >= UTC_ONLY_SINCE else OFFSET_TIME
    if name in _ID_FILTERS:
        return _UNKNOWN_ID
    words = resolve(contract.document, schema).get("enum")
    return str(words[0]) if words else _MATCHING[name]


def _queries(contract: Contract, operation: Operation) -> Mapping[str, Mapping[str, Any]]:
    return {
        each["name"]: resolve(contract.document, each["schema"])
        for each in operation.parameters
        if each["in"] == "query"
    }


def _required(contract: Contract, operation: Operation) -> tuple[str, ...]:
    return tuple(_queries(contract, operation).get("filter", {}).get("required", ()))


def _data_schema(contract: Contract, operation: Operation) -> Mapping[str, Any]:
    """Return the schema of the data in a request body; of several alternatives, the first."""
    body = resolve(contract.document, operation.definition["requestBody"])
    schema = resolve(contract.document, next(iter(body["content"].values()))["schema"])
    schema = resolve(contract.document, next(iter(schema.get("anyOf", [schema]))))
    return resolve(contract.document, schema["properties"]["data"])


def _formats(contract: Contract, data: Mapping[str, Any]) -> Mapping[str, str | None]:
    """Return the fields of the attributes in the data of a request, each with the format of its text."""
    attributes = resolve(contract.document, data["properties"].get("attributes", {}))
    alternatives = [resolve(contract.document, each) for each in attributes.get("anyOf", [attributes])]
    return {
        name: resolve(contract.document, schema).get("format")
        for each in alternatives
        for name, schema in each.get("properties", {}).items()
    }

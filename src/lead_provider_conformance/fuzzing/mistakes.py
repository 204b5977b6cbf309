"""Plain mistakes of clients, which a server must survive: every run sends all of them.

No published text fixes the response to most of them, so any response but a server error passes. They differ from
generated mistakes: each occurs on its own, in the plainest form, in every operation that can have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.fuzzing.case import VALID, Case, Expected
from lead_provider_conformance.fuzzing.coverage_labels import MISTAKE, label
from lead_provider_conformance.fuzzing.overlay import COHORT, SUBJECT
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
_IDS_OF_OVERLAY = {"subject": SUBJECT, "cohort": COHORT}

Query = tuple[tuple[str, str], ...]


def mistakes(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    """Yield the plain mistakes that a request to the operation can have, and one request with every filter."""
    required = tuple((f"filter[{name}]", f"{{{name}}}") for name in _required(contract, operation))
    for name, defect, pair in _in_query(contract, operation):
        case = replace(valid, query=(*required, pair), content=None, defect=defect)
        yield _mistake(contract, case, name, f"query:{pair[0]}")
    if "requestBody" in operation.definition:
        for name, defect, content in _in_body(contract, operation):
            case = replace(valid, query=(), content=content, content_type="application/json", defect=defect)
            yield _mistake(contract, case, name, "body" if content == _NESTED else "/data")
    if every_filter := _every_filter(contract, operation):
        covered = label(operation.id, "query", "", f"{MISTAKE}every-filter")
        yield replace(valid, query=every_filter, expected=Expected.ACCEPTED, labels=(covered,))


def _mistake(contract: Contract, case: Case, name: str, place: str) -> Case:
    """Return the case as one to be refused if servers must notice the mistake, otherwise as a lenient one."""
    filled = case.fill(_IDS_OF_OVERLAY)
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


def _in_body(contract: Contract, operation: Operation) -> Iterator[tuple[str, str, str]]:
    """Yield name, defect and content of the mistakes in a body."""
    yield "text-as-data", "data is a text", json.dumps({"data": "abc"})
    yield "no-attributes", "data has no attributes", json.dumps({"data": {"type": _type_of_data(contract, operation)}})
    yield "deep-json", "the body is nested 2,000 deep", _NESTED


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


def _type_of_data(contract: Contract, operation: Operation) -> str:
    """Return the documented type of the data in a request body."""
    body = resolve(contract.document, operation.definition["requestBody"])
    media = next(iter(body["content"].values()))
    schema = resolve(contract.document, media["schema"])
    schema = resolve(contract.document, next(iter(schema.get("anyOf", [schema]))))
    return str(schema["properties"]["data"]["properties"]["type"]["const"])

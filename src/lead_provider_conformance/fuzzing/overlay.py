"""The contract as input for Schemathesis, with a target's ids, courses and dates pinned to placeholder values.

With pinned values valid requests get past validation, and an invalid one is invalid in one way only. Generators only
make values that a schema allows, and `{participant}` is no UUID. So schemas get one of these values instead, and a
generated request that contains it is stored with the placeholder.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lead_provider_conformance.contract.operation import resolve

SUBJECT = "00000000-0000-4000-8000-5ab1ec700001"
PARTICIPANT = "00000000-0000-4000-8000-5ab1ec700002"
SCHOOL = "00000000-0000-4000-8000-5ab1ec700003"
PARTNER = "00000000-0000-4000-8000-5ab1ec700004"
COHORT, COHORT_PLACEHOLDER = "2098", "{cohort}"
DATE = "2001-02-03T04:05:06Z"
COURSES = {"ecf": "ecf-induction", "npq": "npq-leading-teaching"}

_PLACEHOLDERS = {
    SUBJECT: "{subject}",
    PARTICIPANT: "{participant}",
    SCHOOL: "{school}",
    PARTNER: "{partner}",
    COHORT: COHORT_PLACEHOLDER,
}


def overlay_document(document: Mapping[str, Any], programme: str, *, pinned: bool = True) -> dict[str, Any]:
    """Return a copy of a bundled document for one programme, without the other programme's bodies.

    Ids in paths are always pinned, and so is a cohort that a query requires. With `pinned`, so are participants,
    courses, schools, delivery partners and declaration dates in bodies and filters. Authentication is removed: the
    client adds it, and probes cover it.
    """
    overlay = copy.deepcopy(dict(document))
    overlay.pop("security", None)
    overlay.get("components", {}).pop("securitySchemes", None)
    for node in _objects(overlay):
        if node.get("in") == "path" and node.get("name") in ("id", "participant_id"):
            node["schema"] = {"type": "string", "format": "uuid", "enum": [SUBJECT]}
            node.pop("example", None)
            node.pop("examples", None)
        if node.get("in") == "query" and node.get("required"):
            node.pop("example", None)
            node["schema"].get("properties", {}).update(cohort={"type": "string", "enum": [COHORT]})
        if isinstance(alternatives := node.get("anyOf"), list):
            node["anyOf"] = [each for each in alternatives if _belongs(overlay, each, programme)] or alternatives
        if isinstance(node.get("responses"), dict):
            node.pop("security", None)
        if isinstance(properties := node.get("properties"), dict):
            _keep_programme(properties, programme)
            if pinned:
                _pin(properties, programme)
                if {"declaration_date", "delivery_partner_id"} <= properties.keys() and "state" not in properties:
                    # A declaration: some cohorts need a delivery partner.
                    node["required"] = sorted({*node.get("required", ()), "delivery_partner_id"})
    return overlay


def _keep_programme(properties: dict[str, Any], programme: str) -> None:
    """Remove the other programme's filters, and its name where a filter takes the name of a programme."""
    for name, schema in list(properties.items()):
        if not isinstance(schema, dict):
            continue
        if programme not in schema.get("x-programmes", (programme,)):
            del properties[name]
        elif set(schema.get("enum", ())) == set(COURSES):
            properties[name] = {**schema, "enum": [programme]}


def edition_specific_words(document: Mapping[str, Any]) -> frozenset[str]:
    """Return enumeration values that some editions of the contract lack; a server may accept or refuse them."""
    marked = (node.get("x-editions", {}) for node in _objects(document))
    return frozenset(word for words in marked for word, span in words.items() if isinstance(span, Mapping))


def _belongs(document: Mapping[str, Any], alternative: Any, programme: str) -> bool:
    """Return whether an alternative of a body has courses of the programme, or no course field."""
    schema = resolve(document, alternative) if isinstance(alternative, dict) else {}
    course = schema.get("properties", {}).get("course_identifier")
    if course is None:
        return True
    courses = resolve(document, course).get("enum", ())
    return not courses or any(each.startswith(f"{programme}-") for each in courses)


def _pin(properties: dict[str, Any], programme: str) -> None:
    pins: dict[str, dict[str, Any]] = {
        "participant_id": {"type": "string", "format": "uuid", "enum": [PARTICIPANT]},
        "declaration_date": {"type": "string", "format": "date-time", "enum": [DATE]},
        "course_identifier": {"type": "string", "enum": [COURSES[programme]]},
    }
    if "updated_since" not in properties:  # a filter may name any delivery partner
        pins["delivery_partner_id"] = {"type": "string", "format": "uuid", "enum": [PARTNER]}
    if "school_id" in properties:
        pins["school_id"] = {"type": "string", "format": "uuid", "enum": [SCHOOL]}
        pins["cohort"] = {"type": "string", "enum": [COHORT]}
    properties.update({name: pin for name, pin in pins.items() if name in properties})
    properties.pop("secondary_delivery_partner_id", None)  # a second delivery partner need not exist


def _objects(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node
        for value in list(node.values()):
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)


def pinned_values(placeholders: Iterable[str], programme: str) -> Mapping[str, str]:
    """Return the values that stand for placeholders in a request to be validated."""
    pins = {placeholder: value for value, placeholder in _PLACEHOLDERS.items()} | {"{course}": COURSES[programme]}
    return {name: DATE if name.startswith("date:") else pins[f"{{{name}}}"] for name in placeholders}


def in_query(query: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return a query with placeholders."""
    return tuple((name, _PLACEHOLDERS.get(value, value)) for name, value in query)


def in_body(body: Any, programme: str) -> Any:
    """Return a parsed body with placeholders. The placeholder of a date names the declaration type."""
    if isinstance(body, dict):
        kind = body.get("declaration_type")
        return {
            name: f"{{date:{kind}}}" if value == DATE and isinstance(kind, str) else in_body(value, programme)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [in_body(each, programme) for each in body]
    if isinstance(body, str):
        return "{course}" if body == COURSES[programme] else _PLACEHOLDERS.get(body, body)
    return body


def in_content(content: bytes, programme: str) -> str:
    """Return content as text with placeholders. JSON is serialised again; other content stays as it is."""
    try:
        return json.dumps(in_body(json.loads(content), programme))
    except (ValueError, RecursionError):
        return content.decode("utf-8", "surrogateescape")

"""Valid queries of lists whose answers show whether the server did what was asked: one filter, order or page at a time.

What a query asks for is mostly taken from what the list itself shows, so that something is listed and something left
out. `{one:NAME}` is a value that a record shows for the member NAME, `{other:NAME}` another one, and `{half:NAME}` a
time in the middle of those that the records show; `{quoted:NAME}` is the same, percent-encoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.contract.values import PAGE_LIMIT, UNKNOWN_COHORT

Query = tuple[tuple[str, str], ...]

WHOLE: Query = (("page[per_page]", str(PAGE_LIMIT)),)
PAGES: tuple[Query, ...] = (
    (("page[page]", "1"), ("page[per_page]", "2")),
    (("page[page]", "2"), ("page[per_page]", "2")),
    (("page[page]", "2"), ("page[per_page]", "{half:page}")),
    (("page[page]", "999999"), ("page[per_page]", "1")),
    (("page[per_page]", "3"),),
    (("page[per_page]", "100000"),),
    (),
)
QUOTED = "{quoted:updated_at}"
LONG_AFTER = "2098-01-01T00:00:00+01:00"
"""So long that the offset does not matter, but that it is understood: behaviour FILT-UPDATED-SINCE-OFFSET."""
_VALUES = {
    "updated_since": ("{half:updated_at}", LONG_AFTER),
    "created_since": ("{half:created_at}", LONG_AFTER),
    "cohort": ("{one:cohort}", "{other:cohort}", "{one:cohort},{other:cohort}", UNKNOWN_COHORT),
    "participant_id": (
        "{one:participant_id}",
        "{other:participant_id}",
        "{one:participant_id},{other:participant_id}",
        "{nobody}",
    ),
    "delivery_partner_id": (
        "{one:delivery_partner_id}",
        "{other:delivery_partner_id}",
        "{one:delivery_partner_id},{other:delivery_partner_id}",
        "{nobody}",
    ),
    "from_participant_id": ("{one:from_participant_id}", "{nobody}"),
    "urn": ("{one:urn}",),
}


def queries(contract: Contract, operation: Operation) -> Iterator[Query]:
    """The queries that an operation's parameters allow, each about one thing; none for one that is no list."""
    if operation.path.endswith("}"):
        return
    parameters = {each["name"]: each for each in operation.parameters if each["in"] == "query"}
    required = _required(contract, parameters.get("filter"))
    whole = WHOLE if "page" in parameters else ()
    if "page" in parameters:
        yield from (required + page for page in PAGES)
    for member, schema in _members(contract, parameters.get("filter")).items():
        if f"filter[{member}]" in dict(required):
            continue
        allowed = resolve(contract.document, schema)
        several = allowed.get("format") != "uuid"
        for value in (*allowed.get("enum", ()), *_VALUES.get(member, ())):
            if several or "," not in value:
                yield (*required, (f"filter[{member}]", value), *whole)
    if "sort" in parameters:
        items = resolve(contract.document, parameters["sort"]["schema"])["items"]
        keys = resolve(contract.document, items)["enum"]
        yield from ((*required, ("sort", key), *whole) for key in (*keys, *_first_of_two(keys)))


def encoded_twice(contract: Contract, operation: Operation) -> Iterator[Query]:
    """Those of the queries that ask for a time in the middle, with a time that is percent-encoded before all is."""
    for query in queries(contract, operation):
        if (twice := tuple((name, value.replace("{half:updated_at}", QUOTED)) for name, value in query)) != query:
            yield twice


def _first_of_two(keys: list[str]) -> Iterator[str]:
    """The last key with its own opposite behind it: only the first can decide."""
    if keys:
        yield f"{keys[-1]},{keys[-1].removeprefix('-')}"


def _members(contract: Contract, parameter: Any) -> dict[str, Any]:
    if parameter is None:
        return {}
    members: dict[str, Any] = resolve(contract.document, parameter["schema"]).get("properties", {})
    return members


def _required(contract: Contract, parameter: Any) -> Query:
    if parameter is None:
        return ()
    names = resolve(contract.document, parameter["schema"]).get("required", ())
    return tuple((f"filter[{name}]", f"{{{name}}}") for name in names)

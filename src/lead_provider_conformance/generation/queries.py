"""Valid queries of lists whose answers show whether the server did what was asked: one filter or page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve

Query = tuple[tuple[str, str], ...]

PAGES: tuple[Query, ...] = (
    (("page[page]", "1"), ("page[per_page]", "2")),
    (("page[page]", "2"), ("page[per_page]", "2")),
    (("page[page]", "1"), ("page[per_page]", "1")),
    (("page[page]", "999999"), ("page[per_page]", "1")),
    (("page[per_page]", "3"),),
    (("page[per_page]", "100000"),),
)
_VALUES = {
    "updated_since": ("2022-06-01T00:00:00Z", "2024-06-01T00:00:00+01:00", "2098-01-01T00:00:00Z"),
    "created_since": ("2022-06-01T00:00:00Z", "2098-01-01T00:00:00Z"),
    "cohort": ("2021", "2022", "2021,2023", "1066"),
    "participant_id": ("{participant}", "{nobody}"),
    "from_participant_id": ("{nobody}",),
}


def queries(contract: Contract, operation: Operation) -> Iterator[Query]:
    """The queries that an operation's parameters allow, each about one thing; none for one that is no list."""
    if operation.path.endswith("}"):
        return
    parameters = {each["name"]: each for each in operation.parameters if each["in"] == "query"}
    required = _required(contract, parameters.get("filter"))
    if "page" in parameters:
        yield from (required + page for page in PAGES)
    for member, schema in _members(contract, parameters.get("filter")).items():
        for value in (*resolve(contract.document, schema).get("enum", ()), *_VALUES.get(member, ())):
            yield (*(pair for pair in required if pair[0] != f"filter[{member}]"), (f"filter[{member}]", value))
    if "sort" in parameters:
        items = resolve(contract.document, parameters["sort"]["schema"])["items"]
        yield from ((*required, ("sort", value)) for value in resolve(contract.document, items)["enum"])


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

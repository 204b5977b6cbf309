"""Requests that cannot be derived from the schemas, such as list queries with a known result and malformed bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.fuzzing.coverage_labels import LIST_QUERY, MALFORMED, label, labels_of_valid
from lead_provider_conformance.fuzzing.list_queries import Query, double_encoded_queries, list_queries

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SENDERS = {
    Sender.NONE: "there is no Authorization header",
    Sender.UNKNOWN: "the token is unknown",
    Sender.WRONG_SCHEME: "the scheme of the Authorization header is Basic",
}
# Behaviour ERR-MALFORMED-JSON.
_MALFORMED = {
    "cut-off": '{"data": {"attributes": {',
    "not-json": "declaration_type=started",
    "trailing-comma": '{"data": {"attributes": {},}}',
}
UNKNOWN = "{unknown}"
PARTNER = "{partner}"
# By placeholder of an id: its field in the body, if it has one.
_ID_FIELDS = {
    "{subject}": "",
    "{participant}": "participant_id",
    "{school}": "school_id",
    PARTNER: "delivery_partner_id",
}
# These records belong to no provider.
_SHARED = frozenset({"school_id", "delivery_partner_id"})


def probes(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    """Yield the probes of an operation, each one change away from the `valid` case."""
    for sender, defect in _SENDERS.items():
        covered = label(operation.id, "header:Authorization", "", f"sender={sender}")
        yield _invalid(valid, Expected.UNAUTHENTICATED, defect, covered, sender=sender)
    yield from _list_results(contract, operation, valid)
    yield from _other_records(operation, valid)
    if valid.content is not None:
        for name, text in _MALFORMED.items():
            covered = label(operation.id, "body", "", f"{MALFORMED}{name}")
            yield _invalid(valid, Expected.REFUSED, "the body is not JSON", covered, content=text)
    yield from _unknown_sender_and_defect(operation, valid)
    yield from _other_methods(contract, operation, valid)


def _invalid(valid: Case, expected: Expected, defect: str, *labels: str, **changes: Any) -> Case:
    return replace(valid, expected=expected, defect=defect, labels=labels, **changes)


def _list_results(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    for query in list_queries(contract, operation):
        labels = (_list_query_label(operation, query), *labels_of_valid(operation.id, query, None))
        yield replace(valid, query=query, labels=labels)
    for query in double_encoded_queries(contract, operation):
        labels = (
            label(operation.id, "query:filter[updated_since]", "", "encoded-twice"),
            _list_query_label(operation, query),
        )
        yield _invalid(valid, Expected.LENIENT, "the time is percent-encoded twice", *labels, query=query)


def _list_query_label(operation: Operation, query: Query) -> str:
    return label(operation.id, "query", "", f"{LIST_QUERY}{'&'.join(f'{name}={value}' for name, value in query)}")


def _other_records(operation: Operation, valid: Case) -> Iterator[Case]:
    content = valid.content or ""
    for other_id, expected, defect in (
        ("{other}", Expected.FOREIGN, "the record belongs to another provider"),
        (UNKNOWN, Expected.UNKNOWN_RECORD, "no record has this id"),
    ):
        for own_id, field in _ID_FIELDS.items():
            is_same = own_id not in valid.path + content
            if is_same or (expected is Expected.FOREIGN and field in _SHARED):
                continue
            yield _invalid(
                valid,
                expected,
                defect,
                label(operation.id, f"/data/attributes/{field}" if field else "id", "", str(expected)),
                path=valid.path.replace(own_id, other_id),
                content=valid.content and content.replace(own_id, other_id),
                field=field if expected is Expected.UNKNOWN_RECORD else "",
            )
    if PARTNER in content:
        defect = "the delivery partner does not work with the provider in that cohort"
        covered = label(operation.id, "/data/attributes/delivery_partner_id", "", "unrelated")
        yield _invalid(valid, Expected.REFUSED, defect, covered, content=content.replace(PARTNER, "{unrelated}"))


def _unknown_sender_and_defect(operation: Operation, valid: Case) -> Iterator[Case]:
    """Yield one case with a second defect, in the first part that a server reads: body, id or page."""
    changes: dict[str, Any]
    if valid.content is not None:
        part, changes = "body", {"content": "{}"}
    elif "{subject}" in valid.path:
        part, changes = "id", {"path": valid.path.replace("{subject}", UNKNOWN)}
    elif any(each["name"] == "page" for each in operation.parameters):
        part, changes = "page", {"query": (("page[page]", "none"),)}
    else:
        return
    defect = f"the token is unknown, and the {part} is wrong too"
    covered = label(operation.id, part, "", "sender-and-more")
    yield _invalid(valid, Expected.UNAUTHENTICATED_AND_WRONG, defect, covered, sender=Sender.UNKNOWN, **changes)


def _other_methods(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    documented = set(contract.document["paths"][operation.path])
    if "put" in documented:
        documented.add("patch")  # many frameworks treat both alike
    for method in METHODS:
        if method.lower() not in documented:
            covered, defect = label(operation.id, "method", "", f"method={method}"), f"the path has no {method}"
            yield _invalid(valid, Expected.NO_SUCH_METHOD, defect, covered, method=method, query=(), content=None)

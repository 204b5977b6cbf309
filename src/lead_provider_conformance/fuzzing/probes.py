"""Cases that no schema leads to: other senders, other records, known list results, malformed bodies, other methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

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
_NESTED = "[" * 2_000 + "]" * 2_000


def probes(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    """Yield the probes of an operation, each one change away from the `valid` case."""
    yield from _other_senders(operation, valid)
    yield from _list_results(contract, operation, valid)
    yield from _other_records(operation, valid)
    yield from _malformed_bodies(operation, valid)
    yield from _unknown_sender_and_defect(operation, valid)
    yield from _other_methods(contract, operation, valid)


def _other_senders(operation: Operation, valid: Case) -> Iterator[Case]:
    for sender, defect in _SENDERS.items():
        yield replace(
            valid,
            sender=sender,
            expected=Expected.UNAUTHENTICATED,
            defect=defect,
            labels=(label(operation.id, "header:Authorization", "", f"sender={sender}"),),
        )


def _list_results(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    for query in list_queries(contract, operation):
        yield replace(
            valid,
            query=query,
            labels=(_list_query_label(operation, query), *labels_of_valid(operation.id, query, None)),
        )
    for query in double_encoded_queries(contract, operation):
        encoded_twice = label(operation.id, "query:filter[updated_since]", "", "encoded-twice")
        yield replace(
            valid,
            query=query,
            expected=Expected.LENIENT,
            defect="the time is percent-encoded twice",
            labels=(encoded_twice, _list_query_label(operation, query)),
        )


def _list_query_label(operation: Operation, query: Query) -> str:
    return label(operation.id, "query", "", f"{LIST_QUERY}{'&'.join(f'{name}={value}' for name, value in query)}")


def _other_records(operation: Operation, valid: Case) -> Iterator[Case]:
    for other_id, expected, defect in (
        ("{other}", Expected.FOREIGN, "the record belongs to another provider"),
        (UNKNOWN, Expected.UNKNOWN_RECORD, "no record has this id"),
    ):
        for own_id, field in _ID_FIELDS.items():
            path = valid.path.replace(own_id, other_id)
            content = None if valid.content is None else valid.content.replace(own_id, other_id)
            is_same = (path, content) == (valid.path, valid.content)
            if is_same or (expected is Expected.FOREIGN and field in _SHARED):
                continue
            yield replace(
                valid,
                path=path,
                content=content,
                expected=expected,
                defect=defect,
                field=field if expected is Expected.UNKNOWN_RECORD else "",
                labels=(label(operation.id, f"/data/attributes/{field}" if field else "id", "", str(expected)),),
            )

    if PARTNER in (valid.content or ""):
        yield replace(
            valid,
            content=(valid.content or "").replace(PARTNER, "{unrelated}"),
            expected=Expected.REFUSED,
            defect="the delivery partner does not work with the provider in that cohort",
            labels=(label(operation.id, "/data/attributes/delivery_partner_id", "", "unrelated"),),
        )


def _malformed_bodies(operation: Operation, valid: Case) -> Iterator[Case]:
    if valid.content is None:
        return
    for name, text in _MALFORMED.items():
        yield replace(
            valid,
            content=text,
            expected=Expected.REFUSED,
            defect="the body is not JSON",
            labels=(label(operation.id, "body", "", f"{MALFORMED}{name}"),),
        )
    yield replace(
        valid,
        content=_NESTED,
        expected=Expected.LENIENT,
        defect="the body is nested 2,000 deep",
        labels=(label(operation.id, "body", "", "nested"),),
    )


def _unknown_sender_and_defect(operation: Operation, valid: Case) -> Iterator[Case]:
    """Yield one case with a second defect, in the first part that a server reads: body, id or page."""
    path, query, content = valid.path, valid.query, valid.content
    if content is not None:
        content, part = "{}", "body"
    elif "{subject}" in path:
        path, part = path.replace("{subject}", UNKNOWN), "id"
    elif any(each["name"] == "page" for each in operation.parameters):
        query, part = (("page[page]", "none"),), "page"
    else:
        return
    yield replace(
        valid,
        path=path,
        query=query,
        content=content,
        sender=Sender.UNKNOWN,
        expected=Expected.UNAUTHENTICATED_AND_WRONG,
        defect=f"the token is unknown, and the {part} is wrong too",
        labels=(label(operation.id, part, "", "sender-and-more"),),
    )


def _other_methods(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    documented = set(contract.document["paths"][operation.path])
    if "put" in documented:
        documented.add("patch")  # many frameworks treat both alike
    for method in METHODS:
        if method.lower() not in documented:
            yield replace(
                valid,
                method=method,
                query=(),
                content=None,
                expected=Expected.NO_SUCH_METHOD,
                defect=f"the path has no {method}",
                labels=(label(operation.id, "method", "", f"method={method}"),),
            )

"""Cases that no schema leads to: whose request it is, whose record it is about, and what is no request at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.fuzzing.coverage_labels import ASKS, MALFORMED, label, of_valid
from lead_provider_conformance.fuzzing.list_queries import Query, encoded_twice, queries

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_SENDERS = {
    Sender.NONE: "there is no Authorization header",
    Sender.UNKNOWN: "nobody has this token",
    Sender.WRONG_SCHEME: "the scheme of the Authorization header is Basic",
}
# A body that cannot be read as JSON: behaviour ERR-MALFORMED-JSON.
_MALFORMED = {
    "cut-off": '{"data": {"attributes": {',
    "not-json": "declaration_type=started",
    "trailing-comma": '{"data": {"attributes": {},}}',
}
NOBODY = "{nobody}"
PARTNER = "{partner}"
# What names a record, and the member of the body that does so; an id in a path is none.
_NAMED = {
    "{subject}": "",
    "{participant}": "participant_id",
    "{school}": "school_id",
    PARTNER: "delivery_partner_id",
}
_EVERYBODYS = frozenset({"school_id", "delivery_partner_id"})
_NESTED = "[" * 2_000 + "]" * 2_000


def probes(contract: Contract, operation: Operation, valid: Case) -> Iterator[Case]:
    """The probes of an operation, each but one step away from a valid request of it."""
    for sender, wrong in _SENDERS.items():
        yield replace(
            valid,
            sender=sender,
            expected=Expected.UNAUTHENTICATED,
            wrong=wrong,
            labels=(label(operation.id, "header:Authorization", "", f"sender={sender}"),),
        )
    for query in queries(contract, operation):
        yield replace(valid, query=query, labels=(_asks(operation, query), *of_valid(operation.id, query, None)))
    for query in encoded_twice(contract, operation):
        yield replace(
            valid,
            query=query,
            expected=Expected.LENIENT,
            wrong="the time is percent-encoded twice",
            labels=(label(operation.id, "query:filter[updated_since]", "", "encoded-twice"), _asks(operation, query)),
        )
    yield from _about_others(operation, valid)
    yield from _malformed(operation, valid)
    yield from _unauthenticated_and_wrong(operation, valid)
    documented = set(contract.document["paths"][operation.path])
    if "put" in documented:
        documented.add("patch")  # to many frameworks both mean the same
    for method in METHODS:
        if method.lower() not in documented:
            yield replace(
                valid,
                method=method,
                query=(),
                content=None,
                expected=Expected.NO_SUCH_METHOD,
                wrong=f"the path has no {method}",
                labels=(label(operation.id, "method", "", f"method={method}"),),
            )


def _asks(operation: Operation, query: Query) -> str:
    return label(operation.id, "query", "", f"{ASKS}{'&'.join(f'{name}={value}' for name, value in query)}")


def _about_others(operation: Operation, valid: Case) -> Iterator[Case]:
    for whose, expected, wrong in (
        ("{other}", Expected.FOREIGN, "the record is another provider's"),
        (NOBODY, Expected.UNKNOWN_RECORD, "nobody has a record of this id"),
    ):
        for named, member in _NAMED.items():
            path = valid.path.replace(named, whose)
            content = None if valid.content is None else valid.content.replace(named, whose)
            if (path, content) == (valid.path, valid.content) or (whose != NOBODY and member in _EVERYBODYS):
                continue
            yield replace(
                valid,
                path=path,
                content=content,
                expected=expected,
                wrong=wrong,
                member=member if whose == NOBODY else "",
                labels=(label(operation.id, f"/data/attributes/{member}" if member else "id", "", str(expected)),),
            )

    if PARTNER in (valid.content or ""):
        yield replace(
            valid,
            content=(valid.content or "").replace(PARTNER, "{stranger}"),
            expected=Expected.REFUSED,
            wrong="the delivery partner does not work with the provider in that cohort",
            labels=(label(operation.id, "/data/attributes/delivery_partner_id", "", "stranger"),),
        )


def _unauthenticated_and_wrong(operation: Operation, valid: Case) -> Iterator[Case]:
    """Of the three that can be wrong with an operation, what a server reads first."""
    path, query, content = valid.path, valid.query, valid.content
    if content is not None:
        content, what = "{}", "body"
    elif "{subject}" in path:
        path, what = path.replace("{subject}", NOBODY), "id"
    elif any(each["name"] == "page" for each in operation.parameters):
        query, what = (("page[page]", "none"),), "page"
    else:
        return
    yield replace(
        valid,
        path=path,
        query=query,
        content=content,
        sender=Sender.UNKNOWN,
        expected=Expected.UNAUTHENTICATED_AND_WRONG,
        wrong=f"nobody has this token, and the {what} is wrong as well",
        labels=(label(operation.id, what, "", "sender-and-more"),),
    )


def _malformed(operation: Operation, valid: Case) -> Iterator[Case]:
    if valid.content is None:
        return
    for name, text in _MALFORMED.items():
        yield replace(
            valid,
            content=text,
            expected=Expected.REFUSED,
            wrong="the body is not JSON",
            labels=(label(operation.id, "body", "", f"{MALFORMED}{name}"),),
        )
    yield replace(
        valid,
        content=_NESTED,
        expected=Expected.LENIENT,
        wrong="the body is nested 2,000 deep",
        labels=(label(operation.id, "body", "", "nested"),),
    )

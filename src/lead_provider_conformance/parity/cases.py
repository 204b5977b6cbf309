"""Reads from the compiled corpus of generated requests: filters, sorts, pages, their combinations, and mistakes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lead_provider_conformance.api.records import skip_malformed
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.fuzzing.case import Case, Expected, Sender
from lead_provider_conformance.fuzzing.corpus import corpus_of
from lead_provider_conformance.fuzzing.coverage_labels import LIST_QUERY
from lead_provider_conformance.fuzzing.list_queries import list_queries, placeholder_values
from lead_provider_conformance.http import Resource
from lead_provider_conformance.http.client import Query
from lead_provider_conformance.http.resource import UNKNOWN_SHAPE, read_resource
from lead_provider_conformance.model import Scope
from lead_provider_conformance.parity.identities import Identities
from lead_provider_conformance.parity.operations import OperationPair
from lead_provider_conformance.parity.pairs import ReadPair
from lead_provider_conformance.parity.side import Read

PLAIN_NAME = re.compile(r"[a-z_]+(\[[a-z_]*\])*")
AUTHORIZATION = "header:Authorization"
PROFILE = "quick"
"""The effort of the corpus. The shipped one has a few hundred reads of each version and programme."""
Records = Sequence[Mapping[str, Any]]


def cases_of(contract: Contract, scope: Scope, seed: int, within: int | None) -> dict[str, list[Case]]:
    """Return the reads of the corpus by operationId, the plainest first.

    `within` limits them, but those of plain mistakes, and of one filter, order or page, are always among them.
    """
    corpus = corpus_of(contract, scope.programme, profile=PROFILE, seed=seed)
    found: dict[str, list[Case]] = {}
    for operation in contract.operations:
        lists = (each for each in corpus.of(operation).cases if any(LIST_QUERY in name for name in each.labels))
        reads = [each for each in (*lists, *corpus.of(operation, within=within).cases) if each.method == "GET"]
        if operation.method == "GET" and reads:
            distinct = {(each.path, each.query, each.sender): each for each in reads}
            found[operation.id] = sorted(distinct.values(), key=lambda each: len(each.query))
        elif operation.method == "GET" and "{" not in operation.path:  # the corpus has no record for it
            queries = list_queries(contract, operation)
            found[operation.id] = [_accepted(operation, query) for query in queries]
    return found


def _accepted(operation: Operation, query: Query) -> Case:
    return Case(operation.id, "GET", operation.path, tuple(query), None, "application/json", Expected.ACCEPTED)


def wrong_senders(read: ReadPair) -> Iterator[ReadPair]:
    """Yield a read with no token, an unknown one, and another scheme."""
    for sender in (Sender.NONE, Sender.UNKNOWN, Sender.WRONG_SCHEME):
        left, right = replace(read.left, sender=sender), replace(read.right, sender=sender)
        yield replace(read, left=left, right=right, label=AUTHORIZATION, deliberate="the token is wrong")


def case_values(records: Records, cohort: str | None, participant: str | None, foreign: str | None) -> dict[str, str]:
    """Return the values of placeholders on one side, from records of the list that a case is about."""
    resources = tuple(_resources(records))
    known = {"participant": participant, "cohort": cohort, "other": foreign, "unknown": UNKNOWN_ID}
    first = {"subject": resources[0]["id"]} if resources else {}
    given = {name: value for name, value in known.items() if value}
    return {**given, **first, **placeholder_values(resources, {})}


def _resources(records: Records) -> Iterator[Resource]:
    for each in records:
        if isinstance(each.get("id"), str) and isinstance(each.get("attributes"), dict):
            yield read_resource(each, UNKNOWN_SHAPE)


def on_the_right(values: Mapping[str, str], identities: Identities) -> dict[str, str]:
    """Return the values of the left side with the ids that the same records have on the right."""
    return {name: ",".join(identities.right_of(part) for part in value.split(",")) for name, value in values.items()}


def case_reads(
    operation: OperationPair, cases: Iterable[Case], left: Mapping[str, str], right: Mapping[str, str]
) -> Iterator[ReadPair]:
    """Yield the cases whose placeholders both servers can fill."""
    for case in cases:
        if not case.placeholders() <= left.keys() & right.keys():
            continue
        ours, theirs = case.fill(left), case.fill(right)
        path = operation.path_on_right(theirs.path)
        if path is not None:
            left_read, right_read = (
                Read(*each, case.sender) for each in ((ours.path, ours.query), (path, theirs.query))
            )
            yield operation.pair(left_read, right_read, label(case, operation), case.defect or None)


def label(case: Case, operation: OperationPair) -> str:
    """Return the parts of a request that differ from the plainest: `query:filter[cohort],sort`, `path:id`."""
    if case.sender is not Sender.OWN:
        return AUTHORIZATION
    has_no_id = operation.is_of_one_record and "{" not in case.path
    if has_no_id or "{unknown}" in case.path or "{other}" in case.path:
        return "path:id"
    return query_label(case.query, {f"filter[{name}]" for name in operation.required})


def query_label(query: Query, required: Collection[str] = ()) -> str:
    """Return the names of the parameters of a query; of a name that no client would use only its beginning.

    The required ones are in every query, so they count only on their own.
    """
    names = sorted({name if PLAIN_NAME.fullmatch(name) else name.partition("[")[0] for name, _ in query})
    names = [each for each in names if each not in required] or names
    return f"query:{','.join(names)}" if names else ""


def cohorts_of(participants: Records) -> list[str]:
    """Return the cohorts that participants show, the most frequent first."""
    counts: dict[str, int] = {}
    for _, cohort in skip_malformed(tuple(_resources(participants)), _cohort):
        if cohort:
            counts[cohort] = counts.get(cohort, 0) + 1
    return sorted(counts, key=lambda each: (-counts[each], each))


def _cohort(resource: Mapping[str, Any]) -> str | None:
    attributes = resource["attributes"]
    for name in ("ecf_enrolments", "npq_enrolments"):
        enrolments = attributes.get(name)
        if isinstance(enrolments, list) and enrolments and isinstance(enrolments[0], dict):
            return str(enrolments[0].get("cohort") or "") or None
    return str(attributes.get("cohort") or "") or None

"""Compile the cases of one version and programme: examples, coverage and fuzzing of Schemathesis, and our own probes.

This is the only module that imports Schemathesis and Hypothesis; a replay never does.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.errors import Unsatisfiable
from requests.exceptions import InvalidURL
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.hypothesis.examples import generate_one

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing import coverage_labels as labels
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.mistakes import mistakes
from lead_provider_conformance.fuzzing.ordering import most_covering_first
from lead_provider_conformance.fuzzing.overlay import (
    COHORT_PLACEHOLDER,
    SUBJECT,
    edition_specific_words,
    in_content,
    in_query,
    overlay_document,
)
from lead_provider_conformance.fuzzing.probes import probes
from lead_provider_conformance.fuzzing.validity import assess, unpromised
from lead_provider_conformance.testdata.subjects import SUCCESSORS, OperationSubject, subject_of

BASE_URL = "http://generated.invalid"
# Cases with the same labels test the same thing; this many of them are kept.
CASES_PER_LABELS = 3
# The fields of a body that rules of the programmes look at.
RULED_FIELDS = (
    "participant_id",
    "declaration_date",
    "course_identifier",
    "cohort",
    "school_id",
    "delivery_partner_id",
    "secondary_delivery_partner_id",
)
WEIGHT = 2
WEIGHT_OF_A_KIND = 12
WEIGHT_OF_A_PAGE = 6
_ALWAYS_IN_BUDGET = frozenset({Expected.ACCEPTED, Expected.FOREIGN, Expected.UNKNOWN_RECORD})
_VALID_FIRST = (Expected.ACCEPTED, Expected.RULED, Expected.REFUSED, Expected.LENIENT)


@dataclass(frozen=True, slots=True)
class Effort:
    """The number of fuzzed requests per operation: valid and pinned, valid and free, invalid and pinned.

    `fixed` adds the cases that do not depend on the seed: examples, coverage and probes.
    """

    valid: int
    free: int
    invalid: int
    fixed: bool = True


EFFORTS = {
    "quick": Effort(2, 2, 2),
    "standard": Effort(6, 8, 8),
    "full": Effort(15, 25, 40),
    "fresh": Effort(4, 6, 12, fixed=False),
}


def compile_cases(
    contract: Contract, operations: Iterable[Operation], programme: str, *, seed: int, effort: Effort
) -> tuple[Case, ...]:
    """Return the cases of these operations: those that every run sends, then the most covering first.

    The same arguments give the same cases.
    """
    compiler = _Compiler(contract, programme, seed, effort)
    cases = [case for operation in operations for case in compiler.cases(operation)]
    always, budgeted = ([case for case in cases if case.is_always_sent is always] for always in (True, False))
    order = most_covering_first([_weighted_labels(case, contract.edition) for case in budgeted])
    return (*always, *(budgeted[position] for position in order))


def _weighted_labels(case: Case, edition: str) -> tuple[object, ...]:
    """Return the labels of a case, with and without its operation, and one extra label per unit of weight."""
    anywhere = (label.partition(" ")[2] for label in case.labels)
    weights = [*_weights(case), *(_weights_in_successors(case) if edition >= SUCCESSORS else ())]
    extra = ((weighted, number) for weighted, weight in weights for number in range(weight))
    return (*case.labels, *anywhere, *extra)


def _weights(case: Case) -> Iterator[tuple[object, int]]:
    """Yield the properties of a case that count for more than one label, with their weight.

    A kind weighs most, so that a small budget has every kind: with and without a record, reading and writing. Within
    one operation these properties have weight: accepted requests and their values, senders, owners of records, list
    results, refusals, and the fields that a refusal names.
    """
    kind, operation_class = labels.kind_of(case.labels[0]), (case.operation, case.expected)
    yield kind, WEIGHT_OF_A_KIND
    if case.expected is not Expected.LENIENT:
        yield (kind, case.writes, "{" in case.path), WEIGHT_OF_A_KIND // 2
    if case.expected is Expected.REFUSED:
        yield operation_class, WEIGHT
        yield (case.operation, kind), 1
        yield (case.operation, case.field), WEIGHT if case.field else 0
    if case.expected is Expected.UNAUTHENTICATED:
        yield operation_class, 1
        yield (case.labels[0], kind), 1
    if case.expected is Expected.ACCEPTED:
        body_values = (label for label in case.labels if " /data/attributes/" in label and " value=" in label)
        yield from (((label, kind), WEIGHT) for label in body_values)
    has_list_result = any(f" {labels.LIST_QUERY}" in label for label in case.labels)
    if has_list_result and "page[page]" in dict(case.query):
        yield (case.operation, "page[page]"), WEIGHT_OF_A_PAGE
    if case.field or case.expected in _ALWAYS_IN_BUDGET or has_list_result:
        yield case.labels[0], WEIGHT


def _weights_in_successors(case: Case) -> Iterator[tuple[object, int]]:
    """Yield the properties that a service's small budget needs: a request for one record, and several values of a
    filter.
    """
    if case.expected is Expected.ACCEPTED and case.method == "GET":
        if case.path.endswith("{subject}"):
            yield "shows one record", WEIGHT_OF_A_KIND // 2
        is_compared = f" {labels.LIST_QUERY}" in case.labels[0]
        if is_compared and "," in dict(case.query).get("filter[cohort]", ""):
            yield "filters by several cohorts", WEIGHT_OF_A_KIND // 2


class _Compiler:
    def __init__(self, contract: Contract, programme: str, seed: int, effort: Effort) -> None:
        self._contract = contract
        self._programme = programme
        self._seed = seed
        self._effort = effort
        config = {"seed": seed, "generation": {"database": "none"}}
        free = overlay_document(contract.document, programme, pinned=False)
        self._pinned, self._free = (
            schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(config))
            for document in (overlay_document(contract.document, programme), free)
        )
        # Validity is assessed without the other programme's alternatives.
        self._programme_contract = Contract(contract.version, free)
        self._edition_specific = edition_specific_words(contract.document)

    def cases(self, operation: Operation) -> Iterator[Case]:
        """Yield the cases of one operation: no request twice, and few with the same labels."""
        requests_seen: set[object] = set()
        times_covered: Counter[tuple[str, ...]] = Counter()
        converted = (self._to_case(operation, each) for each in self._schemathesis_cases(operation))
        generated = [case for case in converted if case is not None]
        # A run has the fixed cases too, and only one request can succeed.
        if self._subject(operation).accepts_once and self._effort.fixed:
            generated = _first_accepted(generated)
        valid = min(generated, key=lambda case: (_VALID_FIRST.index(case.expected), case.size))
        fixed = self._fixed(operation.id, valid) if self._effort.fixed else ()
        for case in (*fixed, *generated):
            request = (case.method, case.path, case.query, case.content, case.content_type, case.sender)
            if request in requests_seen or times_covered[case.labels] >= CASES_PER_LABELS:
                continue
            requests_seen.add(request)
            times_covered[case.labels] += 1
            yield case

    def _subject(self, operation: Operation) -> OperationSubject:
        return subject_of(self._contract.edition, self._programme, operation)

    def _fixed(self, operation_id: str, valid: Case) -> Iterator[Case]:
        operation = self._programme_contract.operation(operation_id)
        yield from mistakes(self._programme_contract, operation, valid, self._programme)
        yield from probes(self._programme_contract, operation, valid)

    def _schemathesis_cases(self, operation: Operation) -> Iterator[schemathesis.Case[Any]]:
        pinned = self._pinned.find_operation_by_id(operation.id)
        free = self._free.find_operation_by_id(operation.id)
        if self._effort.fixed:
            yield from map(generate_one, pinned.get_strategies_from_examples())
            yield from pinned.schema.iter_coverage_cases(
                pinned,
                generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
                generation_config=pinned.schema.config.generation_for(operation=pinned, phase="coverage"),
            )
        yield from self._fuzzed(pinned, GenerationMode.POSITIVE, self._effort.valid)
        yield from self._fuzzed(free, GenerationMode.POSITIVE, self._effort.free)
        yield from self._fuzzed(pinned, GenerationMode.NEGATIVE, self._effort.invalid)

    def _fuzzed(self, operation: Any, mode: GenerationMode, count: int) -> list[schemathesis.Case[Any]]:
        cases: list[schemathesis.Case[Any]] = []

        @seeded(self._seed)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def collect(case: schemathesis.Case[Any]) -> None:
            cases.append(case)

        # An operation without parameters and body has no invalid request.
        with contextlib.suppress(Unsatisfiable):
            collect()
        return cases

    def _to_case(self, operation: Operation, generated: schemathesis.Case[Any]) -> Case | None:
        """Return the request as a case; None if it cannot be sent, or calls another operation."""
        try:
            prepared = requests.Request(**generated.as_transport_kwargs(base_url=BASE_URL)).prepare()
        except (InvalidURL, UnicodeError, ValueError):
            return None
        path, _, query_text = prepared.path_url.partition("?")
        content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        if generated.method != operation.method or not isinstance(content, bytes | None):
            return None
        if self._contract.find(operation.method, path) != operation:
            return None
        query = tuple(parse_qsl(query_text, keep_blank_values=True, errors="replace"))
        content_type = prepared.headers.get("Content-Type", "application/json")
        if not content_type.isascii() or not content_type.isprintable():
            return None
        validity = assess(self._programme_contract, operation, path, query, content_type, content)
        text = None if content is None else in_content(content, self._programme)
        case = Case(
            operation=operation.id,
            method=operation.method,
            path=path.replace(SUBJECT, "{subject}"),
            query=in_query(query),
            content=text,
            content_type=content_type,
            expected=validity.expected,
            defect=validity.defect,
            field=validity.field,
        )
        if case.expected is Expected.RULED:
            return self._labelled_valid(operation, case)
        keyword, kind = _keyword_and_kind(generated)
        kind = kind if case.expected is Expected.REFUSED else f"{kind},lenient"
        return replace(case, labels=(labels.label(operation.id, validity.label_place, keyword, kind),))

    def _labelled_valid(self, operation: Operation, case: Case) -> Case | None:
        # In another cohort the record may not exist.
        cohort = dict(case.query).get("filter[cohort]", COHORT_PLACEHOLDER)
        if operation.path.endswith("}") and cohort != COHORT_PLACEHOLDER:
            return None
        body = None if case.content is None else _parsed(case.content)
        covered = tuple(labels.labels_of_valid(operation.id, case.query, body))
        if defect := unpromised(case.query, body):
            return replace(case, expected=Expected.LENIENT, defect=defect, labels=covered)
        expected = Expected.ACCEPTED if self._no_rule_applies(operation, body) else Expected.RULED
        return replace(case, expected=expected, labels=covered)

    def _no_rule_applies(self, operation: Operation, body: Any) -> bool:
        """Return whether a valid request must be accepted: all ruled fields are pinned, and no edition lacks a word."""
        if not operation.writes:
            return True
        if not self._subject(operation).accepts:
            return False
        attributes = body["data"]["attributes"] if body else {}
        words = [value for value in attributes.values() if isinstance(value, str)]
        return _is_pinned(attributes) and self._edition_specific.isdisjoint(words)


def _first_accepted(cases: list[Case]) -> list[Case]:
    """Return the cases with one of them to be accepted: the smallest whose ruled fields are all pinned."""
    ruled = [case for case in cases if case.expected is Expected.RULED]
    pinned = [case for case in ruled if _is_pinned(_parsed(case.content or "")["data"]["attributes"])]
    first = min(pinned, key=lambda case: case.size, default=None)
    return [replace(case, expected=Expected.ACCEPTED) if case is first else case for case in cases]


def _is_pinned(attributes: Mapping[str, Any]) -> bool:
    return all(str(attributes[name]).startswith("{") for name in RULED_FIELDS if name in attributes)


def _keyword_and_kind(generated: schemathesis.Case[Any]) -> tuple[str, str]:
    scenario = getattr(generated.meta.phase.data, "scenario", None) if generated.meta else None
    return labels.KINDS.get(scenario.value, labels.FUZZED) if scenario else labels.FUZZED


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

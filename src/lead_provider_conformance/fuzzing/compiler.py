"""Makes the cases of one version and programme: with Schemathesis' examples, coverage and fuzzing, and our own probes.

This is the only module that imports Schemathesis and Hypothesis; a replay never does.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
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
from lead_provider_conformance.fuzzing.ordering import most_covering_first
from lead_provider_conformance.fuzzing.overlay import overlay_document, words_of_some_editions
from lead_provider_conformance.fuzzing.placeholders import COHORT_PLACEHOLDER, in_content, in_path, in_query
from lead_provider_conformance.fuzzing.probes import probes
from lead_provider_conformance.fuzzing.validity import assess
from lead_provider_conformance.testdata.subjects import subject_of

SOMEWHERE = "http://generated.invalid"
# Labels are often met in many ways that say nothing new; this many are kept of each.
KEPT_OF_A_KIND = 3
# What the rules of the programmes look at in a body.
RULED_MEMBERS = ("participant_id", "declaration_date", "course_identifier")
WEIGHT = 2
WEIGHT_OF_A_KIND = 12
_NEVER_LEFT_OUT = frozenset({Expected.ACCEPTED, Expected.FOREIGN, Expected.UNKNOWN_RECORD})
_VALID_FIRST = (Expected.ACCEPTED, Expected.RULED, Expected.REFUSED, Expected.LENIENT)


@dataclass(frozen=True, slots=True)
class Effort:
    """How many requests are fuzzed for each operation: valid and pinned, valid and free, invalid and pinned.

    `fixed` says whether to make those as well that no seed changes: examples, coverage and probes.
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
    """The cases of these operations, the most covering first. The same arguments give the same cases."""
    compiler = _Compiler(contract, programme, seed, effort)
    cases = [case for operation in operations for case in compiler.cases(operation)]
    return tuple(cases[position] for position in most_covering_first([_weighed(case) for case in cases]))


def _weighed(case: Case) -> tuple[object, ...]:
    """What a case covers, in its operation and in any, and what of it counts for more."""
    anywhere = (label.partition(" ")[2] for label in case.labels)
    more = ((what, number) for what, weight in _weights(case) for number in range(weight))
    return (*case.labels, *anywhere, *more)


def _weights(case: Case) -> Iterator[tuple[object, int]]:
    """What counts for more than one label, and for how many more.

    Each kind of case does for so many that every beginning has some of it, about one record and about none, reading and
    writing. In each operation, so does what no budget should leave out: what is accepted and each value that it says,
    whose request it is, whose record it is about, whether lists hold what is asked for, that something is refused, and
    which member a refusal names.
    """
    kind, place = labels.kind_in(case.labels[0]), (case.operation, case.expected)
    yield kind, WEIGHT_OF_A_KIND
    if case.expected is not Expected.LENIENT:
        yield (kind, case.writes, "{" in case.path), WEIGHT_OF_A_KIND // 2
    if case.expected is Expected.REFUSED:
        yield place, WEIGHT
        yield (case.operation, kind), 1
        yield (case.operation, case.member), WEIGHT if case.member else 0
    if case.expected is Expected.UNAUTHENTICATED:
        yield place, 1
        yield (case.labels[0], kind), 1
    if case.expected is Expected.ACCEPTED:
        yield from (((label, kind), WEIGHT) for label in case.labels if labels.is_value_of_body(label))
    if case.member or case.expected in _NEVER_LEFT_OUT or any(f" {labels.ASKS}" in label for label in case.labels):
        yield case.labels[0], WEIGHT


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
        # What is invalid in a programme is judged without the other programme's alternatives.
        self._own = Contract(contract.version, free)
        self._doubtful = words_of_some_editions(contract.document)

    def cases(self, operation: Operation) -> Iterator[Case]:
        """The cases of one operation: each is different, and none covers what enough others do."""
        seen: set[object] = set()
        met: Counter[tuple[str, ...]] = Counter()
        generated = list(self._generated(operation))
        if subject_of(self._programme, operation).once:
            generated = _first_accepted(generated)
        valid = min(generated, key=lambda case: (_VALID_FIRST.index(case.expected), case.size))
        probed = probes(self._own, operation, valid) if self._effort.fixed else ()
        for case in [*probed, *generated]:
            request = (case.method, case.path, case.query, case.content, case.content_type, case.sender)
            if request in seen or met[case.labels] >= KEPT_OF_A_KIND:
                continue
            seen.add(request)
            met[case.labels] += 1
            yield case

    def _generated(self, operation: Operation) -> Iterator[Case]:
        for made in self._made(operation):
            case = self._plain(operation, made)
            if case is not None:
                yield case

    def _made(self, operation: Operation) -> Iterator[schemathesis.Case[Any]]:
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
        found: list[schemathesis.Case[Any]] = []

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
            found.append(case)

        # Nothing can be wrong with a request to an operation that takes neither parameters nor a body.
        with contextlib.suppress(Unsatisfiable):
            collect()
        return found

    def _plain(self, operation: Operation, made: schemathesis.Case[Any]) -> Case | None:
        """The case as it would go over the wire, or None if it cannot, or is about something else."""
        try:
            prepared = requests.Request(**made.as_transport_kwargs(base_url=SOMEWHERE)).prepare()
        except (InvalidURL, UnicodeError, ValueError):
            return None
        path, _, query_text = prepared.path_url.partition("?")
        content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        if made.method != operation.method or not isinstance(content, bytes | None):
            return None
        if self._contract.find(operation.method, path) != operation:
            return None
        query = tuple(parse_qsl(query_text, keep_blank_values=True, errors="replace"))
        content_type = prepared.headers.get("Content-Type", "application/json")
        if not content_type.isascii() or not content_type.isprintable():
            return None
        validity = assess(self._own, operation, path, query, content_type, content)
        text = None if content is None else in_content(content, self._programme)
        case = Case(
            operation=operation.id,
            method=operation.method,
            path=in_path(path),
            query=in_query(query),
            content=text,
            content_type=content_type,
            expected=validity.expected,
            wrong=validity.wrong,
            member=validity.member,
        )
        body = None if text is None else _parsed(text)
        if case.expected is Expected.RULED:
            if _of_another_cohort(operation, case):
                return None
            expected = Expected.ACCEPTED if self._settled(operation, body) else Expected.RULED
            return replace(case, expected=expected, labels=tuple(labels.of_valid(operation.id, case.query, body)))
        keyword, kind = _kind(made)
        kind = kind if case.expected is Expected.REFUSED else f"{kind},lenient"
        return replace(case, labels=(labels.label(operation.id, validity.about, keyword, kind),))

    def _settled(self, operation: Operation, body: Any) -> bool:
        """Whether no rule of the programme can stand against a valid request: whatever rules look at is a placeholder,
        and every server knows the words.
        """
        if not operation.writes:
            return True
        if not subject_of(self._programme, operation).settled:
            return False
        attributes = body["data"]["attributes"] if body else {}
        pinned = all(str(attributes[name]).startswith("{") for name in RULED_MEMBERS if name in attributes)
        return pinned and not any(value in self._doubtful for value in attributes.values() if isinstance(value, str))


def _first_accepted(cases: list[Case]) -> list[Case]:
    """The same cases; the smallest of those that say nothing but what is pinned is the one to be accepted."""
    pinned = [case for case in cases if case.expected is Expected.RULED and _is_pinned(_parsed(case.content or ""))]
    first = min(pinned, key=lambda case: case.size, default=None)
    return [replace(case, expected=Expected.ACCEPTED) if case is first else case for case in cases]


def _is_pinned(body: Any) -> bool:
    return all(str(value).startswith("{") for value in body["data"]["attributes"].values())


def _of_another_cohort(operation: Operation, case: Case) -> bool:
    """Whether one record is asked for as it stands for a cohort of which it is not known that it is there."""
    return (
        operation.path.endswith("}")
        and dict(case.query).get("filter[cohort]", COHORT_PLACEHOLDER) != COHORT_PLACEHOLDER
    )


def _kind(made: schemathesis.Case[Any]) -> tuple[str, str]:
    """The keyword and the kind of what Schemathesis made, if it says."""
    scenario = getattr(made.meta.phase.data, "scenario", None) if made.meta else None
    return labels.KINDS.get(scenario.value, labels.FUZZED) if scenario else labels.FUZZED


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None

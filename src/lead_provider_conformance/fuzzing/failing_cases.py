"""Cases that failed in a fresh run: as short as they get, and kept until they pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.coverage_labels import FUZZED, label
from lead_provider_conformance.fuzzing.placeholders import COURSES
from lead_provider_conformance.fuzzing.rules import Failure
from lead_provider_conformance.fuzzing.validity import Validity, assess
from lead_provider_conformance.model import Scope
from lead_provider_conformance.resources import cache_folder
from lead_provider_conformance.run.run import Run

FOLDER = "failing"
ATTEMPTS = 24
# What a case is, if nothing but the request itself says so.
_JUDGED = frozenset({Expected.ACCEPTED, Expected.RULED, Expected.REFUSED, Expected.LENIENT})


class FailingCases:
    """The failing cases of one operation of one target, kept between runs."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, run: Run, scope: Scope, operation: str) -> FailingCases:
        """Those of an operation in the target of a run."""
        target = hashlib.sha256(run.target.name.encode()).hexdigest()[:12]
        return cls(cache_folder() / FOLDER / target / f"{scope}-{operation}.json")

    def read(self) -> tuple[Case, ...]:
        """The cases that failed when they were last sent; none if the file is of another version of the suite."""
        if not self._file.is_file():
            return ()
        try:
            return tuple(Case.from_list(members) for members in json.loads(self._file.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            return ()

    def keep(self, cases: Iterable[Case]) -> None:
        """Keep these, and forget what was kept before."""
        lines = [case.to_list() for case in dict.fromkeys(cases)]
        if lines:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(lines), encoding="utf-8")
        else:
            self._file.unlink(missing_ok=True)


def shortest(
    failure: Failure, kinds: frozenset[Expected], contract: Contract, fails: Callable[[Case], Failure | None]
) -> Failure:
    """The failure of the shortest case, of those made by leaving things out, that is of one of the `kinds` which the
    broken rule is about, and breaks it too.

    `fails` sends one, and tells how it fails. Placeholders are left as they are.
    """
    attempts = ATTEMPTS
    shrinking = True
    while shrinking and attempts:
        shrinking = False
        for shorter in _shorter(failure.sent.made):
            alike = _alike(shorter, failure.sent.made, kinds, contract)
            if alike and attempts:
                attempts -= 1
                if still := fails(alike):
                    failure, shrinking = still, True
                    break
    return failure


def _alike(shorter: Case, case: Case, kinds: frozenset[Expected], contract: Contract) -> Case | None:
    """The shorter case, if a rule about those kinds can tell it to be wrong. One about all kinds can, whatever is wrong
    with it; any other only if it is as right or as wrong as the case was, and in the same place.
    """
    was, becomes = _judged(case, contract), _judged(shorter, contract)
    if [(each.expected, each.place) for each in becomes] == [(each.expected, each.place) for each in was]:
        return shorter
    if kinds != frozenset(Expected) or case.expected not in _JUDGED:
        return None
    now = becomes[0]
    what = label(case.operation, now.place, *FUZZED)
    return replace(shorter, expected=now.expected, wrong=now.wrong, member=now.member, labels=(what,))


def _shorter(case: Case) -> Iterator[Case]:
    for position, (name, value) in enumerate(case.query):
        before, after = case.query[:position], case.query[position + 1 :]
        yield replace(case, query=before + after)
        if len(value) > 1 and not value.startswith("{"):
            yield replace(case, query=(*before, (name, value[: len(value) // 2]), *after))
    try:
        body = json.loads(case.content or "")
    except (ValueError, RecursionError):
        return
    for shorter in _without_one(body):
        yield replace(case, content=json.dumps(shorter))


def _without_one(value: Any) -> Iterator[Any]:
    """The value with one member or item left out, or one text halved, anywhere in it."""
    if isinstance(value, dict):
        for name in value:
            yield {other: inner for other, inner in value.items() if other != name}
        for name, inner in value.items():
            yield from (value | {name: less} for less in _without_one(inner))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield value[:position] + value[position + 1 :]
            yield from ([*value[:position], less, *value[position + 1 :]] for less in _without_one(inner))
    elif isinstance(value, str) and len(value) > 1 and not value.startswith("{"):
        yield value[: len(value) // 2]


def _judged(case: Case, contract: Contract) -> list[Validity]:
    """Whether a case is valid, and where it is wrong, with a course of either programme: what else has to be there
    depends on the course.
    """
    operation = contract.operation(case.operation)
    judgements = []
    for course in COURSES.values():
        filled = case.filled(_Something(course=course))
        judgements.append(assess(contract, operation, filled.path, filled.query, filled.content_type, filled.raw))
    return judgements


class _Something(dict[str, str]):
    """Stands for any placeholder: it is only asked whether the rest of a request is right."""

    def __missing__(self, name: str) -> str:
        if name == "half:page":
            return "2"
        return "2022-09-14T09:00:00Z" if name.startswith(("date:", "half:")) else "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11"

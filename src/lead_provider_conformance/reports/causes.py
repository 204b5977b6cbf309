"""Failures by what caused them: many requirements fail for one reason, and a reader wants to mend that reason.

A cause is read off the exchange that decided: an operation that gave no answer, answered with a status that is a
server's error or not documented, or broke the contract at a place. Where the exchange shows nothing of the kind, the
cause is the requirement's own reason. Values that differ from record to record do not make a cause another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lead_provider_conformance.model import Level
from lead_provider_conformance.reports.digest import LEVELS, Failure
from lead_provider_conformance.results.journal import Finding, decisive_exchange

FIRST_SERVER_ERROR = 500
UNDOCUMENTED_STATUS = "contract/documented-status"

POSITION = re.compile(r"(?<=/)\d+(?=[/: ]|$)")
# What differs between two tellings of one reason: ids, times, the version in a path, quoted values, numbers.
VARIABLE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\d[T ]?[\d:.]*(?:Z|[+-]\d\d:\d\d)?|/api/v\d|\d+",
    re.IGNORECASE,
)
# Past this stands a body, which is another one every time.
BODY = re.compile(r"\s[{\[<].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures with one cause, the most binding first. `title` says what it is; empty if it is a requirement's own."""

    title: str
    failures: tuple[Failure, ...]

    @property
    def shared(self) -> bool:
        """Whether more than one requirement fails because of it."""
        return len(self.failures) > 1


@dataclass(frozen=True, slots=True)
class Symptom:
    """What one finding shows of its cause. Those with equal keys are equal, and one cause."""

    key: tuple[str, ...]
    title: str = field(default="", compare=False)


def causes(failures: Sequence[Failure], exchanges: Mapping[str, Mapping[str, Any]]) -> tuple[Cause, ...]:
    """The causes of `failures`, those with a MUST first and, among them, those that break the most.

    A requirement that fails for several reasons is told under the one that it shares with the most others.
    """
    symptoms = {
        index: tuple(dict.fromkeys(symptom(finding, exchanges) for finding in failure.findings))
        for index, failure in enumerate(failures)
    }
    shared_by = Counter(each for several in symptoms.values() for each in several)
    rank = {each: place for place, (each, _) in enumerate(shared_by.most_common())}
    groups: dict[Symptom, list[Failure]] = {}
    for index, failure in enumerate(failures):
        groups.setdefault(min(symptoms[index], key=rank.__getitem__), []).append(failure)
    found = (
        Cause(symptom.title if len(group) > 1 else "", tuple(sorted(group, key=_binding)))
        for symptom, group in groups.items()
    )
    return tuple(sorted(found, key=lambda cause: (_binding(cause.failures[0]), -_musts(cause.failures))))


def symptom(finding: Finding, exchanges: Mapping[str, Mapping[str, Any]]) -> Symptom:
    """What a finding shows of its cause."""
    exchange = decisive_exchange(finding, exchanges)
    if exchange is None:
        return _own_reason(finding)
    operation = exchange["operation"] or exchange["request"]["method"]
    response = exchange["response"]
    if response is None:
        return Symptom(("no answer", operation), f"`{operation}` gave no answer")
    status, violations = response["status"], exchange["violations"]
    if status >= FIRST_SERVER_ERROR:
        return Symptom(("status", operation, str(status)), f"`{operation}` failed with {status}")
    if any(each["requirement"] == UNDOCUMENTED_STATUS for each in violations):
        title = f"`{operation}` answered {status}, which is not documented"
        return Symptom(("status", operation, str(status)), title)
    # A generated request breaks `generated/x` where it breaks `contract/x`.
    broken = {finding.requirement, finding.requirement.replace("generated/", "contract/")}
    for each in violations:
        if each["requirement"] in broken:
            where = without_positions(each["where"])
            place = f" at `{where}`" if where else ""
            message = _steady(each["message"])
            return Symptom(
                ("place", operation, where, message),
                f"What `{operation}` answers breaks the contract{place}: {each['message']}",
            )
    return _own_reason(finding)


def without_positions(text: str) -> str:
    """`text` in which every position in a list is a `*`: the same fault of many records is one fault."""
    return POSITION.sub("*", text)


def _own_reason(finding: Finding) -> Symptom:
    return Symptom((finding.requirement, _steady(finding.reason or "")))


def _steady(text: str) -> str:
    return VARIABLE.sub("#", BODY.sub("", without_positions(text)))


def _binding(failure: Failure) -> int:
    return LEVELS.index(failure.requirement.level)


def _musts(failures: Iterable[Failure]) -> int:
    return sum(failure.requirement.level is Level.MUST for failure in failures)

"""Group failures by cause, because many requirements fail for one reason and a reader wants to fix that reason.

The cause is read from the deciding exchange: no response, a 5xx, an undocumented status, or a contract violation at one
place. Otherwise the cause is the requirement's own reason. Values that differ between records do not change a cause.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from lead_provider_conformance.contract.values import UUID_PATTERN
from lead_provider_conformance.model import Level
from lead_provider_conformance.reports.summary import Failure
from lead_provider_conformance.results.journal import Finding, decisive_exchange
from lead_provider_conformance.text import without_positions

FIRST_SERVER_ERROR = 500
UNDOCUMENTED_STATUS = "contract/documented-status"

# The parts of a reason that differ between records: ids, times, the version in a path, numbers.
VARIABLE = re.compile(
    rf"{UUID_PATTERN}|\d{{4}}-\d\d-\d\d[T ]?[\d:.]*(?:Z|[+-]\d\d:\d\d)?|/api/v\d|\d+",
    re.IGNORECASE,
)
# A quoted body and everything after it.
BODY = re.compile(r"\s[{\[<].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures that share this cause, MUST first. `title` is empty for a single failure."""

    title: str
    failures: tuple[Failure, ...]

    @property
    def shared(self) -> bool:
        """Whether several requirements share this cause."""
        return len(self.failures) > 1

    @property
    def musts(self) -> int:
        """The number of MUSTs that share this cause."""
        return sum(failure.requirement.level is Level.MUST for failure in self.failures)


@dataclass(frozen=True, slots=True)
class Symptom:
    """The sign of a cause in one finding. Symptoms with equal keys have the same cause."""

    key: tuple[str, ...]
    title: str = field(default="", compare=False)


def causes(failures: Sequence[Failure], exchanges: Mapping[str, Mapping[str, Any]]) -> tuple[Cause, ...]:
    """Return the causes of `failures`: first those with a MUST, then by number of MUSTs.

    A requirement with several causes is listed under the one that it shares with the most other requirements.
    """
    symptoms = [dict.fromkeys(symptom(finding, exchanges) for finding in failure.findings) for failure in failures]
    frequency = Counter(chain(*symptoms))
    rank = {each: place for place, (each, _) in enumerate(frequency.most_common())}
    groups: dict[Symptom, list[Failure]] = defaultdict(list)
    for failure, shown in zip(failures, symptoms, strict=True):
        groups[min(shown, key=rank.__getitem__)].append(failure)
    unordered = (
        Cause(symptom.title if len(group) > 1 else "", tuple(sorted(group, key=lambda failure: failure.rank)))
        for symptom, group in groups.items()
    )
    return tuple(sorted(unordered, key=lambda cause: (cause.failures[0].rank, -cause.musts)))


def symptom(finding: Finding, exchanges: Mapping[str, Mapping[str, Any]]) -> Symptom:
    """Return the symptom that a finding shows."""
    exchange = decisive_exchange(finding, exchanges)
    if exchange is None:
        return _own_reason(finding)
    operation = exchange["operation"] or exchange["request"]["method"]
    response = exchange["response"]
    if response is None:
        return Symptom(("no response", operation), f"`{operation}` returned no response")
    status, violations = response["status"], exchange["violations"]
    if status >= FIRST_SERVER_ERROR:
        return Symptom(("status", operation, str(status)), f"`{operation}` failed with {status}")
    if any(each["requirement"] == UNDOCUMENTED_STATUS for each in violations):
        title = f"`{operation}` returned {status}, which is not documented"
        return Symptom(("status", operation, str(status)), title)
    # A generated request breaks `generated/x` where it breaks `contract/x`.
    requirements = {finding.requirement, finding.requirement.replace("generated/", "contract/")}
    for each in violations:
        if each["requirement"] in requirements:
            where = without_positions(each["where"])
            place = f" at `{where}`" if where else ""
            title = f"The response of `{operation}` violates the contract{place}: {each['message']}"
            return Symptom(("place", operation, where, _normalised(each["message"])), title)
    return _own_reason(finding)


def _own_reason(finding: Finding) -> Symptom:
    return Symptom((finding.requirement, _normalised(finding.reason or "")))


def _normalised(text: str) -> str:
    return VARIABLE.sub("#", BODY.sub("", without_positions(text)))

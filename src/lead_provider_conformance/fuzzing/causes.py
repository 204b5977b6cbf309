"""Failures of generated requests, and their grouping into causes: a defect is reported once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from lead_provider_conformance import model
from lead_provider_conformance.contract import Violation
from lead_provider_conformance.fuzzing.case import Case, Expected
from lead_provider_conformance.fuzzing.replay import CaseResult
from lead_provider_conformance.oracles.list_oracle import known_cause
from lead_provider_conformance.text import INVISIBLE, shortened, without_positions

SHOWN_CHARACTERS = 300
VALID = frozenset({Expected.ACCEPTED, Expected.RULED})


@dataclass(frozen=True, slots=True)
class Failure:
    """One result that breaks a requirement. Failures of the same cause have the same `key`."""

    key: str
    message: str
    result: CaseResult

    @property
    def cause(self) -> model.Cause | None:
        """The violated place and rule of the contract, or the cause of a wrong list or a refused query; else None."""
        violations = (each for each in self.result.exchange.violations if violation_message(each) == self.message)
        for each in violations:
            if each.rule != "documented-status":
                return model.Cause(place=without_positions(each.where), kind=each.kind or each.rule)
        return known_cause(self.message) or self._refused_query

    @property
    def _refused_query(self) -> model.Cause | None:
        """The parameters of a valid query and the status of its refusal; None for other failures."""
        case, response = self.result.case, self.result.response
        names = sorted({name for name, _ in case.query})
        if response is None or not 400 <= response.status < model.FIRST_SERVER_ERROR:
            return None
        if case.writes or not names or case.expected not in VALID:
            return None
        return model.Cause(place=f"query:{','.join(names)}", kind=str(response.status))


@dataclass(frozen=True, slots=True)
class Cause:
    """Failures with the same key, represented by the one with the shortest request."""

    shortest: Failure
    count: int = 1

    @property
    def key(self) -> str:
        """The key of the failures, whatever their operation."""
        return self.shortest.key

    @property
    def exchange(self) -> str:
        """The id of the exchange that shows the failure."""
        return self.shortest.result.exchange.id

    def __str__(self) -> str:
        times = "" if self.count == 1 else f" ({self.count} requests; this is the shortest)"
        return f"{describe(self.shortest.result.case)}: {self.shortest.message}{times}"


def violation_message(violation: Violation) -> str:
    """Return the message of a failure that is a violation of the contract."""
    return f"{violation.where or 'the response'}: {violation.message}"


def causes_of(failures: Iterable[Failure]) -> tuple[Cause, ...]:
    """Group failures by key, the most frequent cause first."""
    return merge_causes(Cause(failure) for failure in failures)


def merge_causes(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Merge causes with the same key, the most frequent first. Shrinking may have made their keys equal."""
    by_key: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        by_key[cause.key].append(cause)
    merged = (
        Cause(min((each.shortest for each in same), key=_request_size), sum(each.count for each in same))
        for same in by_key.values()
    )
    return tuple(sorted(merged, key=lambda cause: -cause.count))


def describe(case: Case) -> str:
    """Return a case as one line of ASCII text, cut short."""
    query = "&".join(f"{name}={value}" for name, value in case.query)
    query = INVISIBLE.sub(lambda match: quote(match[0], errors="surrogatepass"), query)
    text = f"{case.method} {case.path}{'?' if query else ''}{query} {case.content or ''}".strip()
    return shortened(text.encode("ascii", "backslashreplace").decode(), SHOWN_CHARACTERS)


def _request_size(failure: Failure) -> int:
    return failure.result.case.size

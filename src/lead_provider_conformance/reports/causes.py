"""Group failures by cause, because many requirements fail for one reason and a reader wants to fix that reason."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from lead_provider_conformance.contract.values import UUID_PATTERN
from lead_provider_conformance.model import FIRST_SERVER_ERROR, Cause, Level
from lead_provider_conformance.reports.summary import PARITY, Failure, quantity
from lead_provider_conformance.results.causes import (
    NO_RESPONSE,
    Exchanges,
    cause_of,
    is_of_client,
    is_undocumented,
    violation_at,
)
from lead_provider_conformance.results.defects import (
    ACCEPTS,
    LEAK,
    LIST,
    NOT_NAMED,
    OTHER_ERROR,
    OTHER_RECORD,
    PAGES,
    QUERY,
    REFUSES,
    UNCHECKED,
    UNKEPT,
    UNUSABLE,
    VALUE,
    defect_of,
)
from lead_provider_conformance.results.explained_defects import explanations, is_server_error
from lead_provider_conformance.results.journal import Finding, Journals, decisive_exchange
from lead_provider_conformance.results.operations import (
    NO_ADVICE,
    Advice,
    absent_operations,
    advice_on_absent,
    failing_operations,
    found_by_reading,
)
from lead_provider_conformance.results.wake import wake, with_unkept_writes
from lead_provider_conformance.text import without_positions

# The parts of a reason that differ between records: ids, times, the version in a path, numbers.
VARIABLE = re.compile(
    rf"{UUID_PATTERN}|\d{{4}}-\d\d-\d\d[T ]?[\d:.]*(?:Z|[+-]\d\d:\d\d)?|/api/v\d|\d+",
    re.IGNORECASE,
)
# A quoted body and everything after it.
BODY = re.compile(r"\s[{\[<].*", re.DOTALL)


NOT_IMPLEMENTED = Cause(kind="not implemented")
"""The cause of every failure at an operation that the server lacks."""
FAILING_AT_ONCE = 3
"""So many operations that fail with a 5xx and never succeed have one cause."""
OWN_TITLES = (ACCEPTS, REFUSES, LEAK, UNCHECKED, UNKEPT, OTHER_RECORD)
"""The kinds of defects with a better title than their first finding."""


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Failures that share a cause, MUST first. `title` is empty for a single failure, `advice` says how to go on."""

    title: str
    failures: tuple[Failure, ...]
    advice: Advice = NO_ADVICE

    @property
    def shared(self) -> bool:
        """Whether several requirements share this cause."""
        return len(self.failures) > 1 or bool(self.advice.sentences)

    @property
    def musts(self) -> int:
        """The number of MUSTs that share this cause."""
        return sum(failure.requirement.level is Level.MUST for failure in self.failures)


@dataclass(frozen=True, slots=True)
class Symptom:
    """The cause of one finding, and its title. Own reasons of a requirement are symptoms of their own."""

    cause: Cause
    reason: str = ""
    title: str = field(default="", compare=False)


def causes(
    failures: Sequence[Failure], exchanges: Exchanges, journals: Journals | None = None
) -> tuple[CauseGroup, ...]:
    """Return the causes of `failures`: first those with a MUST, then by number of MUSTs.

    Operations that the server lacks are one cause, which comes first. It has advice if the `journals` of the run are
    given.

    A requirement with several causes is listed under the one that it shares with the most other requirements. The
    findings of that cause come first, the plainest request before all others, and those in its wake last. A cause in
    whose wake a requirement failed counts only if it has none of its own, which would not be listed then.
    """
    if any(each.requirement.area == PARITY for each in failures):  # each is a cause already
        return tuple(CauseGroup("", (each,)) for each in failures)
    findings = [finding for failure in failures for finding in failure.findings]
    defects, in_wake = _defects(findings, exchanges)
    absent = absent_operations(exchanges.values())
    at_absent = (each for each in defects if _is_at(each, absent, exchanges))
    defects = {**defects, **dict.fromkeys(at_absent, NOT_IMPLEMENTED)}
    own_findings = (
        [each for each in failure.findings if each not in in_wake] or failure.findings for failure in failures
    )
    shown = [dict.fromkeys(defects[finding] for finding in own) for own in own_findings]
    frequency = Counter(chain(*shown))
    rank = {each: place for place, (each, _) in enumerate(frequency.most_common())}
    groups: dict[Cause, list[Failure]] = defaultdict(list)
    for failure, own in zip(failures, shown, strict=True):
        defect = min(own, key=rank.__getitem__)

        def key(finding: Finding, defect: Cause = defect) -> tuple[bool, bool, tuple[bool, int, int]]:
            return defects[finding] != defect, finding in in_wake, request_size(finding, exchanges)

        groups[defect].append(replace(failure, findings=tuple(sorted(failure.findings, key=key))))
    missing = groups.pop(NOT_IMPLEMENTED, [])
    unordered = (_group(defect, group, in_wake, exchanges) for defect, group in groups.items())
    ordered = sorted(unordered, key=lambda group: (group.failures[0].rank, -group.musts))
    if not missing:
        return tuple(ordered)
    found = found_by_reading(exchanges.values())
    advice = advice_on_absent(absent, journals, found) if journals else NO_ADVICE
    return (_missing_group(missing, absent, advice), *ordered)


def _is_at(finding: Finding, operations: Collection[str], exchanges: Exchanges) -> bool:
    """Return whether the test has called one of the operations before it failed: later failures follow from it."""
    return any(exchanges[each]["operation"] in operations for each in finding.exchanges if each in exchanges)


def _missing_group(failures: Sequence[Failure], absent: Mapping[str, frozenset[int]], advice: Advice) -> CauseGroup:
    statuses = sorted(set().union(*absent.values()))
    verb = "is" if len(absent) == 1 else "are"
    title = (
        f"{quantity(len(absent), 'operation')} {verb} not implemented "
        f"({' or '.join(map(str, statuses))} to every request)"
    )
    ordered = tuple(sorted(failures, key=lambda each: each.rank))
    if ordered[0].requirement.level is not Level.MUST:  # reports show these apart, after the others
        return CauseGroup(title, ordered)
    return CauseGroup(f"{title}: {', '.join(f'`{each}`' for each in absent)}", ordered, advice)


def _group(
    defect: Cause, failures: Sequence[Failure], in_wake: Collection[Finding], exchanges: Exchanges
) -> CauseGroup:
    def key(failure: Failure) -> tuple[int, bool, tuple[bool, int, int]]:
        first = failure.findings[0]
        return failure.rank, first in in_wake, request_size(first, exchanges)

    plainest_first = sorted(failures, key=key)
    causes_shown = {cause_of(each, exchanges) for failure in failures for each in failure.findings}
    first = cause_of(plainest_first[0].findings[0], exchanges)
    operations = {each.operation for each in causes_shown if (each.place, each.kind) == (first.place, first.kind)}
    more = len(operations - {""}) - 1
    titles = (symptom(each.findings[0], exchanges, more=more).title for each in plainest_first)
    own = _title(defect) if defect.kind in OWN_TITLES or defect.kind.isdecimal() else ""
    title = (own or next(filter(None, titles), _title(defect))) if len(failures) > 1 else ""
    return CauseGroup(title, tuple(plainest_first))


def _title(defect: Cause) -> str:
    """Return the title of a defect that no violation or status of its own describes."""
    operation, place = f"`{defect.operation}`", defect.place
    if defect.kind == LIST:
        if not defect.operation and place == QUERY:
            return "Several lists do not read their queries"
        query = place.partition(":")[2]
        lists = f"{operation} returns" if defect.operation else "Several lists return"
        wrong = "wrong pages" if place == PAGES else "wrong records" + (f" with {query}" if query else " or pages")
        return f"{lists} {wrong}"
    if defect.kind == NOT_NAMED:
        return f"No error of {operation} names `{place}`"
    if defect.kind == VALUE:
        return f"{operation if defect.operation else 'The server'} returns wrong values of `{place}`"
    if defect.kind == UNUSABLE:
        return f"The server has shown values of `{place}` that cannot be sent"
    if is_server_error(defect) and not defect.operation:
        return f"{quantity(place.count(',') + 1, 'operation')} failed with {defect.kind} and never succeeded"
    if is_server_error(defect):
        return f"{operation} failed with {defect.kind}" + (f" at `{place}`" if place else "")
    returned = f"{operation if defect.operation else 'Several operations'} returned {defect.kind}"
    if defect.kind.endswith(OTHER_ERROR):
        return returned
    if defect.kind.isdecimal():
        return f"{returned}, which is not documented"
    if defect.kind in OWN_TITLES:
        return f"{operation} {defect.kind}" + (f" ({place})" if place else "")
    return f"`{defect}`"


def _defects(findings: Sequence[Finding], exchanges: Exchanges) -> tuple[Mapping[Finding, Cause], Collection[Finding]]:
    """Return the defect of each finding, and the findings in the wake of a wrong step.

    The cause of a generated test may be another requirement, with a defect of its own.
    """
    own = with_unkept_writes({each: defect_of(each, exchanges) for each in findings}, exchanges)
    in_wake = wake(own, exchanges)
    defects = {**own, **in_wake}
    of_requirement: dict[str, Cause] = {}
    for each in findings:
        of_requirement.setdefault(each.requirement, defects[each])
    for each in findings:
        named = cause_of(each, exchanges).kind
        if named != each.requirement and named in of_requirement:
            defects[each] = of_requirement[named]
    explained = explanations(defects.values())
    defects = {each: explained.get(defect, defect) for each, defect in defects.items()}
    failing = failing_operations(exchanges.values())
    if len(failing) >= FAILING_AT_ONCE:
        defects = {
            each: Cause("", ",".join(sorted(failing)), defect.kind)
            if is_server_error(defect) and defect.operation in failing
            else defect
            for each, defect in defects.items()
        }
    return defects, in_wake


def request_size(finding: Finding, exchanges: Exchanges) -> tuple[bool, int, int]:
    """Return how much there is to read: the number of exchanges, then the size of the deciding request.

    A finding without a request comes last.
    """
    exchange = decisive_exchange(finding, exchanges)
    if exchange is None:
        return True, 0, 0
    request = exchange["request"]
    return False, len(finding.exchanges), len(request["url"]) + len(request["body"] or "")


def symptom(finding: Finding, exchanges: Exchanges, *, more: int = 0) -> Symptom:
    """Return the symptom that a finding shows; its title counts `more` operations."""
    cause = cause_of(finding, exchanges)
    exchange = decisive_exchange(finding, exchanges)
    named = f"`{cause.operation or (exchange['request']['method'] if exchange else '')}`"
    named += f" and {quantity(more, 'more operation')}" if more else ""
    at = f" at `{cause.place}`" if cause.place else ""
    if cause.kind == finding.requirement:
        return Symptom(cause, _normalised(finding.reason or ""))
    if cause.kind == NO_RESPONSE:
        return Symptom(cause, title=f"{named} returned no response{at}")
    if exchange and (violation := violation_at(cause, exchange)):
        message = "request to" if is_of_client(exchange) else "response of"
        title = f"The {message} {named} violates the contract{at}: {violation['message']}"
        return Symptom(cause, title=title)
    if cause.kind.isdecimal():
        is_error = int(cause.kind) >= FIRST_SERVER_ERROR
        undocumented = ", which is not documented" if exchange and is_undocumented(exchange) else ""
        end = f"failed with {cause.kind}{at}" if is_error else f"returned {cause.kind}{undocumented}{at}"
        return Symptom(cause, title=f"{named} {end}")
    return Symptom(cause, title=f"{named}{at}: {cause.kind}")


def _normalised(text: str) -> str:
    return VARIABLE.sub("#", BODY.sub("", without_positions(text)))

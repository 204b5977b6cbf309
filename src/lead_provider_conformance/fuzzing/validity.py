"""Whether a generated request is valid, and if it is not, whether a server is bound to refuse it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Expected

# Where servers are known to take no offence: behaviours ERR-DATA-TYPE-NOT-VALIDATED, ERR-UNKNOWN-ATTRIBUTE-IGNORED,
# DECL-EVIDENCE-STARTED-A, DECL-HAS-PASSED-IGNORED, FILT-UNKNOWN-KEY-IGNORED, FILT-COHORT-NO-MATCH,
# SCHED-COHORT-DEFAULT, FILT-UPDATED-SINCE-BLANK, SORT-V3-UNKNOWN-KEY-IGNORED, PAG-LENIENT-INTEGER.
_ENFORCED_IN_PATH_OR_BODY = re.compile(
    r"path:\w+|/data|/data/attributes|/data/attributes/(?!evidence_held|has_passed|cohort)\w+"
)
# PAG-INVALID-PAGE-400, FILT-UPDATED-SINCE-INVALID, FILT-TRAINING-STATUS-INVALID, FILT-CREATED-SINCE-INVALID.
_ENFORCED_IN_QUERY = {
    "query:page[page]": re.compile(r"-?0+|-\d+|[^\d\s+.-][^\d]*"),
    "query:page[per_page]": re.compile(r"-?0+|-\d+|[^\d\s+.-][^\d]*"),
    "query:filter[updated_since]": re.compile(r"[A-Za-z]+|\d{4}-\d{2}-\d{2}"),
    "query:filter[created_since]": re.compile(r"[A-Za-z]+|\d{4}-\d{2}-\d{2}"),
    "query:filter[training_status]": re.compile(r"[A-Za-z-]+"),
}
# ERR-DATA-TYPE-NOT-VALIDATED again: nobody asks for it.
_TYPE_MISSING = "'type' is missing"
# A schedule that there is not may be refused as an invalid action: behaviour SCHED-UNKNOWN.
_NAMED_ONLY_IF_MISSING = frozenset({"schedule_identifier"})
# What servers do not know they pass over: behaviour ERR-UNKNOWN-ATTRIBUTE-IGNORED.
_PASSED_OVER = "undocumented-member"
_MISSING = re.compile(r"'(\w+)' is missing")


@dataclass(frozen=True, slots=True)
class Validity:
    """What the contract says about a request. `place` is where it is wrong, `member` what a refusal has to name."""

    expected: Expected
    wrong: str = ""
    place: str = ""
    member: str = ""

    @property
    def about(self) -> str:
        """Where it is wrong, or what is missing there."""
        missing = self.member and not self.place.endswith(f"/{self.member}")
        return f"{self.place}/{self.member}" if missing else self.place


def assess(
    contract: Contract,
    operation: Operation,
    path: str,
    query: Sequence[tuple[str, str]],
    content_type: str,
    content: bytes | None,
) -> Validity:
    """The validity of a concrete request. A valid one is `RULED`: that nothing stands against it is not known here."""
    problems = contract.check_request(operation, path, query, None if content is None else content_type, content)
    if not problems:
        return Validity(Expected.RULED)
    wrong = "; ".join(f"{each.where}: {each.message}".removeprefix(": ") for each in problems)
    place, message = problems[0].where, problems[0].message
    passed_over = problems[0].rule == _PASSED_OVER or message == _TYPE_MISSING
    if len(problems) > 1 or passed_over or not _enforced(place, dict(query)):
        return Validity(Expected.LENIENT, wrong, place)
    return Validity(Expected.REFUSED, wrong, place, _named(place, message))


def _enforced(place: str, query: dict[str, str]) -> bool:
    if place in _ENFORCED_IN_QUERY:
        return _ENFORCED_IN_QUERY[place].fullmatch(query.get(place.removeprefix("query:"), "")) is not None
    return _ENFORCED_IN_PATH_OR_BODY.fullmatch(place) is not None


def _named(place: str, message: str) -> str:
    """The member that an error about this has for its title: behaviour ERR-ENVELOPE-422."""
    if place == "/data/attributes" and (missing := _MISSING.match(message)):
        return missing[1]
    member = place.removeprefix("/data/attributes/")
    return "" if member == place or member in _NAMED_ONLY_IF_MISSING else member

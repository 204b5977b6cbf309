"""Whether a generated request is valid, and whether a server must refuse an invalid one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.fuzzing.case import Expected

# All other places are lenient: behaviours ERR-DATA-TYPE-NOT-VALIDATED, ERR-UNKNOWN-ATTRIBUTE-IGNORED,
# DECL-EVIDENCE-STARTED-A, DECL-HAS-PASSED-IGNORED, FILT-UNKNOWN-KEY-IGNORED, FILT-COHORT-NO-MATCH,
# SCHED-COHORT-DEFAULT, FILT-UPDATED-SINCE-BLANK, SORT-V3-UNKNOWN-KEY-IGNORED, PAG-LENIENT-INTEGER.
_ENFORCED_IN_PATH_OR_BODY = re.compile(
    r"path:\w+|/data|/data/attributes|/data/attributes/(?!evidence_held|has_passed|cohort|secondary_delivery_partner_id)\w+"
)
# PAG-INVALID-PAGE-400, FILT-UPDATED-SINCE-INVALID, FILT-TRAINING-STATUS-INVALID, FILT-CREATED-SINCE-INVALID.
_ENFORCED_IN_QUERY = {
    "query:page[page]": re.compile(r"-?0+|-\d+|[^\d\s+.-][^\d]*"),
    "query:page[per_page]": re.compile(r"-?0+|-\d+|[^\d\s+.-][^\d]*"),
    "query:filter[updated_since]": re.compile(r"[A-Za-z]+|\d{4}-\d{2}-\d{2}"),
    "query:filter[created_since]": re.compile(r"[A-Za-z]+|\d{4}-\d{2}-\d{2}"),
    "query:filter[training_status]": re.compile(r"[A-Za-z-]+"),
}
# The ECT service lists nothing for an unknown training status, and the NPQ service refuses it.
_LENIENT_SINCE = {"query:filter[training_status]": "2026-08"}
# Behaviour ERR-DATA-TYPE-NOT-VALIDATED.
_TYPE_MISSING = "'type' is missing"
# An unknown schedule may be refused as an invalid action: behaviour SCHED-UNKNOWN.
_NAMED_ONLY_IF_MISSING = frozenset({"schedule_identifier"})
# Behaviour ERR-UNKNOWN-ATTRIBUTE-IGNORED.
_IGNORED = "undocumented-member"
LONGEST_NUMBER = 9
_PLACEHOLDER_OR = r"\{[\w:]+\}|"
# By the end of a filter's name: the values that a server must accept.
_PROMISED = {
    "_id": re.compile(_PLACEHOLDER_OR + r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "cohort": re.compile(_PLACEHOLDER_OR + r"[12]\d{3}", re.ASCII),
    "urn": re.compile(_PLACEHOLDER_OR + r"\d{5,7}", re.ASCII),
}
_MISSING = re.compile(r"'(\w+)' is missing")


@dataclass(frozen=True, slots=True)
class Validity:
    """How the contract classifies a request: the expected responses and, if invalid, where it is wrong and why.

    `field` is the field that a refusal must name.
    """

    expected: Expected
    defect: str = ""
    place: str = ""
    field: str = ""

    @property
    def label_place(self) -> str:
        """The place of the defect, or of the missing field."""
        missing = self.field and not self.place.endswith(f"/{self.field}")
        return f"{self.place}/{self.field}" if missing else self.place


def assess(
    contract: Contract,
    operation: Operation,
    path: str,
    query: Sequence[tuple[str, str]],
    content_type: str,
    content: bytes | None,
) -> Validity:
    """Return the validity of a concrete request. A valid one is `RULED`, as only the caller knows the rules."""
    problems = contract.check_request(operation, path, query, None if content is None else content_type, content)
    if not problems:
        return Validity(Expected.RULED)
    defect = "; ".join(f"{each.where}: {each.message}".removeprefix(": ") for each in problems)
    place, message = problems[0].where, problems[0].message
    ignored = problems[0].rule == _IGNORED or message == _TYPE_MISSING
    if len(problems) > 1 or ignored or not _is_enforced(place, dict(query), contract.edition):
        return Validity(Expected.LENIENT, defect, place)
    return Validity(Expected.REFUSED, defect, place, _named_field(place, message))


def unpromised(query: Sequence[tuple[str, str]], body: Any) -> str:
    """Return why a server may refuse a request that the schemas allow; empty if no reason is known.

    No published text promises that a page number of any length is accepted, or any text as an id or a year. A body
    without attributes is accepted where places are not capped (behaviour NAPP-ACCEPT-NO-BODY).
    """
    for name, value in query:
        if name.startswith("page[") and len(value) > LONGEST_NUMBER:
            return f"{name} has {len(value)} digits"
        promised = next((form for suffix, form in _PROMISED.items() if name.endswith(f"{suffix}]")), None)
        if promised and not all(promised.fullmatch(each) for each in value.split(",")):
            return f"{name} may be refused"
    return "there are no attributes" if body is not None and "attributes" not in body["data"] else ""


def _is_enforced(place: str, query: dict[str, str], edition: str) -> bool:
    if place in _LENIENT_SINCE and edition >= _LENIENT_SINCE[place]:
        return False
    if place in _ENFORCED_IN_QUERY:
        return _ENFORCED_IN_QUERY[place].fullmatch(query.get(place.removeprefix("query:"), "")) is not None
    return _ENFORCED_IN_PATH_OR_BODY.fullmatch(place) is not None


def _named_field(place: str, message: str) -> str:
    """Return the field that must be the title of an error: behaviour ERR-ENVELOPE-422."""
    if place == "/data/attributes" and (missing := _MISSING.match(message)):
        return missing[1]
    field = place.removeprefix("/data/attributes/")
    return "" if field == place or field in _NAMED_ONLY_IF_MISSING else field

"""Whether lists hold what their queries asked for.

Behaviours PAG-PAGE-AND-PER-PAGE, PAG-NO-OVERLAP, FILT-UPDATED-SINCE, FILT-TRAINING-STATUS,
FILT-COHORT-ECF-PARTICIPANTS, FILT-DECL-PARTICIPANT-ID and SORT-V3-UPDATED-AT-ASC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from lead_provider_conformance.api.records import parse_time
from lead_provider_conformance.contract.values import PAGE_LIMIT
from lead_provider_conformance.http import IncompleteResponse

Resource = Mapping[str, Any]
Query = Sequence[tuple[str, str]]

_YEARS = re.compile(r"\d{4}(,\d{4})*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def unasked(query: Query, resources: Sequence[Resource]) -> Iterator[str]:
    """What in a list is not as its query asked, one sentence for each part of the query."""
    asked = dict(query)
    if (size := asked.get("page[per_page]", "")).isdecimal() and len(resources) > min(int(size), PAGE_LIMIT):
        yield "a page holds more records than page[per_page] allows"
    if (page := asked.get("page[page]", "")).isdecimal() and int(page) > 100_000 and resources:
        yield "a page far beyond the last one is not empty"
    for member, keeps in _FILTERS.items():
        value = asked.get(f"filter[{member}]")
        # Which transfers changed is told by the person, and not by what is shown: behaviour FILT-UPDATED-SINCE-SUBJECT.
        judged = [each for each in resources if member != "updated_since" or "transfers" not in each["attributes"]]
        if value and not all(keeps(value, each["attributes"]) for each in judged):
            yield f"records are listed that filter[{member}] leaves out"
    if asked.get("sort") in ("updated_at", "-updated_at"):
        moments = [instant for each in resources if (instant := _instant(each["attributes"].get("updated_at")))]
        if moments != sorted(moments, reverse=asked["sort"].startswith("-")):
            yield f"the list is not sorted by {asked['sort']}"


def overlapping(one: Query, ids: Sequence[str], other: Query, other_ids: Sequence[str]) -> bool:
    """Whether two pages of the same list, by their queries, share a record."""
    pages = (dict(one).get("page[page]"), dict(other).get("page[page]"))
    if None in pages or pages[0] == pages[1] or _without_page(one) != _without_page(other):
        return False
    return not set(ids).isdisjoint(other_ids)


def _instant(text: Any) -> datetime | None:
    """The instant that is shown, with a fraction of a second or without; None for what the contract does not allow."""
    try:
        return parse_time(text)
    except IncompleteResponse:
        return None


def _without_page(query: Query) -> frozenset[tuple[str, str]]:
    return frozenset(pair for pair in query if pair[0] != "page[page]")


def _enrolments(attributes: Resource) -> Sequence[Resource]:
    found = attributes.get("ecf_enrolments", attributes.get("npq_enrolments"))
    return found if isinstance(found, list) else [attributes]


def _cohort(value: str, attributes: Resource) -> bool:
    """Whether one of the cohorts that a record shows, alone or in a list, is asked for."""
    shown = [each["cohort"] for each in _enrolments(attributes) if "cohort" in each]
    years = [str(year) for each in shown for year in (each if isinstance(each, list) else [each])]
    return not years or _YEARS.fullmatch(value) is None or any(year in value.split(",") for year in years)


def _training_status(value: str, attributes: Resource) -> bool:
    shown = [each["training_status"] for each in _enrolments(attributes) if "training_status" in each]
    return not shown or value in shown


def _participant(value: str, attributes: Resource) -> bool:
    return "participant_id" not in attributes or attributes["participant_id"] in value.split(",")


def _since(value: str, shown: Any) -> bool:
    if not _INSTANT.fullmatch(value) or not _INSTANT.fullmatch(str(shown)):
        return True
    try:
        return datetime.fromisoformat(str(shown)) >= datetime.fromisoformat(value)
    except ValueError:  # a month, a day or an hour that there is not
        return True


_FILTERS: Mapping[str, Callable[[str, Resource], bool]] = {
    "cohort": _cohort,
    "training_status": _training_status,
    "participant_id": _participant,
    "updated_since": lambda value, attributes: _since(value, attributes.get("updated_at")),
    "created_since": lambda value, attributes: _since(value, attributes.get("created_at")),
}

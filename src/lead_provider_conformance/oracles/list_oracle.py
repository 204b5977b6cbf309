"""In what the answer to a query of a list differs from what the whole list says it must hold.

What the published texts promise of lists is one requirement, and what only the deployed service's own tests say is
another: several values with commas between, values that nobody has, several keys to sort by, the order that nobody
asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lead_provider_conformance.api.records import identity, parse_time
from lead_provider_conformance.contract.values import DEFAULT_PAGE_SIZE, PAGE_LIMIT, UNKNOWN_COHORT, UNKNOWN_ID
from lead_provider_conformance.fuzzing.list_queries import LONG_AFTER
from lead_provider_conformance.oracles.filters import FilterCase, field_values, time_filter, value_filter

Resource = Mapping[str, Any]
Query = Sequence[tuple[str, str]]

AS_PROMISED = "generated/lists-what-was-asked"
AS_DEPLOYED = "generated/lists-as-deployed"
SINCE = {"updated_since": "updated_at", "created_since": "created_at"}
"""By filter: the member that it is about."""
FORMER = "from_participant_id"
_NOBODYS = frozenset({UNKNOWN_ID, UNKNOWN_COHORT})


@dataclass(frozen=True, slots=True)
class Difference:
    """In what an answer differs from what it must hold, and which requirement that breaks."""

    requirement: str
    told: str


def difference(
    query: Query, resources: Sequence[Resource], whole: Sequence[Resource], due: Sequence[str] | None = None
) -> Difference | None:
    """What in the answer to a query is not as the whole list says; None if nothing is, or it cannot be told.

    `due` are the identities of the whole, if they are known.
    """
    asked = dict(query)
    order = asked.pop("sort", "")
    page = int(asked.pop("page[page]", "1"))
    size = min(int(asked.pop("page[per_page]", str(DEFAULT_PAGE_SIZE))), PAGE_LIMIT)
    due = due or identities(whole)
    listed = identities(resources)
    for name, value in asked.items():
        return _not_filtered(name, value, resources, whole)
    if order:
        return _not_sorted(order, resources, listed, due)
    there = due[(page - 1) * size :][:size]
    if len(listed) != len(there):
        return Difference(AS_PROMISED, "a page does not hold as many records as the whole list has for it")
    if set(listed) != set(there) and page == 1 and size >= len(due):
        return Difference(AS_PROMISED, "a page for all of the records does not hold them")
    if listed != there:
        return Difference(AS_DEPLOYED, "a page does not hold what the whole list has there")
    return None


def _not_filtered(name: str, value: str, resources: Sequence[Resource], whole: Sequence[Resource]) -> Difference | None:
    criterion = _criterion(name.removeprefix("filter[").removesuffix("]"), value, whole)
    if criterion is None:
        return None
    promised = "," not in value and value not in _NOBODYS
    requirement = AS_PROMISED if promised else AS_DEPLOYED
    if not all(criterion.may_include(each) for each in resources):
        return Difference(requirement, f"records are listed that {name} leaves out")
    listed = set(identities(resources))
    # A full page may lack what the next one has.
    if len(resources) < PAGE_LIMIT and any(
        criterion.must_include(each) and identity(each) not in listed for each in whole
    ):
        return Difference(requirement, f"records are missing that {name} does not leave out")
    return None


def _not_sorted(
    order: str, resources: Sequence[Resource], listed: Sequence[str], due: Sequence[str]
) -> Difference | None:
    first, _, others = order.partition(",")
    requirement = AS_DEPLOYED if others else AS_PROMISED
    descending, member = first.startswith("-"), first.removeprefix("-")
    if not set(listed) <= set(due) or len(set(listed)) != min(len(set(due)), PAGE_LIMIT):
        return Difference(requirement, "a sorted list does not hold the same records")
    if all(member in each["attributes"] for each in resources):
        times = [parse_time(each["attributes"][member]) for each in resources]
        if times != sorted(times, reverse=descending):
            return Difference(requirement, f"the list is not sorted by {order}")
    if member == "created_at" and not descending and listed != due[:PAGE_LIMIT]:
        return Difference(AS_DEPLOYED, "the list without a sort is in another order than by created_at")
    # In which order a list comes that nobody asked to be sorted, nobody promised.
    on_one_page = member == "created_at" and descending and len(due) <= PAGE_LIMIT
    if on_one_page and due[0] != due[-1] and listed.index(due[0]) < listed.index(due[-1]):
        return Difference(AS_DEPLOYED, f"the list is not sorted by {order}")
    return None


def identities(resources: Sequence[Resource]) -> list[str]:
    """What tells each record from all others, in the order of the list."""
    return [identity(each) for each in resources]


def _criterion(name: str, value: str, whole: Sequence[Resource]) -> FilterCase | None:
    """What a filter leaves of the records; None if they do not show it."""
    if value in (LONG_AFTER, *_NOBODYS):
        return FilterCase(name, value, lambda _: False, lambda _: False)
    if name in SINCE:
        if not all(SINCE[name] in each["attributes"] for each in whole):
            return None
        # Which transfers changed is told by the person, and not by what is shown: behaviour FILT-UPDATED-SINCE-SUBJECT.
        exact = not any("transfers" in each["attributes"] for each in whole)
        return time_filter(parse_time(value), name, SINCE[name], exact=exact)
    if name == FORMER:
        return FilterCase(name, value, lambda each: value in former_ids(each), lambda each: value in former_ids(each))
    if all(field_values(each, name) <= {"None"} for each in whole):
        return None
    return value_filter(name, *value.split(","))


def former_ids(resource: Resource) -> list[str]:
    """The ids that a participant had before."""
    changes = resource["attributes"].get("participant_id_changes")
    return [str(each[FORMER]) for each in changes or () if isinstance(each, dict) and each.get(FORMER)]

"""Values of the placeholders of list queries, taken from the list's own records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.http import IncompleteResponse
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import distinct_values, instant_between_updates
from lead_provider_conformance.oracles.list_oracle import FORMER_ID, TIME_FIELDS, former_ids

Resource = Mapping[str, Any]

_VALUE_FIELDS = ("cohort", "participant_id", "delivery_partner_id", "urn")


def placeholder_values(resources: Sequence[Resource], cohorts: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each placeholder that the records can fill.

    `cohorts` are the cohorts of the provider's participants, by id: not every list shows the cohort of its records.
    """
    values = dict(_times(resources))
    if resources:
        values["half:page"] = str(-(-len(resources) // 2))
    for field, shown in _shown_values(resources, cohorts):
        values[f"one:{field}"] = shown[0]
        if len(shown) > 1:
            values[f"other:{field}"] = shown[-1]
    return values


def _times(resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    for field in TIME_FIELDS.values():
        try:
            time = format_time(instant_between_updates(resources, field))
        except (CouldNotRun, IncompleteResponse):
            continue
        yield f"half:{field}", time
        yield f"quoted:{field}", quote(time, safe="")


def _shown_values(resources: Sequence[Resource], cohorts: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    for field in _VALUE_FIELDS:
        try:
            yield field, distinct_values(resources, field)
        except CouldNotRun:
            if field == "cohort" and cohorts:
                participants = {str(each["attributes"].get("participant_id")) for each in resources}
                listed = {cohort for participant, cohort in cohorts.items() if participant in participants}
                yield field, sorted(listed or set(cohorts.values()))
        except IncompleteResponse:
            continue
    if former := sorted({each for resource in resources for each in former_ids(resource)}):
        yield FORMER_ID, former

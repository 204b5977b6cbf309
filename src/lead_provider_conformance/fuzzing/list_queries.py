"""Valid list queries whose results show whether the server applied them: one filter, order or page each.

Most values come from the list itself, so that some records match and others do not. `{one:NAME}` is a value that a
record shows for the field NAME, and `{other:NAME}` another one. `{half:NAME}` is a time between those of the records,
and `{quoted:NAME}` the same time, percent-encoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import skip_malformed
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.operation import resolve
from lead_provider_conformance.contract.values import PAGE_LIMIT, UNKNOWN_COHORT
from lead_provider_conformance.http import IncompleteResponse, Resource
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.oracles.filters import distinct_values, instant_between_updates
from lead_provider_conformance.oracles.list_oracle import FAR_FUTURE, FORMER_ID, TIME_FIELDS, former_ids
from lead_provider_conformance.oracles.lists import takes_one_value

Query = tuple[tuple[str, str], ...]

_VALUE_FIELDS = ("cohort", "participant_id", "delivery_partner_id", "urn")

FULL_PAGE: Query = (("page[per_page]", str(PAGE_LIMIT)),)
PAGES: tuple[Query, ...] = (
    (("page[page]", "1"), ("page[per_page]", "2")),
    (("page[page]", "2"), ("page[per_page]", "2")),
    (("page[page]", "2"), ("page[per_page]", "{half:page}")),
    (("page[page]", "999999"), ("page[per_page]", "1")),
    (("page[per_page]", "3"),),
    (("page[per_page]", "100000"),),
    (),
)


def _values(field: str, unknown: str) -> tuple[str, ...]:
    one, other = f"{{one:{field}}}", f"{{other:{field}}}"
    return (one, other, f"{one},{other}", unknown)


_VALUES = {
    "updated_since": ("{half:updated_at}", FAR_FUTURE),
    "created_since": ("{half:created_at}", FAR_FUTURE),
    "cohort": _values("cohort", UNKNOWN_COHORT),
    "participant_id": _values("participant_id", "{unknown}"),
    "delivery_partner_id": _values("delivery_partner_id", "{unknown}"),
    "from_participant_id": ("{one:from_participant_id}", "{unknown}"),
    "urn": ("{one:urn}",),
}


def list_queries(contract: Contract, operation: Operation) -> Iterator[Query]:
    """Yield the queries that an operation's parameters allow; none if it is no list of all records."""
    if "{" in operation.path:
        return
    document = contract.document
    schemas = {
        each["name"]: resolve(document, each["schema"]) for each in operation.parameters if each["in"] == "query"
    }
    filters = schemas.get("filter", {})
    required = tuple((f"filter[{name}]", f"{{{name}}}") for name in filters.get("required", ()))
    full_page = FULL_PAGE if "page" in schemas else ()
    if "page" in schemas:
        yield from (required + page for page in PAGES)
    for name, schema in filters.get("properties", {}).items():
        if f"filter[{name}]" in dict(required):
            continue
        allowed = resolve(document, schema)
        for value in (*allowed.get("enum", ()), *_VALUES.get(name, ())):
            if "," not in value or not takes_one_value(allowed):
                yield (*required, (f"filter[{name}]", value), *full_page)
    if "sort" in schemas:
        keys = resolve(document, schemas["sort"]["items"])["enum"]
        # The last key followed by its opposite: only the first of the two can decide.
        two_keys = f"{keys[-1]},{keys[-1].removeprefix('-')}"
        yield from ((*required, ("sort", key), *full_page) for key in (*keys, two_keys))


def double_encoded_queries(contract: Contract, operation: Operation) -> Iterator[Query]:
    """Yield the queries with a time, percent-encoding the time once more than the rest."""
    for query in list_queries(contract, operation):
        encoded = tuple((name, value.replace("{half:updated_at}", "{quoted:updated_at}")) for name, value in query)
        if encoded != query:
            yield encoded


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
    if former := sorted({each for _, ids in skip_malformed(resources, former_ids) for each in ids}):
        yield FORMER_ID, former

"""Records with a field of another type, or without it, never raise an error of the suite.

Each field of observed records gets each wrong value in turn. Everything that reads records may then raise the errors
that tests report as findings, and no other.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lead_provider_conformance.api.records import Application, Declaration, NpqOutcome, Participant, identity
from lead_provider_conformance.contract import Contract, Operation
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.fuzzing.list_queries import list_queries, placeholder_values
from lead_provider_conformance.http import IncompleteResponse, NoResponse, Response
from lead_provider_conformance.model import CouldNotRun, NotApplicable
from lead_provider_conformance.oracles.csv_table import CsvTable
from lead_provider_conformance.oracles.filters import assert_sorted, field_values
from lead_provider_conformance.oracles.list_oracle import compare, contradictions, former_ids
from lead_provider_conformance.testdata import dates
from lead_provider_conformance.testdata.application_facts import ApplicationFacts, Applications
from lead_provider_conformance.testdata.catalogue import CATALOGUE, ApplicationState
from lead_provider_conformance.testdata.inventory import ListSnapshot
from lead_provider_conformance.testdata.predicates import ParticipantFacts

OBSERVED = Path(__file__).parents[1] / "data" / "contract"
TODAY = date(2024, 12, 11)
MISSING = object()
VALUES = (None, True, 7, 2.5, "", "text", [], [None], ["text"], {}, {"text": 1}, MISSING)
RECORDS = 3
REPORTED = (IncompleteResponse, NoResponse, CouldNotRun, NotApplicable)
FIELDS = ("cohort", "participant_id", "delivery_partner_id", "mentor_id", "training_status", "statement_id", "urn")
# Most lists show the same fields in every version.
LISTS = [
    ("v3", "participants/ecf"),
    ("v1", "participants/ecf"),
    ("v3", "participants/npq"),
    ("v1", "participants/npq"),
    ("v3", "participant-declarations"),
    ("v3", "npq-applications"),
    ("v3", "participants/npq/outcomes"),
    ("v3", "participants/ecf/transfers"),
    ("v3", "partnerships/ecf"),
    ("v3", "schools/ecf"),
    ("v3", "delivery-partners"),
    ("v3", "statements"),
    ("v3", "unfunded-mentors/ecf"),
]


@cache
def observed(version: str, name: str) -> list[dict[str, Any]]:
    """Return the first records of an observed list."""
    lines = gzip.decompress((OBSERVED / f"observed-2024-12-{version}.ndjson.gz").read_bytes()).splitlines()
    path = f"/api/{version}/{name}"
    found = (each for each in map(json.loads, lines) if each["path"].partition("?")[0] == path)
    records = (each["response"]["data"] for each in found if each["method"] == "GET" and each["status"] == 200)
    return max(records, key=len)[:RECORDS]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of all fields and items of a record, except its id."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        if path or name == "attributes":
            yield (*path, name)
        yield from places(inner, (*path, name))


def mutated(record: Mapping[str, Any], path: Sequence[str | int], value: object) -> dict[str, Any]:
    """Return a copy of a record with another value at a path, or without the field."""
    changed: Any = copy.deepcopy(record)
    *parents, last = path
    place = changed
    for each in parents:
        place = place[each]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return changed  # type: ignore[no-any-return]


def properties(record: object) -> Iterator[Callable[[], object]]:
    names = (name for name in dir(type(record)) if isinstance(getattr(type(record), name, None), property))
    yield from (lambda name=name: getattr(record, name) for name in names if not name.startswith("_"))


def participant_readers(participant: Participant, calendar: Calendar) -> Iterator[Callable[[], object]]:
    yield from properties(participant)
    facts = ParticipantFacts(participant, (), calendar, TODAY)
    yield from properties(facts)
    yield from (lambda s=s: s.recognises(facts) for s in CATALOGUE.values() if not isinstance(s, ApplicationState))
    for of in ("started", "completed", "extended-1"):
        yield lambda of=of: dates.declaration_of(participant, of, calendar)
        yield lambda of=of: dates.date_before_window(participant, of, calendar)
        yield lambda of=of: dates.date_after_window(participant, of, calendar)


def application_readers(application: Application, calendar: Calendar) -> Iterator[Callable[[], object]]:
    yield from properties(application)
    facts = ApplicationFacts(application, Applications([application], [application]), calendar, TODAY)
    yield from properties(facts)
    yield from (lambda s=s: s.recognises(facts) for s in CATALOGUE.values() if isinstance(s, ApplicationState))
    yield lambda: dates.participant_from(application, calendar)


def readers(
    response: Response, contract: Contract, operation: Operation, csv: CsvTable, calendar: Calendar
) -> Iterator[Callable[[], object]]:
    """Yield each way to read the records of a list."""
    resources = response.resources
    snapshot = ListSnapshot(resources)
    for field in ("updated_at", "created_at"):
        for descending in (False, True):
            yield lambda field=field, descending=descending: assert_sorted(response, field, descending=descending)
    yield lambda: placeholder_values(resources, {})
    yield lambda: csv.mismatches(resources)
    yield lambda: [identity(each) for each in resources]
    yield lambda: [former_ids(each) for each in resources]
    yield from (lambda field=field: [field_values(each, field) for each in resources] for field in FIELDS)
    values = placeholder_values(resources, {}) | {"unknown": "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11", "cohort": "2021"}
    for query in list_queries(contract, operation):
        filled = filled_query(query, values)
        yield lambda filled=filled: list(contradictions(filled, resources))
        yield lambda filled=filled: compare(filled, resources, resources)
    name = operation.path.split("/", 3)[3]
    if name in ("participants/ecf", "participants/npq"):
        yield lambda: (snapshot.with_one_enrolment, snapshot.with_several_enrolments)
        for resource in resources:
            yield lambda resource=resource: Participant.in_resource(resource)
        for participant in (*snapshot.with_one_enrolment, *snapshot.with_several_enrolments):
            yield from participant_readers(participant, calendar)
    for kind, of in ((Declaration, "participant-declarations"), (NpqOutcome, "participants/npq/outcomes")):
        if name == of:
            yield from (reader for each in resources for reader in properties(kind.of(each)))
            yield lambda: snapshot.declarations_by_enrolment
    if name == "npq-applications":
        yield from (reader for each in resources for reader in application_readers(Application.of(each), calendar))


def filled_query(query: Sequence[tuple[str, str]], values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a query with its placeholders filled, or with the text `x` for those without a value."""
    filled = []
    for name, value in query:
        for placeholder in value.split(","):
            if placeholder.startswith("{"):
                value = value.replace(placeholder, values.get(placeholder.strip("{}"), "x"))
        filled.append((name, value))
    return filled


def surprises(version: str, name: str) -> Iterator[str]:
    """Yield each unexpected error, with the field and the value that have caused it."""
    contract, calendar = Contract.load(version), Calendar.load()
    operation = contract.find("GET", f"/api/{version}/{name}")
    assert operation
    shape = contract.shape(operation, 200)
    records = observed(version, name)
    columns = ("id", *records[0]["attributes"])
    csv = CsvTable(columns, {each["id"]: dict.fromkeys(columns, "") for each in records})
    for path in places(records[0]):
        for value in VALUES:
            data = [mutated(records[0], path, value), *records[1:]]
            body = json.dumps({"data": data}).encode()
            response = Response("e", "GET", operation.path, 200, {}, body, shape, operation.id)
            shown = "nothing" if value is MISSING else repr(value)
            try:
                for reader in readers(response, contract, operation, csv, calendar):
                    yield from surprise(reader, f"{'/'.join(map(str, path))} = {shown}")
            except REPORTED:
                continue


def surprise(reader: Callable[[], object], what: str) -> Iterator[str]:
    try:
        reader()
    except REPORTED:
        pass
    except AssertionError:
        pass  # a failure that a test reports
    except Exception as error:  # noqa: BLE001 - every other error is one of the suite
        yield f"{what}: {type(error).__name__}: {error}"


@pytest.mark.parametrize(("version", "name"), LISTS)
def test_record_with_any_wrong_value_is_no_suite_error(version: str, name: str) -> None:
    assert list(surprises(version, name)) == []

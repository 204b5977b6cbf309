"""A server that shows one field with a value of another type has findings, and the suite has no error.

`tests/unit/test_values_of_another_type.py` tries every field and value. Here whole runs see a sample, another one every
day.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .processes import run, sandbox, token_options
from .servers import Proxy, Request, Response, serve

MISSING = object()
VALUES: dict[str, object] = {
    "null": None,
    "bool": True,
    "number": 7,
    "text": "text",
    "list": ["text"],
    "object": {"text": 1},
    "missing": MISSING,
}
FIELDS = {
    "ecf": [
        "attributes", "cohort", "created_at", "updated_at", "course_identifier", "participant_id", "declaration_date",
        "declaration_type", "state", "statement_id", "delivery_partner_id", "ecf_enrolments", "email", "full_name",
        "participant_type", "training_status", "participant_status", "schedule_identifier", "eligible_for_funding",
        "mentor_id", "teacher_reference_number_validated", "withdrawal", "deferral", "training_record_id",
        "participant_id_changes", "urn", "in_partnership", "induction_programme_choice", "status", "transfers",
        "cut_off_date", "evidence_held", "type", "data", "errors",
    ],
    "npq": [
        "attributes", "cohort", "created_at", "updated_at", "course_identifier", "participant_id", "declaration_date",
        "declaration_type", "state", "npq_enrolments", "email", "full_name", "training_status", "schedule_identifier",
        "eligible_for_funding", "status", "funded_place", "has_passed", "completion_date", "withdrawal", "deferral",
        "participant_id_changes", "teacher_reference_number_validated", "ineligible_for_funding_reason", "data",
        "errors",
    ],
}  # fmt: skip


class Changing:
    """Changes a field of every second record in successful responses, or in all bodies for `data` and `errors`."""

    def __init__(self, field: str, value: object) -> None:
        self._field = field
        self._value = value

    def __call__(self, _: Request, response: Response) -> Response:
        try:
            body = json.loads(response.body)
        except ValueError:
            return response
        if self._field in ("data", "errors"):
            self._replace(body)
        elif isinstance(body, dict):
            data = body.get("data")
            for resource in data if isinstance(data, list) else [data]:
                if isinstance(resource, dict) and int(resource["id"][-1], 16) % 2:
                    self._replace(resource)
        return Response(response.status, json.dumps(body).encode(), response.headers)

    def _replace(self, value: Any) -> None:
        if isinstance(value, dict):
            if self._field in value:
                if self._value is MISSING:
                    del value[self._field]
                else:
                    value[self._field] = self._value
            for inner in value.values():
                self._replace(inner)
        elif isinstance(value, list):
            for inner in value:
                self._replace(inner)


def sample() -> Iterator[tuple[str, str, str]]:
    """Yield programme, field and type of value for today."""
    choice = random.Random(datetime.now(UTC).date().toordinal())
    for programme in [*FIELDS, choice.choice(list(FIELDS))]:
        yield programme, choice.choice(FIELDS[programme]), choice.choice(list(VALUES))


def suite_errors(folder: Path, programme: str, field: str, kind: str) -> tuple[int, list[str]]:
    """Return the exit status and the suite errors of a run against a server that shows `field` with such a value."""
    with sandbox() as server, serve(Proxy(server.address, change=Changing(field, VALUES[kind]))) as address:
        options = ("--base-url", address, *token_options(), "--safety", "sandbox", "--profile", "quick")
        ended = run(folder, *options, "--api-version", "v3", "--programme", programme)
    errors = [f"{each['test']}: {each['reason']}" for each in ended.results if each.get("outcome") == "suite-error"]
    return ended.status, errors


@pytest.mark.parametrize(("programme", "field", "kind"), list(sample()))
def test_field_of_another_type_is_no_suite_error(tmp_path: Path, programme: str, field: str, kind: str) -> None:
    status, errors = suite_errors(tmp_path, programme, field, kind)

    assert errors == []
    assert status in (0, 1, 4, 6)

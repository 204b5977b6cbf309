"""Format lists as CSV, for versions 1 and 2."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

APPLICATION_COLUMNS_V1 = (
    "id", "participant_id", "full_name", "email", "email_validated", "teacher_reference_number",
    "teacher_reference_number_validated", "school_urn", "school_ukprn", "private_childcare_provider_urn",
    "headteacher_status", "eligible_for_funding", "funded_place", "funding_choice", "course_identifier", "status",
    "works_in_school", "employer_name", "employment_role", "created_at", "updated_at", "cohort",
    "ineligible_for_funding_reason", "targeted_delivery_funding_eligibility", "teacher_catchment",
    "teacher_catchment_country", "teacher_catchment_iso_country_code", "itt_provider", "lead_mentor",
)  # fmt: skip
"""Behaviour CSV-NPQ-APPLICATIONS-V1."""

APPLICATION_COLUMNS_V2 = tuple(name for name in APPLICATION_COLUMNS_V1 if not name.startswith("teacher_catchment"))
"""Behaviour CSV-NPQ-APPLICATIONS-V2."""

ENROLMENT_COLUMNS = (
    "participant_id", "course_identifier", "schedule_identifier", "cohort", "npq_application_id",
    "eligible_for_funding", "funded_place", "training_status", "school_urn",
)  # fmt: skip
"""Behaviour NENR-CSV."""


def csv_of_resources(resources: Iterable[Mapping[str, Any]]) -> str:
    """Return a CSV file with the fields of the resources as columns; empty without resources (behaviour CSV-EMPTY)."""
    rows = [{"id": each["id"], **each["attributes"]} for each in resources]
    return csv_of_rows(tuple(rows[0]), rows) if rows else ""


def csv_of_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a CSV file with a header; null is an empty field (behaviour CSV-PARTICIPANTS-VALUES)."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_field(row[name]) for name in columns] for row in rows)
    return file.getvalue()


def _field(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Places of training of the ECT service, and the transfers between them."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, insert

from lead_provider_sandbox.control.events.context import EventError
from lead_provider_sandbox.control.records import stored_rows
from lead_provider_sandbox.domain.models import Enrolment
from lead_provider_sandbox.store.tables import partnerships, schools, transfers


def place_with(connection: Connection, provider_id: str, training: Enrolment) -> dict[str, str]:
    """Return a partnership of a provider in the cohort, at another school."""
    in_cohort = (partnerships.c.provider_id == provider_id, partnerships.c.cohort == training.cohort)
    for each in stored_rows(connection, partnerships, *in_cohort, partnerships.c.challenged_at.is_(None)):
        school = stored_rows(connection, schools, schools.c.id == each["school_id"])[0]
        if school["urn"] != training.school_urn and school["standing"] == "open":
            partner = each["delivery_partner_id"]
            return {"partnership_id": each["id"], "delivery_partner_id": partner, "school_urn": school["urn"]}
    raise EventError(f"the provider {provider_id} has no partnership with another school in cohort {training.cohort}")


def add_transfer(connection: Connection, training: Enrolment, moment: str, **values: str) -> None:
    """Add a transfer from the place of a training; `values` are its other columns."""
    row = {
        "id": str(uuid.uuid4()),
        "person_id": training.person_id,
        "training_record_id": training.training_record_id,
        "leaving_urn": training.school_urn,
        "leaving_provider_id": training.provider_id,
        "joining_urn": None,
        "joining_provider_id": None,
        "joining_date": None,
        "created_at": moment,
        "updated_at": moment,
    }
    connection.execute(insert(transfers), row | values)

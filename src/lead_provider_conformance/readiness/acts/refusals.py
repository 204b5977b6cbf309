"""Refusals that the client cannot foresee: 422 responses of the API's form."""

from __future__ import annotations

import json

from lead_provider_conformance.readiness.effects import Effect, respond


def refusal(*problems: tuple[str, str]) -> Effect:
    """Return the effect of a 422 with an entry for each field and its problem."""
    errors = [{"title": title, "detail": detail} for title, detail in problems]
    return respond(422, json.dumps({"errors": errors}), "application/json; charset=utf-8")


PARTICIPANT_REFUSED = refusal(("participant_id", "The '#/participant_id' is not recognised. Check the details."))
TWO_FIELDS_REFUSED = refusal(
    ("declaration_date", "Enter a valid RCF3339 '#/declaration_date'."),
    ("evidence_held", "Enter a valid '#/evidence_held' value for this participant."),
)
NPQ_FIELDS_REFUSED = refusal(
    ("declaration_date", "Enter a valid RCF3339 '#/declaration_date'."),
    (
        "delivery_partner_id",
        "The entered '#/delivery_partner_id' is not from your list of confirmed Delivery Partners for the Cohort",
    ),
)

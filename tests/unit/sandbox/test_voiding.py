"""Voiding declarations, and clawing paid ones back."""

from __future__ import annotations

from typing import Any

import pytest

CANNOT = "This declaration cannot be voided. Contact the DfE if you have any questions about why you cannot void it."
OWN = {"lead_provider_name": "Ambition Sandbox"}


def shown(api: Any, declaration_id: str) -> dict[str, Any]:
    attributes: dict[str, Any] = api.get(f"participant-declarations/{declaration_id}").data["attributes"]
    return attributes


@pytest.mark.parametrize("state", ["submitted", "eligible", "payable", "ineligible"])
def test_void_of_unpaid_declaration_removes_its_statement(api: Any, state: str) -> None:
    made = api.declarations(state=state, **OWN)[0]

    voided = api.void(made["id"])

    assert voided.status == 200
    assert voided.data["attributes"] == shown(api, made["id"])
    after = voided.data["attributes"]
    assert (after["state"], after["statement_id"]) == ("voided", None)
    assert after["updated_at"] == "2025-01-15T12:00:00Z"
    assert after["created_at"] == made["attributes"]["created_at"]


def test_void_of_paid_declaration_becomes_awaiting_clawback(api: Any) -> None:
    cohort_2023 = {each["id"] for each in api.participants(cohort="2023")}
    made = next(
        each for each in api.declarations(state="paid", **OWN) if each["attributes"]["participant_id"] in cohort_2023
    )

    after = api.void(made["id"]).data["attributes"]

    assert after["state"] == "awaiting-clawback"
    assert after["statement_id"] == made["attributes"]["statement_id"]
    assert api.get(f"statements/{after['clawback_statement_id']}").data["attributes"]["cut_off_date"] == "2025-01-31"


def test_clawback_requires_future_statement(api: Any) -> None:
    frozen = {each["id"] for each in api.participants(cohort="2021")}
    made = next(each for each in api.declarations(state="paid") if each["attributes"]["participant_id"] in frozen)

    refused = api.void(made["id"])

    assert refused.errors["Invalid action"].startswith(
        "Participant declaration You cannot submit or void declarations for the 2021 cohort."
    )


@pytest.mark.parametrize(
    ("state", "detail"),
    [
        ("voided", "This declaration has already been voided."),
        (
            "awaiting-clawback",
            CANNOT,
        ),
        (
            "clawed-back",
            CANNOT,
        ),
    ],
)
def test_void_of_ended_declaration_is_refused(api: Any, state: str, detail: str) -> None:
    made = api.declarations(state=state, **OWN)[0]

    refused = api.void(made["id"])

    assert (refused.status, refused.errors) == (422, {"Invalid action": detail})
    assert shown(api, made["id"]) == made["attributes"]


def test_other_providers_declaration_returns_404(api: Any) -> None:
    theirs = api.as_other().declarations(lead_provider_name="Teach Well Sandbox")[0]

    assert (api.void(theirs["id"]).status, api.void("not-a-uuid").status) == (404, 404)


def test_void_ignores_body(api: Any) -> None:
    made = api.declarations(state="eligible", **OWN)[0]["id"]

    assert api.send("PUT", f"/api/v3/participant-declarations/{made}/void", raw=b'{"data":').status == 200

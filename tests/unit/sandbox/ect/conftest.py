"""A sandbox of the ECT service in this process, reset for each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.sandbox.conftest import Client, Reply

from lead_provider_sandbox.sandbox import Options, Sandbox

TODAY = "2026-11-29"
NOW = f"{TODAY}T12:00:00.000000Z"


class EctClient(Client):
    """Sends requests to the ECT service as one lead provider."""

    def as_other(self) -> EctClient:
        return EctClient(self.sandbox, super().as_other().token)

    def later(self, days: int) -> None:
        """Move the clock."""
        moment = datetime(2026, 11, 29, 12, tzinfo=UTC) + timedelta(days=days)
        self.travel(moment.strftime("%Y-%m-%dT%H:%M:%S.000000Z"))

    def all_of(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Return every record of a list."""
        data: list[dict[str, Any]] = self.get(path, {"page[per_page]": 3000, **query}).data
        return data

    def shown(self, person: dict[str, Any]) -> dict[str, Any]:
        """Return the first enrolment as it is now."""
        enrolment: dict[str, Any] = self.get(f"participants/{person['id']}").data["attributes"]["ecf_enrolments"][0]
        return enrolment

    def one(self, *, declared: list[str] | None = None, **wanted: Any) -> dict[str, Any]:
        """Return a participant with one enrolment that has these values, and declarations of these types and states."""
        kinds: dict[str, list[str]] = {}
        for each in self.all_of("participant-declarations"):
            attributes = each["attributes"]
            kinds.setdefault(attributes["participant_id"], []).append(
                f"{attributes['declaration_type']} {attributes['state']}"
            )
        wanted = {"participant_type": "ect", "cohort": "2024", "training_status": "active", **wanted}
        wanted.setdefault("participant_status", "active" if wanted["training_status"] == "active" else "left")
        wanted.setdefault("schedule_identifier", "ecf-standard-september")
        return next(
            each
            for each in self.all_of("participants")
            if kinds.get(each["id"], []) == (declared or [])
            and len(each["attributes"]["ecf_enrolments"]) == 1
            and all(each["attributes"]["ecf_enrolments"][0][name] == value for name, value in wanted.items())
        )

    def change(self, person: dict[str, Any], event: str, **attributes: Any) -> Reply:
        """PUT an action on the course of a participant."""
        body = {"course_identifier": course_of(person), **attributes}
        return self.put(f"participants/{person['id']}/{event}", **body)

    def new_declaration(self, person: dict[str, Any], kind: str, date: str, **attributes: Any) -> Reply:
        """POST a declaration with evidence, unless it is given as None."""
        values = {
            "participant_id": person["id"],
            "declaration_type": kind,
            "declaration_date": f"{date}T10:00:00Z",
            "course_identifier": course_of(person),
            "evidence_held": "training-event-attended",
            **attributes,
        }
        return self.post(
            "participant-declarations", **{name: each for name, each in values.items() if each is not None}
        )


def course_of(person: dict[str, Any]) -> str:
    kind = person["attributes"]["ecf_enrolments"][0]["participant_type"]
    return "ecf-mentor" if kind == "mentor" else "ecf-induction"


@pytest.fixture(scope="session")
def ect_sandbox() -> Iterator[Sandbox]:
    with Sandbox(Options(edition="2026-08")) as sandbox:
        yield sandbox


@pytest.fixture
def ect(ect_sandbox: Sandbox) -> EctClient:
    """Return a client of the service at its seed, as the first lead provider."""
    ect_sandbox.reset()
    ect_sandbox.gateway.replacements = {}
    client = EctClient(ect_sandbox)
    client.travel(NOW)
    return client

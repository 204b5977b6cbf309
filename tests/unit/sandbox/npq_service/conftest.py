"""A sandbox of the NPQ service in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.sandbox.conftest import SECOND, Client

from lead_provider_sandbox.sandbox import Options, Sandbox

TODAY = "2026-11-29T12:00:00.000000Z"


class NpqClient(Client):
    """Sends requests to the NPQ service as one lead provider."""

    def as_other(self) -> NpqClient:
        return NpqClient(self.sandbox, SECOND)

    def listed(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the records of a whole list."""
        data: list[dict[str, Any]] = self.get(path, {"page[per_page]": 3000, **query}).data
        return data

    def trainings(self, **wanted: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the participants with one enrolment with these values, each with the enrolment."""
        found = [
            (each, enrolment)
            for each in self.listed("participants/npq")
            for enrolment in each["attributes"]["npq_enrolments"]
            if len(each["attributes"]["npq_enrolments"]) == 1
        ]
        return [each for each in found if all(each[1][name] == value for name, value in wanted.items())]

    def undeclared(self, **wanted: Any) -> tuple[str, dict[str, Any]]:
        """Return the id and the enrolment of an active participant without declarations."""
        declared = {each["attributes"]["participant_id"] for each in self.declarations()}
        wanted = {"training_status": "active", **wanted}
        trainings = self.trainings(**wanted)
        return next((each["id"], enrolment) for each, enrolment in trainings if each["id"] not in declared)

    def partner(self, cohort: int = 2025, number: int = 0) -> str:
        """Return the id of one of the provider's delivery partners in a cohort."""
        partners = [each for each in self.listed("delivery-partners") if cohort in each["attributes"]["cohort"]]
        return str(partners[number]["id"])

    def started(self, participant_id: str, course: str = "npq-headship", **changed: Any) -> Any:
        """Declare that a participant has started."""
        attributes = {
            "participant_id": participant_id,
            "declaration_type": "started",
            "declaration_date": "2026-11-02T10:00:00Z",
            "course_identifier": course,
        } | changed
        return self.declare(**{name: value for name, value in attributes.items() if value is not None})

    def titles(self, reply: Any) -> list[str]:
        """Return the titles of an error response."""
        return [error["title"] for error in reply.json["errors"]]


@pytest.fixture(scope="session")
def npq_sandbox() -> Iterator[Sandbox]:
    with Sandbox(Options(edition="2026-08", programme="npq")) as sandbox:
        yield sandbox


@pytest.fixture
def npq(npq_sandbox: Sandbox) -> NpqClient:
    """Return a client of a sandbox at its seed, as the first lead provider."""
    npq_sandbox.reset()
    npq_sandbox.gateway.replacements = {}
    npq_sandbox.gateway.clock.set_to = TODAY
    return NpqClient(npq_sandbox)

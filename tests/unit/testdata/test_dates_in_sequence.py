"""Declarations of cohorts from 2025 on, in each edition: evidence and the order of the dates."""

from __future__ import annotations

import pytest
from tests.unit.testdata.records import ECT

from lead_provider_conformance.api.records import Participant, parse_time
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata.dates import declaration_of

OF_2025 = {**ECT, "cohort": "2025"}


def declaration(milestone: str, edition: str = "2026-08", **enrolment: str) -> dict[str, str]:
    participant = Participant("id", {}, {**OF_2025, **enrolment})
    return declaration_of(participant, milestone, Calendar.load(edition))


def test_dates_of_2025_follow_the_order_of_the_milestones() -> None:
    types = Calendar.load("2026-08").declaration_types("ecf-standard-september", 2025)
    dates = [parse_time(declaration(each)["declaration_date"]) for each in types]

    assert dates == sorted(set(dates))
    assert {each.date() for each in dates} == {dates[0].date()}


@pytest.mark.parametrize(
    ("milestone", "participant_type", "evidence"),
    [
        ("started", "ect", "other"),
        ("retained-2", "ect", "75-percent-engagement-met"),
        ("started", "mentor", "other"),
        ("completed", "mentor", "75-percent-engagement-met"),
    ],
)
def test_evidence_of_2025_is_listed_for_the_type(milestone: str, participant_type: str, evidence: str) -> None:
    assert declaration(milestone, participant_type=participant_type)["evidence_held"] == evidence


@pytest.mark.parametrize(("edition", "cohort"), [("2025-04", "2025"), ("2026-08", "2024"), ("2024-12", "2023")])
def test_start_of_other_editions_and_cohorts_has_no_evidence(edition: str, cohort: str) -> None:
    assert "evidence_held" not in declaration("started", edition, cohort=cohort)
    assert declaration("retained-2", edition, cohort=cohort)["evidence_held"] == "other"

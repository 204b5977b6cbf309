"""Recognition of NPQ applications in states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from lead_provider_conformance.api.records import Application
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata.application_facts import ApplicationFacts, Applications
from lead_provider_conformance.testdata.catalogue import CATALOGUE, ApplicationState

TODAY = date(2025, 6, 1)


def application(
    number: int,
    *,
    person: str | None = "p1",
    status: str = "pending",
    course: Any = "npq-headship",
    cohort: Any = "2023",
    eligible: bool = True,
    **more: Any,
) -> Application:
    participant = person and str(uuid5(NAMESPACE_URL, person))
    attributes = {"participant_id": participant, "status": status, "course_identifier": course, "cohort": cohort}
    return Application(f"a{number}", attributes | {"eligible_for_funding": eligible} | more)


def states_of(
    subject: Application, *others: Application, to_second_provider: Sequence[Application] = (), today: date = TODAY
) -> set[str]:
    applications = Applications([subject, *others], to_second_provider)
    facts = ApplicationFacts(subject, applications, Calendar.load(), today)
    return {
        name for name, state in CATALOGUE.items() if isinstance(state, ApplicationState) and state.recognises(facts)
    }


def accepted(number: int, **more: Any) -> Application:
    return application(number, person=f"other-{number}", status="accepted", **more)


def test_only_pending_application_is_pending() -> None:
    assert states_of(application(1)) == {"application.pending"}


def test_places_are_capped_when_accepted_application_has_funded_place() -> None:
    assert states_of(application(1), accepted(2, funded_place=True)) == {"application.pending", "application.capped"}


def test_places_are_capped_when_funded_place_is_false() -> None:
    assert "application.capped" in states_of(application(1), accepted(2, funded_place=False))


def test_places_are_uncapped_when_funded_place_is_null() -> None:
    found = states_of(application(1), accepted(2, funded_place=None))
    assert found == {"application.pending", "application.uncapped"}


@pytest.mark.parametrize("other", [{"cohort": "2024"}, {"course": "npq-senco"}])
def test_places_of_other_courses_and_cohorts_do_not_count(other: dict[str, Any]) -> None:
    assert states_of(application(1), accepted(2, funded_place=True, **other)) == {"application.pending"}


def test_applicant_who_is_not_eligible_is_in_not_eligible() -> None:
    found = states_of(application(1, eligible=False), accepted(2, funded_place=True))
    assert found == {"application.pending", "application.not-eligible"}


def test_coaching_is_in_without_outcome() -> None:
    coaching: dict[str, Any] = {"course": "npq-early-headship-coaching-offer"}
    found = states_of(application(1, **coaching), accepted(2, funded_place=None, **coaching))
    assert found == {"application.pending", "application.without-outcome"}


def test_application_to_both_providers_for_same_course_is_only_contested() -> None:
    assert states_of(application(1), to_second_provider=[application(9)]) == {"application.contested"}


def test_application_to_both_providers_for_different_courses_is_in_no_state() -> None:
    assert states_of(application(1), to_second_provider=[application(9, course="npq-senco")]) == set()


def test_application_rejected_by_second_provider_is_not_contested() -> None:
    assert states_of(application(1), to_second_provider=[application(9, status="rejected")]) == set()


def test_pending_application_beside_accepted_one_for_same_course_is_second() -> None:
    assert states_of(application(1), application(2, status="accepted")) == {"application.second"}


def test_pending_application_beside_accepted_one_for_another_course_is_in_no_state() -> None:
    assert states_of(application(1), application(2, status="accepted", course="npq-senco")) == set()


def test_rejected_application_is_rejected() -> None:
    assert states_of(application(1, status="rejected")) == {"application.rejected"}


def test_application_for_schedule_that_has_not_opened_is_only_pending() -> None:
    found = states_of(application(1), accepted(2, funded_place=True), today=date(2024, 1, 2))
    assert found == {"application.pending"}


@pytest.mark.parametrize("wrong", [{"cohort": "next year"}, {"cohort": None}, {"course": ["npq-headship"]}])
def test_malformed_applications_are_skipped(wrong: dict[str, Any]) -> None:
    assert states_of(application(1, **wrong), accepted(2, funded_place=[True])) <= {"application.pending"}


def test_application_without_participant_id_is_in_no_state() -> None:
    assert states_of(application(1, person=None)) == set()

"""What the applications to a provider, and to another one, tell of one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from lead_provider_conformance.api.records import Application
from lead_provider_conformance.contract.calendar import Calendar
from lead_provider_conformance.testdata.candidacy import Applicants, Candidacy
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
    subject: Application, *others: Application, elsewhere: Sequence[Application] = (), today: date = TODAY
) -> set[str]:
    candidacy = Candidacy(subject, Applicants([subject, *others], elsewhere), Calendar.load(), today)
    return {
        name for name, state in CATALOGUE.items() if isinstance(state, ApplicationState) and state.recognises(candidacy)
    }


def accepted(number: int, **more: Any) -> Application:
    return application(number, person=f"other-{number}", status="accepted", **more)


def test_a_lone_pending_application_is_pending() -> None:
    assert states_of(application(1)) == {"application.pending"}


def test_places_are_capped_where_an_accepted_application_has_one() -> None:
    assert states_of(application(1), accepted(2, funded_place=True)) == {"application.pending", "application.capped"}


def test_places_are_capped_where_an_accepted_application_expressly_has_none() -> None:
    assert "application.capped" in states_of(application(1), accepted(2, funded_place=False))


def test_places_are_not_capped_where_nothing_is_said_of_them() -> None:
    found = states_of(application(1), accepted(2, funded_place=None))
    assert found == {"application.pending", "application.uncapped"}


@pytest.mark.parametrize("elsewhere", [{"cohort": "2024"}, {"course": "npq-senco"}])
def test_other_courses_and_cohorts_tell_nothing_of_places(elsewhere: dict[str, Any]) -> None:
    assert states_of(application(1), accepted(2, funded_place=True, **elsewhere)) == {"application.pending"}


def test_somebody_not_eligible_is_a_state_of_their_own() -> None:
    found = states_of(application(1, eligible=False), accepted(2, funded_place=True))
    assert found == {"application.pending", "application.not-eligible"}


def test_coaching_is_a_state_of_its_own() -> None:
    coaching: dict[str, Any] = {"course": "npq-early-headship-coaching-offer"}
    found = states_of(application(1, **coaching), accepted(2, funded_place=None, **coaching))
    assert found == {"application.pending", "application.without-outcome"}


def test_who_applied_to_another_provider_for_the_same_is_contested_and_nothing_else() -> None:
    assert states_of(application(1), elsewhere=[application(9)]) == {"application.contested"}


def test_who_applied_to_another_provider_for_something_else_is_left_alone() -> None:
    assert states_of(application(1), elsewhere=[application(9, course="npq-senco")]) == set()


def test_an_application_decided_elsewhere_is_not_contested() -> None:
    assert states_of(application(1), elsewhere=[application(9, status="rejected")]) == set()


def test_a_second_application_for_an_accepted_course() -> None:
    assert states_of(application(1), application(2, status="accepted")) == {"application.second"}


def test_an_application_beside_one_for_another_course_is_in_no_state() -> None:
    assert states_of(application(1), application(2, status="accepted", course="npq-senco")) == set()


def test_a_rejected_application() -> None:
    assert states_of(application(1, status="rejected")) == {"application.rejected"}


def test_a_schedule_that_has_yet_to_open_cannot_be_trained_on() -> None:
    found = states_of(application(1), accepted(2, funded_place=True), today=date(2024, 1, 2))
    assert found == {"application.pending"}


@pytest.mark.parametrize("wrong", [{"cohort": "next year"}, {"cohort": None}, {"course": ["npq-headship"]}])
def test_nonsense_of_a_faulty_server_is_passed_over(wrong: dict[str, Any]) -> None:
    assert states_of(application(1, **wrong), accepted(2, funded_place=[True])) <= {"application.pending"}


def test_an_application_of_nobody_is_passed_over() -> None:
    assert states_of(application(1, person=None)) == set()

"""Changes of edition 2025-04: evidence of cohort 2025, reasons, programmes of schools, clawed-back declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lead_provider_sandbox.sandbox import Options, Sandbox

from .conftest import Client

AVAILABLE = {"evidence_held": "Enter an available '#/evidence_held' type for this participant's event and course."}
REASON = "The property '#/reason' must be a valid reason"
IN_2025 = {"cohort": "2025", "eligible_for_funding": True}


def client(edition: str) -> Iterator[Client]:
    with Sandbox(Options(edition=edition)) as sandbox:
        api = Client(sandbox)
        api.travel("2026-10-15T12:00:00.000000Z")
        yield api


@pytest.fixture
def api() -> Iterator[Client]:
    yield from client("2025-04")


@pytest.fixture
def former() -> Iterator[Client]:
    yield from client("2024-12")


def declare(api: Client, person: dict[str, Any], declaration_type: str, **given: Any) -> Any:
    """Declare on the first day of the milestone's window."""
    schedule = person["attributes"]["ecf_enrolments"][0]["schedule_identifier"]
    window = api.sandbox.calendar.window(schedule, 2025, declaration_type)
    assert window is not None
    return api.start(person, declaration_type=declaration_type, declaration_date=f"{window.start}T10:00:00Z", **given)


@pytest.mark.parametrize(
    ("participant_type", "declaration_type", "evidence", "accepted"),
    [
        ("ect", "started", "materials-engaged-with-offline", True),
        ("ect", "started", "one-term-induction", False),
        ("ect", "retained-1", "materials-engaged-with-offline", True),
        ("ect", "retained-2", "75-percent-engagement-met", True),
        ("ect", "retained-2", "75-percent-engagement-met-reduced-induction", True),
        ("ect", "retained-2", "training-event-attended", False),
        ("ect", "retained-2", "one-term-induction", False),
        ("ect", "completed", "one-term-induction", True),
        ("ect", "completed", "other", False),
        ("mentor", "started", "other", True),
        ("mentor", "completed", "75-percent-engagement-met", True),
        ("mentor", "completed", "one-term-induction", False),
    ],
)
def test_cohort_2025_has_its_own_evidence_types(
    api: Client, participant_type: str, declaration_type: str, evidence: str, accepted: bool
) -> None:
    person = api.untouched(participant_type=participant_type, **IN_2025)

    declared = declare(api, person, declaration_type, evidence_held=evidence)

    if accepted:
        assert (declared.status, declared.data["attributes"]["evidence_held"]) == (200, evidence)
    else:
        assert (declared.status, declared.errors) == (422, AVAILABLE)


def test_started_declaration_of_cohort_2025_needs_no_evidence(api: Client) -> None:
    assert declare(api, api.untouched(**IN_2025), "started").status == 200


def test_first_edition_accepts_only_former_evidence_types(former: Client) -> None:
    person = former.untouched(**IN_2025)

    refused = declare(former, person, "retained-1", evidence_held="materials-engaged-with-offline")

    assert (refused.status, refused.errors) == (422, AVAILABLE)
    assert declare(former, person, "retained-1", evidence_held="training-event-attended").status == 200


def test_earlier_cohorts_keep_former_evidence_types(api: Client) -> None:
    person = api.untouched(cohort="2023")
    window = api.sandbox.calendar.window("ecf-standard-september", 2023, "retained-1")
    assert window is not None
    retained = {"declaration_type": "retained-1", "declaration_date": f"{window.start}T10:00:00Z"}

    assert api.start(person, **retained, evidence_held="materials-engaged-with-offline").errors == AVAILABLE
    assert api.start(person, **retained, evidence_held="self-study-material-completed").status == 200


@pytest.mark.parametrize(
    ("edition", "reason", "known"),
    [
        ("2025-04", "switched-to-school-led", True),
        ("2025-04", "school-left-fip", False),
        ("2024-12", "switched-to-school-led", False),
        ("2024-12", "school-left-fip", True),
    ],
)
def test_switch_to_school_led_has_a_reason_of_the_edition(edition: str, reason: str, known: bool) -> None:
    for api in client(edition):
        person = api.untouched()
        api.start(person)

        withdrawn = api.act(person["id"], "withdraw", reason=reason, course_identifier="ecf-induction")

        if known:
            assert withdrawn.status == 200
            assert api.enrolment(person["id"])["withdrawal"]["reason"] == reason
        else:
            assert (withdrawn.status, withdrawn.errors) == (422, {"reason": REASON})


def test_schools_show_provider_led_or_school_led(api: Client, former: Client) -> None:
    def chosen(client: Client) -> set[str]:
        schools = client.get("schools/ecf", {"filter[cohort]": "2024", "page[per_page]": 3000}).data
        return {each["attributes"]["induction_programme_choice"] for each in schools}

    assert chosen(former) >= {"full_induction_programme", "core_induction_programme"}
    assert chosen(api) >= {"provider_led", "school_led"}
    assert not chosen(api) & {"full_induction_programme", "core_induction_programme", "school_funded_fip"}


def test_void_of_clawed_back_declaration_is_refused(api: Client) -> None:
    clawed_back = api.declarations(state="clawed-back")[0]

    refused = api.void(clawed_back["id"])

    assert refused.status == 422
    assert list(refused.errors.values()) == ["This declaration has been clawed-back, so you can only view it."]

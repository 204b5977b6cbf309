"""A second provider may see its own former participants, and no others."""

from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.records import Declaration, Participant
from lead_provider_conformance.fuzzing.stateful.observe import visible_to_second_provider
from lead_provider_conformance.fuzzing.stateful.steps import Action, Step
from lead_provider_conformance.fuzzing.stateful.unchanged import (
    changes_of_application,
    changes_of_declarations,
    changes_of_participant,
)

ACTIVE = {"participant_type": "ect", "status": "active", "training_status": "active"}
PARTICIPANT_ID = "9d2df96b-ae04-4bca-9f43-a27cc6475220"


def visible(*, status, listed, declarations=(), attributes=ACTIVE):
    resource = {"id": PARTICIPANT_ID, "attributes": attributes}
    api = SimpleNamespace(
        show_participant=lambda _: SimpleNamespace(status=status, resource=resource),
        declarations_about=lambda _: [SimpleNamespace(id=each) for each in declarations],
    )
    lists = SimpleNamespace(participant_ids={PARTICIPANT_ID} if listed else set())
    progress = SimpleNamespace(
        apis=SimpleNamespace(second_provider=api, second_provider_lists=lists),
        participant=SimpleNamespace(id=PARTICIPANT_ID),
        application=None,
        declared={"started": "ours"},
    )
    return list(visible_to_second_provider(progress))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"status": 404, "listed": False}, []),
        ({"status": 200, "listed": False}, ["another provider sees the participant"]),
        ({"status": 500, "listed": True}, ["another provider sees the participant"]),
        ({"status": 200, "listed": True, "declarations": ["theirs"]}, []),
        ({"status": 200, "listed": True, "declarations": ["ours"]}, ["another provider sees the declarations"]),
        ({"status": 404, "listed": False, "declarations": ["theirs"]}, ["another provider sees the declarations"]),
    ],
)
def test_participant_of_a_second_provider_before_the_journey_may_be_seen(options, expected):
    assert visible(**options) == expected


STEP = Step(Action.DEFER)
ENROLMENT = {"training_record_id": "a", "school_urn": "100000", "email": "one@school.example", "cohort": "2024"}
PERSON = {"full_name": "Ada Young", "updated_at": "2024-01-01T00:00:00Z"}
DECLARED = {"declaration_type": "started", "created_at": "2024-01-01T00:00:00Z", "state": "eligible"}


def participant(person=PERSON, enrolment=ENROLMENT):
    return Participant(PARTICIPANT_ID, person, enrolment)


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (participant(), []),
        (participant(PERSON | {"updated_at": "2024-01-02T00:00:00Z"}), []),
        (participant(PERSON | {"full_name": "Adam Young"}), []),
        (participant(enrolment=ENROLMENT | {"email": "two@school.example"}), []),
        (participant(enrolment=ENROLMENT | {"school_urn": "200000"}), ["school_urn"]),
        (participant(enrolment=ENROLMENT | {"cohort": "2025"}), ["cohort"]),
        (participant({}, {}), []),
    ],
)
def test_deferral_changes_neither_school_nor_schedule(now, changed):
    found = list(changes_of_participant(STEP, participant(), now))

    assert [each.split()[2] for each in found] == changed


def test_change_of_schedule_may_change_the_cohort_but_not_the_school():
    moved = participant(enrolment=ENROLMENT | {"cohort": "2025", "school_urn": "200000"})

    found = list(changes_of_participant(Step(Action.CHANGE_SCHEDULE), participant(), moved))

    assert found == ["change-schedule changed school_urn of the participant from '100000' to '200000'"]


def test_earlier_declaration_keeps_all_but_its_state():
    def declarations(**changed):
        return (Declaration("b", DECLARED | changed),)

    assert list(changes_of_declarations(STEP, declarations(), declarations(state="payable"))) == []
    assert list(changes_of_declarations(STEP, declarations(), ())) == []
    found = list(changes_of_declarations(STEP, declarations(), declarations(declaration_type="retained-1")))
    assert found == ["defer changed declaration_type of the declaration b from 'started' to 'retained-1'"]


def test_application_keeps_its_course():
    found = list(
        changes_of_application(STEP, {"course_identifier": "npq-senco"}, {"course_identifier": "npq-headship"})
    )

    assert len(found) == 1

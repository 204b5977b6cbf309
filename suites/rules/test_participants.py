"""Fields of every ECF participant in the list."""

from collections import defaultdict

import pytest

from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of


@pytest.fixture
def everybody(lists):
    """Each participant's enrolments, in the order of the list."""
    return [Participant.in_resource(each) for each in lists.at("ecf_participants").snapshot]


@verifies(
    "participants/mentor-id",
    "participants/mentor-funding",
    "participants/reason-by-status",
)
def test_fields_of_every_participant(api, everybody, check):
    enrolments = [each for enrolled in everybody for each in enrolled]
    if not enrolments:
        raise CouldNotRun("The provider has no participants.", "Give it some.")

    with check("participants/mentor-id"):
        for each in enrolments:
            mentor = each.enrolment.get("mentor_id")
            assert mentor is None if each.type == "mentor" else mentor != each.id, f"{each.id} has the mentor {mentor}."

    if check.applies("participants/mentor-funding"):
        with check("participants/mentor-funding"):
            for each in enrolments:
                if each.type == "ect":
                    assert each.enrolment.get("mentor_funding_end_date") is None
                    assert each.enrolment.get("mentor_ineligible_for_funding_reason") is None

        with check("participants/reason-by-status"):
            for each in enrolments:
                shown = {"withdrawn": bool(each.withdrawal), "deferred": bool(each.deferral)}
                expected = {status: each.training_status == status for status in shown}
                assert shown == expected, f"{each.id} is {each.training_status} and shows {shown}."


@verifies("participants/challenged-partnership")
def test_participants_of_a_challenged_partnership_are_not_listed(everybody, lists, states):
    states.inventory.require_fields("ecf_partnerships", "status", "cohort", "urn")
    # Read after the participants: another test may confirm a challenged partnership again, never the reverse.
    challenged = challenged_partners(states.inventory.fetch_partnerships())
    if not challenged:
        raise CouldNotRun("The provider has no challenged partnership.", "Let a school challenge one.")

    wrong = trained_in(challenged, everybody, states.inventory)
    if wrong:  # the school may have challenged the partnership since the participants were read
        now = [Participant.in_resource(each) for each in lists.at("ecf_participants").all()]
        inventory = states.inventory.reread()
        for each in (challenged, challenged_partners(inventory.fetch_partnerships())):
            wrong &= trained_in(each, now, inventory)
    participant, urn, cohort = min(wrong, default=("", "", ""))
    assert not wrong, f"{participant} is listed at school {urn} in cohort {cohort}, whose partnership is challenged."


def challenged_partners(partnerships):
    """Return the delivery partners of challenged partnerships, by URN and cohort, where no partnership is active."""
    partners_by_place = {"active": defaultdict(set), "challenged": defaultdict(set)}
    for each in (each["attributes"] for each in partnerships):
        if each.get("status") in partners_by_place:
            place = (str(each.get("urn")), str(each.get("cohort")))
            partners_by_place[each["status"]][place].add(each.get("delivery_partner_id"))
    active, challenged = partners_by_place.values()
    for place in active:
        challenged.pop(place, None)
    return challenged


def trained_in(challenged, everybody, inventory):
    """Return the id, URN and cohort of each active participant who trains in a challenged partnership."""
    # A participant may train at the school with another delivery partner, after a transfer.
    partners = {
        each.enrolment.get("training_record_id"): each.enrolment.get("delivery_partner_id")
        for each in (*inventory.participants, *inventory.with_several_enrolments)
    }
    found = set()
    for each in (each for enrolled in everybody for each in enrolled if each.status == "active"):
        place = (str(each.enrolment.get("school_urn")), str(each.cohort))
        if partners.get(each.enrolment.get("training_record_id")) in challenged.get(place, ()):
            found.add((each.id, *place))
    return found


@verifies("participants/both-records", "participants/both-records-listed")
def test_person_who_trains_as_teacher_and_mentor(states, lists, everybody, check):
    states.inventory.require_fields("ecf_participants", "participant_type")
    types = defaultdict(set)
    for each in states.inventory.with_several_enrolments:
        types[each.id].add(each.type)
    both = next((person for person, found in types.items() if {"ect", "mentor"} <= found), None)
    if both is None:
        raise CouldNotRun(
            "No participant trains as an early career teacher and as a mentor.", "Give the provider one who does."
        )
    found = [enrolled for enrolled in everybody if enrolled and enrolled[0].id == both]
    if {str(each.type) for enrolled in found for each in enrolled} != {"ect", "mentor"}:
        # The person may have become a mentor after this version was read, or have left since.
        now = map(Participant.in_resource, lists.at("ecf_participants").all())
        found = [enrolled for enrolled in now if enrolled and enrolled[0].id == both]

    with check("participants/both-records", "participants/both-records-listed"):
        # A person who has trained as a teacher twice has three records. Versions 1 and 2 list each of them.
        enrolments = [each for enrolled in found for each in enrolled]
        if check.applies("participants/both-records"):
            assert len(found) == 1, f"{both} is listed {len(found)} times."
        shown = sorted(str(each.type) for each in enrolments)
        assert {*shown} == {"ect", "mentor"}, f"`participant_type` is {shown} in the enrolments of {both}."
        training_records = {str(each.enrolment.get("training_record_id")) for each in enrolments}
        assert len(training_records) == len(enrolments), f"Two enrolments of {both} have the same training_record_id."


@verifies("declarations/both-records")
@uses_states("ect.and-mentor")
def test_both_courses_of_one_person_can_be_declared(api, states, calendar):
    ect = states.claim("ect.and-mentor")
    mentor = next((each for each in states.inventory.other_enrolments(ect) if each.type == "mentor"), None)
    if mentor is None:
        raise CouldNotRun(
            f"The list of participants shows {ect.id} without an enrolment as a mentor.",
            "Give the provider a participant who trains as a teacher and as a mentor, or list their id under states: "
            "ect.and-mentor.",
        )

    for each in (ect, mentor):
        assert api.declare(declaration_of(each, "started", calendar)).status == 200, each.course

    courses = {each.course for each in api.declarations_about(ect) if each.type == "started"}
    shown = ", ".join(sorted(map(str, courses)))
    assert courses == {"ecf-induction", "ecf-mentor"}, f"`course_identifier` is {shown} in the started declarations."

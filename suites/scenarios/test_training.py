"""Participants take a break, come back, and leave; and who may not."""

from dataclasses import replace

from lead_provider_conformance.api import utc
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID
from lead_provider_conformance.states.dates import declaration_of


def assert_listed_since(instant, participant, api):
    changed = api.every_page(api.participants, ("filter[updated_since]", utc(instant)))
    listed = {each["id"] for each in changed}
    assert participant.id in listed, f"filter[updated_since] {utc(instant)} lacks the participant who changed after it."


@verifies("withdrawal/needs-started-declaration", "withdrawal/refusal-changes-nothing")
def test_withdrawing_before_any_started_declaration_is_refused(api, states, check):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).resource

    refusal = api.withdraw(ect, reason="left-teaching-profession")
    with check("withdrawal/needs-started-declaration"):
        assert refusal.status == 422
        assert refusal.errors

    with check("withdrawal/refusal-changes-nothing"):
        if refusal.status == 422:
            assert api.show_participant(ect.id).resource == before


@verifies(
    "withdrawal/training-status",
    "withdrawal/persists",
    "withdrawal/once",
    "deferral/of-withdrawn",
    "withdrawal/backdated-declaration",
    "withdrawal/resumable",
    "training/updated-at",
    "training/updated-since",
)
def test_a_participant_withdraws_after_the_start(api, states, calendar, check):
    ect = states.claim("ect.started")
    before = api.show_participant(ect.id).server_time

    with check("withdrawal/training-status"):
        answer = api.withdraw(ect, reason="moved-school")
        assert answer.status == 200
        withdrawn = ect.found_in(answer)
        assert withdrawn.training_status == "withdrawn"
        assert withdrawn.withdrawal.get("reason") == "moved-school"
        assert withdrawn.withdrawal.get("date")

    with check("withdrawal/persists"):
        assert api.participant(ect).training_status == "withdrawn"

    with check("training/updated-at"):
        moved = api.participant(ect).updated_at
        assert moved >= before, f"updated_at is {moved}, from before the change at {before}."

    with check("training/updated-since"):
        assert_listed_since(before, ect, api)

    with check("withdrawal/once"):
        assert api.withdraw(ect).status == 422

    with check("deferral/of-withdrawn"):
        assert api.defer(ect).status == 422

    with check("withdrawal/backdated-declaration"):
        assert api.declare(declaration_of(ect, "retained-1", calendar)).status == 200

    with check("withdrawal/resumable"):
        assert api.resume(ect).status == 200
        assert api.participant(ect).training_status == "active"


@verifies(
    "deferral/training-status",
    "deferral/persists",
    "deferral/once",
    "declarations/while-deferred",
    "resumption/training-status",
    "resumption/of-active",
    "training/updated-at",
    "training/updated-since",
)
def test_a_participant_takes_a_break_and_comes_back(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    before = api.show_participant(ect.id).server_time

    with check("deferral/training-status"):
        answer = api.defer(ect, reason="parental-leave")
        assert answer.status == 200
        deferred = ect.found_in(answer)
        assert deferred.training_status == "deferred"
        assert deferred.deferral.get("reason") == "parental-leave"
        assert deferred.deferral.get("date")

    with check("deferral/persists"):
        assert api.participant(ect).training_status == "deferred"

    with check("training/updated-at"):
        moved = api.participant(ect).updated_at
        assert moved >= before, f"updated_at is {moved}, from before the change at {before}."

    with check("training/updated-since"):
        assert_listed_since(before, ect, api)

    with check("deferral/once"):
        assert api.defer(ect).status == 422

    with check("declarations/while-deferred"):
        assert api.declare(declaration_of(ect, "started", calendar)).status == 200

    with check("resumption/training-status"):
        answer = api.resume(ect)
        assert answer.status == 200
        resumed = api.participant(ect)
        assert resumed.training_status == "active"
        assert not resumed.deferral

    with check("resumption/of-active"):
        assert api.resume(ect).status == 422


@verifies("withdrawal/reason-known", "deferral/reason-known")
def test_an_action_for_an_unknown_reason_is_refused(api, states, check):
    ect = states.claim("ect.started")
    for_no_reason_we_know = {"reason": "gone-fishing", "course_identifier": ect.course}

    with check("withdrawal/reason-known"):
        assert api.act(ect, "withdraw", for_no_reason_we_know, deliberate="unknown reason").status == 422

    with check("deferral/reason-known"):
        assert api.act(ect, "defer", for_no_reason_we_know, deliberate="unknown reason").status == 422


@verifies("training/course-required")
def test_an_action_without_a_course_is_refused_and_changes_nothing(api, states):
    ect = states.claim("ect.started")
    before = api.show_participant(ect.id).resource

    for action, attributes in {"defer": {"reason": "other"}, "withdraw": {"reason": "other"}, "resume": {}}.items():
        assert api.act(ect, action, attributes, deliberate="no course_identifier").status == 422, action

    assert api.show_participant(ect.id).resource == before


@verifies("training/unknown-participant")
def test_an_action_on_a_participant_whom_nobody_has_is_refused(api, states):
    nobody = replace(states.look("ect.no-declarations"), id=NOBODYS_ID)

    assert api.defer(nobody).status == 422
    assert api.resume(nobody).status == 422
    assert api.withdraw(nobody).status == 422

"""Applications for an NPQ are accepted or rejected, with or without a funded place."""

import json
from datetime import timedelta

from lead_provider_conformance.api.records import Application, Declaration, Participant
from lead_provider_conformance.contract.values import UNKNOWN_ID, UNKNOWN_TO_WRITES
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.changes import just_before
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.derivations import acceptance_of
from lead_provider_conformance.testdata.predicates import COURSES_WITHOUT_OUTCOME
from lead_provider_conformance.testdata.refusals import prepared

ACCEPTABLE = ("application.uncapped", "application.funded")


def claim_acceptable(states, calendar):
    """Claim a pending application: to a cohort without a cap, or, in editions without one, to a capped cohort."""
    return states.claim(ACCEPTABLE[calendar.has_npq_funding])


def listed_since(instant, api):
    """The status of each application that filter[updated_since] shows; times are whole seconds."""
    changed = api.paginate(api.applications, just_before(instant))
    return {each["id"]: Application.of(each).status for each in changed}


def enrolment_of(application, api):
    participant = Participant(application.participant_id, {}, {"course_identifier": application.course})
    return api.participant(participant)


def place_shown(enrolment):
    """The funded place of an enrolment: version 1 has a list of them, and the others a member."""
    places = enrolment.attributes.get("funded_places")
    if not isinstance(places, list):
        return enrolment.enrolment.get("funded_place")
    courses = {str(each.get("npq_course")): each.get("funded_place") for each in places if isinstance(each, dict)}
    return courses.get(enrolment.course)


def assert_about(refusal, *attributes):
    titles = ", ".join(title for title, _ in refusal.errors)
    assert any(map(refusal.names, attributes)), f"The refusal names {titles or 'nothing'}, and not {attributes[-1]}."


def assert_about_the_application(refusal):
    """Check that a refusal names the application, in one of the words for it."""
    assert_about(refusal, "npq_application", "npq-application", "application", "status")


@verifies(
    "npq-applications/becomes-participant",
    "npq-applications/accepted",
    "npq-applications/accepted-without-body",
    "npq-applications/decision-persists",
    "npq-applications/updated-at",
    "npq-applications/accepted-once",
    "npq-applications/accepted-not-rejected",
    "npq-applications/refusal-says-what",
    "npq-withdrawal/needs-started-declaration",
    "npq-deferral/needs-declaration",
    "funded-place/only-where-capped",
)
@uses_states("application.uncapped", "application.funded")
def test_application_is_accepted(api, states, calendar, check):
    application = claim_acceptable(states, calendar)
    place = acceptance_of(application, calendar)
    before = states.last_change(api.application(application.id))
    early = api.show_participant(application.participant_id)

    response = api.accept(application, place)
    with check("npq-applications/accepted"):
        assert response.status == 200
        assert Application.of(response.resource).id == application.id
        assert Application.of(response.resource).status == "accepted"

    now = api.application(application.id)
    if place is None:
        with check("npq-applications/accepted-without-body"):
            assert response.status == 200
            assert now.funded_place is None
    else:
        check.not_applicable("npq-applications/accepted-without-body", "The places of this cohort are capped.")

    listed = listed_since(now.updated_at, api)
    with check("npq-applications/updated-at"):
        before.assert_moved_to(now.updated_at)
        assert application.id in listed, f"filter[updated_since] lacks the application, decided {now.updated_at}."

    with check("npq-applications/decision-persists"):
        assert now.status == "accepted"
        assert listed.get(application.id, "accepted") == "accepted"

    refusals = [api.accept(application, place)]
    with check("npq-applications/accepted-once"):
        assert refusals[0].status == 422

    if check.applies("npq-applications/accepted-not-rejected"):
        refusals.append(api.reject(application))
        with check("npq-applications/accepted-not-rejected"):
            assert refusals[1].status == 422
            assert api.application(application.id).status == "accepted"

    with check("npq-applications/refusal-says-what"):
        check.needs("npq-applications/accepted-once")
        check.needs("npq-applications/accepted-not-rejected")
        for refusal in refusals:
            assert_about_the_application(refusal)

    if place is None:
        with check("funded-place/only-where-capped"):
            assert api.change_funded_place(application, {"funded_place": True}).status == 422
    else:
        check.not_applicable("funded-place/only-where-capped", "The places of this cohort are capped.")

    trained = Participant(application.participant_id, {}, {"course_identifier": application.course})
    shown = api.show_participant(application.participant_id)
    with check("npq-applications/becomes-participant"):
        assert early.status == 404
        assert trained.in_response(shown).training_status in ("active", None)

    participant = trained.in_response(shown)
    withdrawal = api.withdraw(participant)
    still = api.participant(participant)
    with check("npq-withdrawal/needs-started-declaration"):
        assert withdrawal.status == 422
        assert still.enrolment == participant.enrolment

    with check("npq-deferral/needs-declaration"):
        assert api.defer(participant).status == 422
        assert api.participant(participant).enrolment == still.enrolment


@verifies(
    "npq-applications/rejected",
    "npq-applications/decision-persists",
    "npq-applications/updated-at",
    "npq-applications/rejected-once",
    "npq-applications/refusal-says-what",
    "npq-applications/rejected-not-accepted",
    "npq-applications/rejected-is-no-participant",
)
@uses_states("application.uncapped", "application.funded")
def test_application_is_rejected(api, states, calendar, check):
    application = claim_acceptable(states, calendar)
    before = states.last_change(api.application(application.id))

    response = api.reject(application)
    with check("npq-applications/rejected"):
        assert response.status == 200
        assert Application.of(response.resource).id == application.id
        assert Application.of(response.resource).status == "rejected"

    now = api.application(application.id)
    listed = listed_since(now.updated_at, api)
    with check("npq-applications/updated-at"):
        before.assert_moved_to(now.updated_at)
        assert application.id in listed, f"filter[updated_since] lacks the application, decided {now.updated_at}."

    with check("npq-applications/decision-persists"):
        assert now.status == "rejected"
        assert listed.get(application.id, "rejected") == "rejected"

    again = api.reject(application)
    with check("npq-applications/rejected-once"):
        assert again.status == 422

    with check("npq-applications/refusal-says-what"):
        check.needs("npq-applications/rejected-once")
        assert_about_the_application(again)

    with check("npq-applications/rejected-is-no-participant"):
        assert api.show_participant(application.participant_id).status == 404

    with check("npq-applications/rejected-not-accepted"):
        assert api.accept(application, acceptance_of(application, calendar)).status == 422
        assert api.application(application.id).status == "rejected"


@verifies(
    "funded-place/accepted-first",
    "npq-applications/funded-place-required",
    "npq-applications/refusal-says-what",
    "npq-applications/refusal-changes-nothing",
    "npq-applications/funded-place-recorded",
    "funded-place/true-or-false",
    "funded-place/changed",
    "funded-place/kept-while-declared",
)
@uses_states("application.capped")
def test_funded_place_is_given_and_removed(api, states, calendar, check):
    application = states.claim("application.capped")

    with check("funded-place/accepted-first"):
        assert api.change_funded_place(application, {"funded_place": True}).status == 422

    before = api.application(application.id)
    unsaid = api.accept(application)
    as_text = api.accept(application, {"funded_place": "true"}, deliberate="funded_place is a text")
    with check("npq-applications/funded-place-required"):
        assert unsaid.status == 422
        assert as_text.status == 422

    with check("npq-applications/refusal-says-what"):
        check.needs("npq-applications/funded-place-required")
        assert_about(unsaid, "funded_place")

    with check("npq-applications/refusal-changes-nothing"):
        check.needs("npq-applications/funded-place-required")
        assert api.application(application.id).attributes == before.attributes

    given = api.accept(application, {"funded_place": True})
    with check("npq-applications/funded-place-recorded"):
        assert Application.of(given.resource).funded_place is True
        assert place_shown(enrolment_of(application, api)) is True

    with check("funded-place/true-or-false"):
        for wrong in (None, "true"):
            refusal = api.change_funded_place(application, {"funded_place": wrong}, deliberate="no true or false")
            assert refusal.status == 422, repr(wrong)

    with check("funded-place/changed"):
        for place in (False, True):
            changed = api.change_funded_place(application, {"funded_place": place})
            assert changed.status == 200
            assert Application.of(changed.resource).funded_place is place
            assert api.application(application.id).funded_place is place

    if not check.applies("funded-place/kept-while-declared"):
        return
    start = declaration_of(states.participant_of(application), "started", calendar)
    started = Declaration.of(prepared(api.declare(start)).resource)
    with check("funded-place/kept-while-declared"):
        assert api.change_funded_place(application, {"funded_place": False}).status == 422
        api.void_or_skip(started.id)
        assert api.change_funded_place(application, {"funded_place": False}).status == 200


@verifies(
    "npq-applications/funded-place-needs-eligibility",
    "npq-applications/refusal-says-what",
    "npq-applications/refusal-changes-nothing",
    "funded-place/needs-eligibility",
)
@uses_states("application.not-eligible")
def test_funded_place_without_eligibility_is_refused(api, states, check):
    application = states.claim("application.not-eligible")
    before = api.application(application.id)

    refusal = api.accept(application, {"funded_place": True})
    with check("npq-applications/funded-place-needs-eligibility"):
        assert refusal.status == 422

    with check("npq-applications/refusal-says-what"):
        check.needs("npq-applications/funded-place-needs-eligibility")
        if not refusal.names("funded_place"):
            assert_about_the_application(refusal)

    with check("npq-applications/refusal-changes-nothing"):
        check.needs("npq-applications/funded-place-needs-eligibility")
        assert api.application(application.id).attributes == before.attributes

    accepted_without_place = Application.of(prepared(api.accept(application, {"funded_place": False})).resource)
    with check("npq-applications/funded-place-needs-eligibility"):
        assert accepted_without_place.status == "accepted"
        assert accepted_without_place.funded_place is False

    with check("funded-place/needs-eligibility"):
        assert api.change_funded_place(application, {"funded_place": True}).status == 422
        assert api.application(application.id).funded_place is False


@verifies("npq-applications/rivals-rejected")
@uses_states("application.contested")
def test_accepting_rejects_the_application_to_another_provider(api, other_api, states, calendar):
    application = states.claim("application.contested")
    applied_elsewhere = [
        each
        for each in map(Application.of, other_api.paginate(other_api.applications))
        if each.participant_id == application.participant_id and each.course == application.course
    ]

    assert applied_elsewhere, f"The other provider's list lacks the application of {application.participant_id}."

    place = acceptance_of(application, calendar) or {"funded_place": application.eligible}
    response = api.accept(application, place)

    assert response.status == 200
    for rival in applied_elsewhere:
        assert other_api.application(rival.id).status == "rejected"


@verifies("npq-applications/one-course-once", "npq-applications/previously-funded")
@uses_states("application.second")
def test_second_application_for_the_same_course_is_refused(api, states, check):
    application = states.look("application.second")
    applications = states.inventory.applications

    if check.applies("npq-applications/one-course-once"):
        with check("npq-applications/one-course-once"):
            assert api.accept(application, {"funded_place": False}).status == 422
            now = api.application(application.id).status  # somebody else may have rejected it
            assert now != "accepted", f"The application {application.id} was accepted though it was refused."

    funded = {(each.participant_id, each.course) for each in applications if was_funded(each)}
    again = [each for each in applications if each.status == "pending" and (each.participant_id, each.course) in funded]
    if not again:
        raise CouldNotRun(
            "No pending application is by a person whose accepted application for the same course was funded.",
            "Give the target such an application.",
        )
    with check("npq-applications/previously-funded"):
        for each in again:
            assert not each.eligible, f"The application {each.id} is eligible for funding."
            reason = each.attributes.get("ineligible_for_funding_reason")
            shown = f"The application {each.id} shows the `ineligible_for_funding_reason` {json.dumps(reason)}"
            assert reason == "previously-funded", f'{shown}; expected "previously-funded".'


def was_funded(application):
    """Return whether DfE funds the accepted application: behaviour NAPP-ELIGIBLE-PREVIOUSLY-FUNDED."""
    return application.status == "accepted" and application.eligible and application.funded_place is not False


@verifies("npq-applications/unknown-id")
def test_unknown_application_is_not_found(api):
    nobodys = Application(UNKNOWN_ID, {})

    assert api.send("GET", f"{api.applications}/{nobodys.id}").status == 404
    assert api.accept(nobodys, {"funded_place": True}).status in UNKNOWN_TO_WRITES
    assert api.reject(nobodys).status in UNKNOWN_TO_WRITES
    assert api.change_funded_place(nobodys, {"funded_place": True}).status in UNKNOWN_TO_WRITES


@verifies("npq-applications/reason-if-not-eligible")
def test_application_has_a_reason_if_not_eligible(states):
    for application in states.inventory.applications:
        reason = application.attributes.get("ineligible_for_funding_reason")
        shown = f"`eligible_for_funding` {json.dumps(application.eligible)} and the reason {json.dumps(reason)}"
        assert (reason is None) is application.eligible, f"The application {application.id} shows {shown}."


@verifies("npq-applications/schedule-when-accepted", "npq-applications/schedule-blank")
@uses_states("application.capped")
def test_accepted_application_has_the_usual_schedule(api, states, check):
    application = states.claim("application.capped")
    before = api.application(application.id)

    response = api.accept(application, {"funded_place": False, "schedule_identifier": ""}, deliberate="no schedule")
    with check("npq-applications/schedule-blank"):
        assert response.status == 200

    schedule = Application.of(response.resource).schedule
    with check("npq-applications/schedule-when-accepted"):
        assert schedule, "The accepted application shows no schedule."
        usual = application.course in COURSES_WITHOUT_OUTCOME or str(schedule).rpartition("-")[2] in usual_season(
            response.server_time
        )
        assert usual or schedule == before.schedule, f"The schedule is {schedule}, which is not the usual one today."


def usual_season(instant):
    """Return spring from 26 December to 2 April and autumn otherwise; both on days next to the change."""
    days = (instant - timedelta(days=1), instant + timedelta(days=1))
    return {
        "spring" if day.strftime("%m-%d") >= "12-26" or day.strftime("%m-%d") <= "04-02" else "autumn" for day in days
    }


@verifies(
    "npq-applications/schedule-fits-course",
    "npq-applications/unknown-members",
    "npq-applications/schedule-asked-for",
)
@uses_states("application.uncapped", "application.funded")
def test_application_is_accepted_for_a_schedule(api, states, calendar, check):
    application = claim_acceptable(states, calendar)
    place = acceptance_of(application, calendar) or {}
    of_course = [
        name
        for name in calendar.schedules
        if application.course in calendar.courses(name)
        and calendar.windows(name, application.cohort_year, application.cohort_suffix)
    ]
    of_another_kind = next(
        name
        for name in calendar.schedules
        if name.startswith("npq-") and application.course not in calendar.courses(name)
    )

    with check("npq-applications/schedule-fits-course"):
        assert api.accept(application, place | {"schedule_identifier": of_another_kind}).status == 422
        assert api.application(application.id).status == "pending"

    with check("npq-applications/unknown-members"):
        assert api.accept(application, {"timetable": "autumn"}, deliberate="no known attribute").status == 400

    asked_for = Application.of(api.accept(application, place | {"schedule_identifier": of_course[-1]}).resource)
    with check("npq-applications/schedule-asked-for"):
        assert asked_for.schedule == of_course[-1]
        assert enrolment_of(application, api).schedule == of_course[-1]

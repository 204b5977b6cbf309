"""An NPQ participant starts, is retained and completes; and what is refused on the way."""

from datetime import timedelta

from lead_provider_conformance.api.operations import format_time
from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.contract.values import UNKNOWN_ID
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import date_before_window, declaration_of, window_date

WILL_BE_PAID = ("eligible", "payable", "paid")


@verifies(
    "npq-declarations/started",
    "npq-declarations/funded-state",
    "npq-declarations/idempotent",
    "npq-declarations/readable",
    "npq-declarations/once-per-milestone",
    "npq-declarations/retained",
    "npq-declarations/no-evidence-needed",
    "npq-declarations/completed",
)
@uses_states("npq.no-declarations")
def test_an_npq_participant_starts_is_retained_and_completes(api, states, calendar, check):
    participant = states.claim("npq.no-declarations")
    start = declaration_of(participant, "started", calendar)

    first = api.declare(start)
    with check("npq-declarations/started"):
        assert first.status == 200
        started = Declaration.of(first.resource)
        assert started.participant_id == participant.id
        assert started.type == "started"
        assert started.course == participant.course
        assert started.date == window_date(participant, "started", calendar)

    started = Declaration.of(first.resource)
    with check("npq-declarations/funded-state"):
        assert (started.state in WILL_BE_PAID) is is_funded(participant), f"Its state is {started.state}."

    copy = api.declare(start)
    with check("npq-declarations/idempotent"):
        assert copy.status == 200
        assert copy.json == first.json
        assert [each.id for each in api.declarations_about(participant)] == [started.id]

    with check("npq-declarations/readable"):
        assert api.show_declaration(started.id).resource == first.resource
        listed = api.list_declarations(("filter[participant_id]", participant.id)).resources
        assert first.resource in listed, "The list does not hold the declaration as it was answered when submitted."

    with check("npq-declarations/once-per-milestone"):
        another_day = format_time(window_date(participant, "started", calendar, days_after_start=2))
        assert api.declare(start | {"declaration_date": another_day}).status == 422

    types = calendar.declaration_types(participant.schedule, participant.cohort_year)
    retained = [each for each in types if "retained" in each]
    responses = [api.declare(declaration_of(participant, milestone, calendar)) for milestone in retained]
    with check("npq-declarations/retained"):
        for milestone, response in zip(retained, responses, strict=True):
            assert response.status == 200, milestone
            assert Declaration.of(response.resource).type == milestone

    with check("npq-declarations/no-evidence-needed"):
        for response in responses:
            assert response.status == 200
            assert response.resource["attributes"].get("evidence_held") is None

    completed = api.declare(declaration_of(participant, "completed", calendar))
    with check("npq-declarations/completed"):
        assert completed.status == 200
        assert Declaration.of(completed.resource).type == "completed"
        assert completed.resource["attributes"].get("has_passed") is True
        assert {str(each.type) for each in api.declarations_about(participant)} == {"started", *retained, "completed"}


def is_funded(participant):
    enrolment = participant.enrolment
    return enrolment.get("eligible_for_funding") is True and enrolment.get("funded_place") is not False


@verifies("npq-declarations/outcome-not-asked-for")
@uses_states("npq.without-outcome")
def test_coaching_is_completed_without_an_outcome(api, states, calendar):
    participant = states.claim("npq.without-outcome")
    completion = declaration_of(participant, "completed", calendar)
    del completion["has_passed"]

    completed = api.declare(completion)

    assert completed.status == 200
    assert completed.resource["attributes"].get("has_passed") is None
    assert api.outcomes_of(participant) == ()


@verifies(
    "npq-declarations/before-window",
    "npq-declarations/future-date",
    "npq-declarations/date-format",
    "npq-declarations/type-on-schedule",
    "npq-declarations/course-of-participant",
    "npq-declarations/unknown-participant",
    "npq-declarations/outcome-required",
    "npq-declarations/refusal-names-attribute",
    "npq-declarations/refusal-records-nothing",
    "npq-declarations/at-window-start",
    "npq-declarations/no-window-end",
    "npq-declarations/has-passed-ignored",
)
@uses_states("npq.no-declarations")
def test_npq_declarations_that_are_refused(api, states, calendar, check):
    participant = states.claim("npq.no-declarations")
    good = declaration_of(participant, "started", calendar)
    now = api.show_participant(participant.id).server_time
    refusals = []
    not_refused = []

    def declare(about, value, deliberate=None, **more):
        response = api.declare(good | more | {about: value}, deliberate=deliberate)
        if response.status == 422:
            refusals.append((about, response))
        else:
            # One that was wrongly recorded must not stand in the way of the next.
            not_refused.append(response.resource["id"])
            api.void(not_refused[-1])
        return response

    with check("npq-declarations/before-window"):
        early = format_time(date_before_window(participant, "started", calendar))
        assert declare("declaration_date", early).status == 422

    with check("npq-declarations/future-date"):
        assert declare("declaration_date", format_time(now + timedelta(days=1))).status == 422

    with check("npq-declarations/date-format"):
        for wrong in (None, "2023-11-15", "2023-11-15 08:46:29", "2023-19-01T11:21:55Z"):
            assert declare("declaration_date", wrong, "no RFC 3339 time").status == 422, wrong

    with check("npq-declarations/type-on-schedule"):
        on_schedule = calendar.declaration_types(participant.schedule, participant.cohort_year)
        for wrong in ("retained-2", "retained-3", "begun", None):
            if wrong not in on_schedule:
                assert declare("declaration_type", wrong, "no type of the schedule").status == 422, wrong

    with check("npq-declarations/course-of-participant"):
        for wrong in (another_course(participant), "ecf-induction", None):
            assert declare("course_identifier", wrong, "no course of theirs").status == 422, wrong

    with check("npq-declarations/unknown-participant"):
        for wrong in (UNKNOWN_ID, None):
            assert declare("participant_id", wrong, "nobody").status == 422, wrong

    with check("npq-declarations/outcome-required"):
        for wrong in (None, "perhaps"):
            unsaid = declare("has_passed", wrong, "neither true nor false", declaration_type="completed")
            assert unsaid.status == 422, wrong

    with check("npq-declarations/refusal-names-attribute"):
        for about, refusal in refusals:
            assert refusal.names(about), about

    with check("npq-declarations/refusal-records-nothing"):
        from_refusals = {each.id for each in api.declarations_about(participant)} - set(not_refused)
        assert not from_refusals, f"There are declarations that were refused when submitted: {from_refusals}."
        assert not_refused or api.outcomes_of(participant) == ()

    with check("npq-declarations/at-window-start"):
        midnight = window_date(participant, "started", calendar, days_after_start=0).replace(hour=0)
        assert api.declare(good | {"declaration_date": format_time(midnight)}).status == 200

    for each in api.declarations_about(participant):
        if each.state != "voided":
            api.void_or_skip(each.id)
    recent = api.declare(
        good | {"declaration_date": format_time(now - timedelta(days=1)), "has_passed": True},
        deliberate="has_passed is idle",
    )
    with check("npq-declarations/no-window-end"):
        assert recent.status == 200

    with check("npq-declarations/has-passed-ignored"):
        assert recent.resource["attributes"].get("has_passed") is None


def another_course(participant):
    return "npq-headship" if participant.course != "npq-headship" else "npq-senco"

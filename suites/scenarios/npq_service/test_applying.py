"""Applications in the NPQ service: rejecting accepted ones, unfunded cohorts, and schedules of a cohort."""

from datetime import date, timedelta

from lead_provider_conformance.api.records import Application, Declaration
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.derivations import acceptance_of
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(since="2026-08")

NOT_OF_ANY_COHORT = "npq-aso-november"
COACHING = "npq-early-headship-coaching-offer"
# The usual season of leadership and specialist courses, by cohort; of cohort 2025 by day, with the last day.
USUAL_SEASON = {"2024a": "autumn", "2026a": "spring", "2026b": "autumn"}
SPRING_OF_2025 = (date(2024, 6, 28), date(2025, 6, 6))
AUTUMN_OF_2025 = (date(2025, 8, 1), date(2026, 4, 30))
USUAL_MONTH = {9: "november", 10: "november", 11: "november", 12: "december", 1: "december", 2: "december"}
USUAL_MONTH |= {3: "march", 4: "march", 5: "march", 6: "june", 7: "june", 8: "june"}
WORDS_FOR_APPLICATION = ("application", "npq_application", "npq-application")


def assert_about_the_application(refusal):
    titles = [title for title, _ in refusal.errors]
    assert any(map(refusal.names, WORDS_FOR_APPLICATION)), f"The errors have the titles {titles}."


def usual_seasons(cohort, day):
    """Return the usual seasons of leadership and specialist courses on a day and the days next to it."""
    return {_usual_season(str(cohort), day + timedelta(days=shift)) for shift in (-1, 0, 1)}


def _usual_season(cohort, day):
    if cohort in USUAL_SEASON:
        return USUAL_SEASON[cohort]
    if cohort.startswith("2025") and SPRING_OF_2025[0] <= day <= SPRING_OF_2025[1]:
        return "spring"
    if cohort.startswith("2025") and AUTUMN_OF_2025[0] <= day <= AUTUMN_OF_2025[1]:
        return "autumn"
    return "autumn" if (4, 3) <= (day.month, day.day) <= (12, 25) else "spring"


@verifies("npq-applications/rejected-after-acceptance", "npq-applications/rejected-is-no-participant")
@uses_states("application.funded")
def test_accepted_application_is_rejected(api, states, calendar, check):
    application = states.claim("application.funded")
    prepared(api.accept(application, acceptance_of(application, calendar)))

    rejection = api.reject(application)
    with check("npq-applications/rejected-after-acceptance"):
        assert rejection.status == 200
        assert Application.of(rejection.resource).id == application.id
        assert Application.of(rejection.resource).status == "rejected"
        assert api.application(application.id).status == "rejected"

    with check("npq-applications/rejected-is-no-participant"):
        check.needs("npq-applications/rejected-after-acceptance")
        assert api.show_participant(application.participant_id).status == 404


@verifies(
    "npq-applications/declared-not-rejected",
    "funded-place/unchanged-while-declared",
    "funded-place/refusal-title",
    "npq-applications/rejected-after-acceptance",
)
@uses_states("application.funded")
def test_application_with_a_declaration_keeps_its_place(api, states, calendar, check):
    application = states.claim("application.funded")
    early = api.change_funded_place(application, {"funded_place": True})
    prepared(api.accept(application, {"funded_place": True}))
    malformed = api.change_funded_place(application, {"funded_place": None}, deliberate="neither true nor false")
    start = declaration_of(api.participant(states.participant_of(application)), "started", calendar)
    started = Declaration.of(prepared(api.declare(start)).resource)

    with check("funded-place/unchanged-while-declared"):
        refusals = [api.change_funded_place(application, {"funded_place": place}) for place in (False, True)]
        for refusal in refusals:
            assert refusal.status == 422
        assert api.application(application.id).funded_place is True

    with check("funded-place/refusal-title"):
        check.needs("funded-place/unchanged-while-declared")
        for refusal in (early, *refusals):
            assert_about_the_application(refusal)
        assert malformed.names("funded_place")

    with check("npq-applications/declared-not-rejected"):
        rejection = api.reject(application)
        assert rejection.status == 422
        assert_about_the_application(rejection)
        assert api.application(application.id).status == "accepted"

    api.void_or_skip(started.id)
    with check("funded-place/unchanged-while-declared"):
        changed = api.change_funded_place(application, {"funded_place": False})
        assert changed.status == 200
        assert Application.of(changed.resource).funded_place is False

    with check("npq-applications/rejected-after-acceptance"):
        assert api.reject(application).status == 200, "after the declaration was voided"


@verifies("npq-applications/unfunded-cohort")
@uses_states("application.unfunded")
def test_application_to_an_unfunded_cohort_is_accepted_without_a_place(api, states):
    # No published sentence says which schedule of coaching an unfunded cohort has.
    application = states.claim("application.unfunded", where=lambda each: each.course != COACHING)

    for attributes in (None, {"funded_place": True}):
        refusal = api.accept(application, attributes)
        assert refusal.status == 422, attributes
        assert refusal.names("funded_place")
    assert api.application(application.id).status == "pending"

    accepted = api.accept(application, {"funded_place": False})
    assert accepted.status == 200
    assert Application.of(accepted.resource).status == "accepted"
    assert Application.of(accepted.resource).funded_place is False


@verifies("npq-applications/one-course-in-cohort")
@uses_states("application.second-in-cohort")
def test_second_application_for_the_same_course_and_cohort_is_refused(api, states, calendar):
    application = states.claim("application.second-in-cohort")
    if not trains_already(api, application):
        raise CouldNotRun(
            f"{application.participant_id} does not train for {application.course} in {application.cohort_name}.",
            "Give the target a pending application by a person who is in training for the same course and cohort.",
        )

    response = api.accept(application, acceptance_of(application, calendar))
    if response.status == 200 and not trains_already(api, application):
        raise CouldNotRun(f"The training of {application.participant_id} has changed meanwhile.", "Run again.")
    assert response.status == 422
    assert api.application(application.id).status == "pending"


def trains_already(api, application):
    """Return whether the person trains for the course and cohort of an application by another application."""
    enrolments = api.show_participant(application.participant_id).resource["attributes"].get("npq_enrolments")
    place = (application.course, str(application.cohort), application.cohort_suffix)
    return any(
        (each.get("course_identifier"), str(each.get("cohort")), each.get("cohort_suffix")) == place
        and each.get("training_status") != "withdrawn"
        and each.get("npq_application_id") != application.id
        for each in enrolments or ()
    )


@verifies(
    "npq-applications/schedule-of-cohort",
    "npq-applications/schedule-null",
    "npq-applications/usual-schedule",
)
@uses_states("application.funded")
def test_application_is_accepted_on_a_schedule_of_its_cohort(api, states, check):
    application = states.claim("application.funded")
    before = api.application(application.id)

    wrong = {"funded_place": True, "schedule_identifier": NOT_OF_ANY_COHORT}
    refusal = api.accept(application, wrong)
    with check("npq-applications/schedule-of-cohort"):
        assert refusal.status == 422
        assert refusal.names("schedule_identifier")
        assert api.application(application.id).status == "pending"

    accepted = api.accept(application, {"funded_place": True, "schedule_identifier": None})
    with check("npq-applications/schedule-null"):
        assert accepted.status == 200
        assert Application.of(accepted.resource).status == "accepted"

    with check("npq-applications/usual-schedule"):
        schedule = Application.of(accepted.resource).schedule
        assert schedule, "The accepted application shows no schedule."
        if before.schedule:
            raise CouldNotRun(
                f"The application had the schedule {before.schedule} before.", "Give the target one without a schedule."
            )
        seasons = usual_seasons(application.cohort_name, accepted.server_time.date())
        assert schedule.rpartition("-")[2] in seasons, f"The schedule is {schedule}, which is not the usual one."


@verifies("npq-applications/usual-schedule")
@uses_states("application.without-outcome")
def test_application_for_coaching_is_accepted_on_the_usual_schedule(api, states, calendar):
    application = states.claim("application.without-outcome", where=lambda each: each.course == COACHING)
    before = api.application(application.id)
    if application.cohort_name == "2026a" or before.schedule:
        raise CouldNotRun(
            "The cohort 2026a has one schedule for coaching, or the application had one before.",
            "Give the target a pending application for coaching to another cohort, without a schedule.",
        )

    accepted = prepared(api.accept(application, acceptance_of(application, calendar)))

    schedule = Application.of(accepted.resource).schedule
    days = (accepted.server_time + timedelta(days=shift) for shift in (-1, 1))
    months = {USUAL_MONTH[day.month] for day in days}
    if not date(application.cohort_year, 9, 1) <= accepted.server_time.date() < date(application.cohort_year + 1, 9, 1):
        months.add("june")  # the months may be those of the cohort's year
    assert str(schedule).removeprefix("npq-ehco-") in months, f"The schedule is {schedule}, not the usual one."


@verifies("npq-applications/accepted-without-body", "funded-place/only-where-capped")
@uses_states("application.fully-funded")
def test_application_to_a_cohort_without_a_cap_is_accepted_without_a_body(api, states, check):
    application = states.claim("application.fully-funded")

    accepted = api.accept(application)
    with check("npq-applications/accepted-without-body"):
        assert accepted.status == 200
        assert Application.of(accepted.resource).status == "accepted"
        assert Application.of(accepted.resource).funded_place is None

    with check("funded-place/only-where-capped"):
        check.needs("npq-applications/accepted-without-body")
        assert api.change_funded_place(application, {"funded_place": True}).status == 422

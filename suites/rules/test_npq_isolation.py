"""What one lead provider has of NPQ, another one neither sees nor changes."""

from lead_provider_conformance.api.records import NpqOutcome, Participant
from lead_provider_conformance.pytest_plugin.markers import uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of


@verifies(
    "npq-isolation/application-not-shown",
    "npq-isolation/application-not-listed",
    "npq-isolation/application-not-decided",
)
@uses_states("application.rejected")
def test_another_providers_application_is_neither_seen_nor_decided(api, other_api, states, lists, check):
    application = states.look("application.rejected")  # whose state is final: no other test changes it
    before = api.application(application.id)

    with check("npq-isolation/application-not-shown"):
        assert other_api.send("GET", f"{other_api.applications}/{application.id}").status == 404

    with check("npq-isolation/application-not-listed"):
        listed = {each["id"] for each in lists.at("npq-applications").as_provider(other_api).snapshot}
        assert application.id not in listed, f"Another provider's list holds the application {application.id}."

    with check("npq-isolation/application-not-decided"):
        assert other_api.accept(application, {"funded_place": False}).status == 404
        assert other_api.reject(application).status == 404
        assert other_api.change_funded_place(application, {"funded_place": False}).status == 404
        assert api.application(application.id) == before


@verifies(
    "npq-isolation/participant-not-shown",
    "npq-isolation/participant-not-actionable",
    "npq-isolation/participant-not-declarable",
    "npq-isolation/declaration-not-shown",
)
@uses_states("npq.started")
def test_another_providers_npq_participant_is_neither_seen_nor_changed(api, other_api, states, calendar, check):
    participant = states.claim("npq.started")
    shown = api.show_participant(participant.id)
    before = shown.resource
    declared = api.declarations_about(participant)

    with check("npq-isolation/participant-not-shown"):
        assert other_api.show_participant(participant.id).status == 404
        listed = {each["id"] for each in other_api.paginate(other_api.participants)}
        assert participant.id not in listed, f"Another provider's list holds the participant {participant.id}."

    # Each of these is asked for when it would be done for the participant's own provider.
    with check("npq-isolation/participant-not-actionable"):
        assert other_api.withdraw(participant).status == 422
        assert other_api.defer(participant).status == 422
        assert api.show_participant(participant.id).resource == before

    with check("npq-isolation/participant-not-declarable"):
        assert other_api.declare(declaration_of(participant, "retained-1", calendar)).status == 422
        assert api.declarations_about(participant) == declared

    with check("npq-isolation/declaration-not-shown"):
        assert declared, "The provider's list lacks the started declaration that it showed before."
        started = declared[0]
        assert other_api.show_declaration(started.id).status == 404
        assert not other_api.declarations_about(participant), "Another provider's list holds the declaration."
        assert other_api.void(started.id).status == 404
        assert api.declaration(started.id) == started

    with check("npq-isolation/participant-not-actionable"):
        if api.defer(participant).status == 200:
            assert other_api.resume(participant).status == 422
            assert api.resume(participant).status == 200, "A resumption was refused to another provider, and done."
        if declared and api.void(declared[0].id).status == 200:  # then nothing stands against another schedule
            for schedule in other_schedules(participant, calendar):
                assert other_api.change_schedule(participant, schedule).status == 422, schedule
            assert api.participant(participant).schedule == participant.in_response(shown).schedule


def other_schedules(participant, calendar):
    """Another schedule of the participant's course; two where it is not shown which one they are on."""
    of_course = [
        name
        for name in calendar.schedules
        if name != participant.schedule
        and participant.course in calendar.courses(name)
        and calendar.schedule(name, participant.cohort_year)
    ]
    return of_course[: 1 if participant.schedule else 2]


@verifies("npq-isolation/outcomes-not-shown")
def test_another_providers_outcomes_are_neither_seen_nor_reported(api, other_api):
    outcome = NpqOutcome.of(api.send("GET", api.outcomes).first)
    participant = Participant(str(outcome.participant_id), {}, {})
    failed = {"state": "failed", "completion_date": outcome.completion_day, "course_identifier": outcome.course}

    assert other_api.outcomes_of(participant) == ()
    everybodys = {each["id"] for each in other_api.paginate(other_api.outcomes)}
    assert outcome.id not in everybodys, f"Another provider's list holds the outcome {outcome.id}."
    assert other_api.report_outcome(participant, failed, deliberate="a stranger").status == 422

"""What one lead provider has of NPQ, another one neither sees nor changes."""

from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import Outcome, Participant
from lead_provider_conformance.states.dates import declaration_of


@verifies(
    "npq-isolation/application-not-shown",
    "npq-isolation/application-not-listed",
    "npq-isolation/application-not-decided",
)
def test_another_providers_application_is_neither_seen_nor_decided(api, other_api, states, check):
    application = states.look("application.rejected")  # whose state is final: no other test changes it
    before = api.application(application.id)

    with check("npq-isolation/application-not-shown"):
        assert other_api.send("GET", f"{other_api.applications}/{application.id}").status == 404

    with check("npq-isolation/application-not-listed"):
        listed = {each["id"] for each in other_api.every_page(other_api.applications)}
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
def test_another_providers_npq_participant_is_neither_seen_nor_changed(api, other_api, states, calendar, check):
    participant = states.claim("npq.started")
    before = api.show_participant(participant.id).resource
    declared = api.declarations_about(participant)

    with check("npq-isolation/participant-not-shown"):
        assert other_api.show_participant(participant.id).status == 404
        listed = {each["id"] for each in other_api.every_page(other_api.participants)}
        assert participant.id not in listed, f"Another provider's list holds the participant {participant.id}."

    with check("npq-isolation/participant-not-actionable"):
        schedules = [name for name in calendar.schedules if participant.course in calendar.courses(name)]
        change = {"schedule_identifier": schedules[-1], "course_identifier": participant.course}
        assert other_api.defer(participant).status == 422
        assert other_api.resume(participant).status == 422
        assert other_api.withdraw(participant).status == 422
        assert other_api.act(participant, "change-schedule", change).status == 422
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


@verifies("npq-isolation/outcomes-not-shown")
def test_another_providers_outcomes_are_neither_seen_nor_reported(api, other_api):
    outcome = Outcome.of(api.send("GET", api.outcomes).first)
    participant = Participant(str(outcome.participant_id), {}, {})
    failed = {"state": "failed", "completion_date": outcome.completion_day, "course_identifier": outcome.course}

    assert other_api.outcomes_of(participant) == ()
    everybodys = {each["id"] for each in other_api.every_page(other_api.outcomes)}
    assert outcome.id not in everybodys, f"Another provider's list holds the outcome {outcome.id}."
    assert other_api.report_outcome(participant, failed, deliberate="a stranger").status == 422

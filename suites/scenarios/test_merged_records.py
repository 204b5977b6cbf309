"""Participants whose records were merged: they have a present id, and former ones."""

from dataclasses import replace

from lead_provider_conformance.api.records import Declaration
from lead_provider_conformance.model import CouldNotRun
from lead_provider_conformance.pytest_plugin.markers import in_editions, one_more_situation, uses_states, verifies
from lead_provider_conformance.testdata.dates import declaration_of
from lead_provider_conformance.testdata.refusals import prepared

pytestmark = in_editions(until="2026-08")
FIELD = "participant_id_changes"
ATTEMPTS = 2
"""How often the requests are repeated before their refusals are said to differ."""


def former_ids(participant):
    changes = participant.attributes.get(FIELD)
    return [each.get("from_participant_id") for each in changes or () if isinstance(each, dict)]


@verifies("participants/former-id-accepted")
@uses_states()
def test_action_by_a_former_id_is_refused_for_the_same_reason_only(api, states):
    states.inventory.require_fields(f"{api.programme}_participants", FIELD)
    participant = next((each for each in states.inventory.participants if any(former_ids(each))), None)
    if participant is None:
        raise CouldNotRun(
            "No participant has been known by another id.",
            "Give the target a participant whose participant_id_changes name a former id.",
        )

    former_id = former_ids(participant)[0]

    def refusal_of(participant_id):
        # Without a reason, the request does not change the participant.
        attributes = {"course_identifier": participant.course}
        response = api.put_action(replace(participant, id=participant_id), "defer", attributes, "no reason")
        return response.status, response.errors

    latest = refusal_of(participant.id)
    for participant_id in (former_id, *(participant.id, former_id) * ATTEMPTS):
        before, latest = latest, refusal_of(participant_id)
        if latest == before:  # else another test may have changed the participant between the two requests
            break
    assert latest == before, f"A deferral without a reason gets {latest} by a former id, and {before} otherwise."


@one_more_situation()
@verifies("declarations/started")
@uses_states("ect.no-declarations")
def test_declaration_shows_the_present_id_of_its_participant(api, states, calendar):
    participant = states.claim("ect.no-declarations", where=lambda each: any(former_ids(each)))

    started = prepared(api.declare(declaration_of(participant, "started", calendar)))

    assert Declaration.of(started.resource).participant_id == participant.id
    listed = {each.id: each.participant_id for each in api.declarations_about(participant)}
    assert listed.get(started.resource["id"]) == participant.id, (
        f"The list of the declarations about {participant.id} has the participants {listed}."
    )

"""What one lead provider has, another one neither sees nor changes."""

import pytest

from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import Declaration, Participant
from lead_provider_conformance.states.dates import declaration_of

FORMER = {"left", "leaving", "withdrawn"}
CANDIDATES = 5


@pytest.fixture
def ours(api, other_api, states):
    """A participant of the provider under test whom the other one does not know from earlier training."""
    for _ in range(CANDIDATES):
        ect = states.claim("ect.no-declarations")
        seen = other_api.show_participant(ect.id)
        if seen.status != 200 or not any(
            each.enrolment.get("participant_status") in FORMER for each in Participant.in_resource(seen.resource)
        ):
            return ect
    return ect


@verifies("isolation/participant-not-shown", "isolation/participant-not-listed")
def test_another_providers_participant_is_not_seen(other_api, ours, check):
    with check("isolation/participant-not-shown"):
        assert other_api.show_participant(ours.id).status == 404

    with check("isolation/participant-not-listed"):
        listed = other_api.every_page(other_api.participants)
        assert ours.id not in {each["id"] for each in listed}, f"Another provider's list holds {ours.id}."


@verifies("isolation/participant-not-declarable")
def test_another_providers_participant_is_not_declared(api, other_api, ours, calendar):
    refusal = other_api.declare(declaration_of(ours, "started", calendar))

    assert refusal.status == 422
    assert api.declarations_about(ours) == ()


@verifies("isolation/participant-not-actionable")
def test_another_providers_participant_is_not_changed(api, other_api, ours):
    before = api.show_participant(ours.id).resource

    assert other_api.defer(ours).status == 422
    assert other_api.resume(ours).status == 422
    assert other_api.withdraw(ours).status == 422

    assert api.show_participant(ours.id).resource == before


@verifies("isolation/declaration-not-shown", "isolation/declaration-not-voidable")
def test_another_providers_declaration_is_neither_seen_nor_voided(api, other_api, ours, calendar, check):
    started = Declaration.of(api.declare(declaration_of(ours, "started", calendar)).resource)

    with check("isolation/declaration-not-shown"):
        assert other_api.show_declaration(started.id).status == 404
        listed = {each.id for each in other_api.declarations_about(ours)}
        assert started.id not in listed, f"Another provider's list holds the declaration {started.id}."

    with check("isolation/declaration-not-voidable"):
        assert other_api.void(started.id).status == 404
        assert api.declaration(started.id) == started

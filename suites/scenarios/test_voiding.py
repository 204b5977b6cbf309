"""A declaration that was submitted in error is voided, and may be submitted again."""

from lead_provider_conformance.api import utc
from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID, Declaration
from lead_provider_conformance.states.dates import declaration_of


@verifies("void/state", "void/persists", "void/updated-at", "void/once", "void/declare-again")
def test_a_declaration_is_voided_and_declared_again(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    start = declaration_of(ect, "started", calendar)
    started = Declaration.of(api.declare(start).resource)
    before = api.show_declaration(started.id).server_time

    answer = api.void(started.id)
    with check("void/state"):
        assert answer.status == 200
        assert Declaration.of(answer.resource).id == started.id
        assert Declaration.of(answer.resource).state == "voided"

    with check("void/persists"):
        assert api.declaration(started.id).state == "voided"
        assert [(each.id, each.state) for each in api.declarations_about(ect)] == [(started.id, "voided")]

    with check("void/updated-at"):
        moved = api.declaration(started.id).updated_at
        assert moved >= before, f"updated_at is {moved}, from before the declaration was voided at {before}."

    with check("void/once"):
        assert api.void(started.id).status == 422

    again = api.declare(start)
    with check("void/declare-again"):
        assert again.status == 200
        assert Declaration.of(again.resource).id != started.id
        assert Declaration.of(again.resource).state != "voided"


@verifies("void/updated-at")
def test_voiding_a_declaration_of_long_ago_moves_its_updated_at(api, states):
    ect = states.claim("ect.started")
    live = [each for each in api.declarations_about(ect) if each.type == "started" and each.state != "voided"]
    assert live, "The provider's list lacks the started declaration that it showed before."
    started = live[0]
    before = api.show_declaration(started.id).server_time

    api.void(started.id)

    moved = api.declaration(started.id).updated_at
    assert moved >= before, f"updated_at is {moved}, from before the declaration was voided at {before}."
    changed = api.every_page(api.declarations, ("filter[updated_since]", utc(before)))
    assert started.id in {each["id"] for each in changed}, (
        f"filter[updated_since] {before} lacks the voided declaration."
    )


@verifies("void/unknown-id")
def test_voiding_a_declaration_that_nobody_has(api):
    assert api.void(NOBODYS_ID).status == 404

"""A declaration that was submitted in error is voided, and may be submitted again."""

from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import Declaration
from lead_provider_conformance.states.dates import declaration_of

UNKNOWN = "5e9f4d0c-7c5b-4f3e-9d55-0c9a4a0d1b11"


@verifies("void/state", "void/persists", "void/updated-at", "void/once", "void/declare-again")
def test_a_declaration_is_voided_and_declared_again(api, states, calendar, check):
    ect = states.claim("ect.no-declarations")
    start = declaration_of(ect, "started", calendar)
    started = Declaration.of(api.declare(start).resource)
    before = api.show_declaration(started.id).server_time

    with check("void/state"):
        answer = api.void(started.id)
        assert answer.status == 200
        assert Declaration.of(answer.resource).id == started.id
        assert Declaration.of(answer.resource).state == "voided"

    with check("void/persists"):
        assert api.declaration(started.id).state == "voided"
        assert [(each.id, each.state) for each in api.declarations_about(ect)] == [(started.id, "voided")]

    with check("void/updated-at"):
        assert api.declaration(started.id).updated_at >= before

    with check("void/once"):
        assert api.void(started.id).status == 422

    with check("void/declare-again"):
        again = api.declare(start)
        assert again.status == 200
        assert Declaration.of(again.resource).id != started.id
        assert Declaration.of(again.resource).state != "voided"


@verifies("void/updated-at")
def test_voiding_a_declaration_of_long_ago_moves_its_updated_at(api, states):
    ect = states.claim("ect.started")
    [started] = [each for each in api.declarations_about(ect) if each.type == "started" and each.state != "voided"]
    before = api.show_declaration(started.id).server_time

    api.void(started.id)

    assert api.declaration(started.id).updated_at >= before
    changed = api.list_declarations(("filter[updated_since]", before.strftime("%Y-%m-%dT%H:%M:%SZ")))
    assert started.id in changed.ids


@verifies("void/unknown-id")
def test_voiding_a_declaration_that_nobody_has(api):
    assert api.void(UNKNOWN).status == 404

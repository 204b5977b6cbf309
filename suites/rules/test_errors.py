"""Requests that are wrong as a whole, and records that are not there."""

from lead_provider_conformance.plugin import verifies
from lead_provider_conformance.records import NOBODYS_ID
from lead_provider_conformance.states.dates import declaration_of


@verifies("participants/unknown-id", "declarations/unknown-id")
def test_records_that_nobody_has(api, check):
    with check("participants/unknown-id"):
        assert api.show_participant(NOBODYS_ID).status == 404

    with check("declarations/unknown-id"):
        assert api.show_declaration(NOBODYS_ID).status == 404


@verifies("participants/malformed-id")
def test_an_id_that_is_none(api):
    assert api.show_participant("not-a-uuid", deliberate="no UUID").status == 404


@verifies("errors/missing-data")
def test_a_write_without_data(api):
    path = api.declarations
    for body in ({}, {"data": None}, {"data": {}}):
        assert api.send("POST", path, body=body, deliberate="no data").status == 400, body


@verifies("errors/malformed-json")
def test_a_body_that_is_not_json(api):
    path = api.declarations
    assert api.send("POST", path, raw=b'{"data":', deliberate="no JSON").status == 400


@verifies("errors/unknown-attribute")
def test_an_attribute_that_the_contract_does_not_know(api, states, calendar):
    ect = states.claim("ect.no-declarations")
    declaration = declaration_of(ect, "started", calendar)

    assert api.declare(declaration | {"favourite_colour": "green"}, deliberate="unknown attribute").status == 200


@verifies("errors/unknown-path")
def test_a_path_that_the_api_does_not_have(api):
    assert api.send("GET", api.path("no-such-thing"), deliberate="unknown path").status == 404

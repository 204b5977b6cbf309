"""Links of responses, with the ids of the response."""

import json

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.links import links_of
from lead_provider_conformance.http import IncompleteResponse, Response

CONTRACT = Contract.load("v3")
ID, OTHER_ID = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"


def response(method, path, data, status=200):
    return Response("e", method, path, status, {}, json.dumps({"data": data}).encode())


def paths(found):
    return {name: (link.operation.method, link.path) for name, link in links_of(found, CONTRACT).items()}


def test_linked_path_has_the_id_of_the_response():
    declared = response("POST", "/api/v3/participant-declarations", {"id": ID, "attributes": {}})
    assert paths(declared) == {
        "Show": ("GET", f"/api/v3/participant-declarations/{ID}"),
        "Void": ("PUT", f"/api/v3/participant-declarations/{ID}/void"),
    }


def test_list_links_to_its_first_record_and_the_records_it_refers_to():
    listed = response(
        "GET", "/api/v3/participant-declarations", [{"id": ID, "attributes": {"participant_id": OTHER_ID}}]
    )
    assert paths(listed)["ShowFirst"] == ("GET", f"/api/v3/participant-declarations/{ID}")
    assert paths(listed)["ShowItsEcfParticipant"] == ("GET", f"/api/v3/participants/ecf/{OTHER_ID}")


@pytest.mark.parametrize("data", [[], [{"attributes": None}], "none", None, [7]])
def test_response_without_ids_has_no_links(data):
    assert paths(response("GET", "/api/v3/participant-declarations", data)) == {}


@pytest.mark.parametrize(("path", "status"), [("/api/v3/statements", 401), ("/nowhere", 200)])
def test_status_or_path_without_links_has_none(path, status):
    assert paths(response("GET", path, [{"id": ID}], status)) == {}


def test_response_that_is_not_json_raises_incomplete_response():
    with pytest.raises(IncompleteResponse):
        links_of(Response("e", "GET", "/api/v3/statements", 200, {}, b"<html>"), CONTRACT)

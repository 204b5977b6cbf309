"""Links of answers, with what the answers hold."""

import json

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.fuzzing.links import links_of
from lead_provider_conformance.http import IncompleteResponse, Response

CONTRACT = Contract.load("v3")
ID, SOMEBODY = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"


def response(method, path, data, status=200):
    return Response("e", method, path, status, {}, json.dumps({"data": data}).encode())


def paths(found):
    return {name: (link.operation.method, link.path) for name, link in links_of(found, CONTRACT).items()}


def test_the_id_of_what_follows_comes_from_the_answer():
    declared = response("POST", "/api/v3/participant-declarations", {"id": ID, "attributes": {}})
    assert paths(declared) == {
        "Show": ("GET", f"/api/v3/participant-declarations/{ID}"),
        "Void": ("PUT", f"/api/v3/participant-declarations/{ID}/void"),
    }


def test_a_list_leads_to_its_first_record_and_to_what_that_names():
    listed = response(
        "GET", "/api/v3/participant-declarations", [{"id": ID, "attributes": {"participant_id": SOMEBODY}}]
    )
    assert paths(listed)["ShowFirst"] == ("GET", f"/api/v3/participant-declarations/{ID}")
    assert paths(listed)["ShowItsEcfParticipant"] == ("GET", f"/api/v3/participants/ecf/{SOMEBODY}")


@pytest.mark.parametrize("data", [[], [{"attributes": None}], "none", None, [7]])
def test_what_an_answer_lacks_leads_nowhere(data):
    assert paths(response("GET", "/api/v3/participant-declarations", data)) == {}


@pytest.mark.parametrize(("path", "status"), [("/api/v3/statements", 401), ("/nowhere", 200)])
def test_an_answer_without_links(path, status):
    assert paths(response("GET", path, [{"id": ID}], status)) == {}


def test_an_answer_that_is_not_json():
    with pytest.raises(IncompleteResponse):
        links_of(Response("e", "GET", "/api/v3/statements", 200, {}, b"<html>"), CONTRACT)

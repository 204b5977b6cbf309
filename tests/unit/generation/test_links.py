"""Links of answers, with what the answers hold."""

import json

import pytest

from lead_provider_conformance.contract import Contract
from lead_provider_conformance.generation.links import links_of
from lead_provider_conformance.http import Answer, MissingFromAnswer

CONTRACT = Contract.load("v3")
ID, SOMEBODY = "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11", "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b12"


def answer(method, path, data, status=200):
    return Answer("e", method, path, status, {}, json.dumps({"data": data}).encode())


def paths(found):
    return {name: (link.operation.method, link.path) for name, link in links_of(found, CONTRACT).items()}


def test_the_id_of_what_follows_comes_from_the_answer():
    declared = answer("POST", "/api/v3/participant-declarations", {"id": ID, "attributes": {}})
    assert paths(declared) == {
        "Show": ("GET", f"/api/v3/participant-declarations/{ID}"),
        "Void": ("PUT", f"/api/v3/participant-declarations/{ID}/void"),
    }


def test_a_list_leads_to_its_first_record_and_to_what_that_names():
    listed = answer("GET", "/api/v3/participant-declarations", [{"id": ID, "attributes": {"participant_id": SOMEBODY}}])
    assert paths(listed)["ShowFirst"] == ("GET", f"/api/v3/participant-declarations/{ID}")
    assert paths(listed)["ShowItsEcfParticipant"] == ("GET", f"/api/v3/participants/ecf/{SOMEBODY}")


@pytest.mark.parametrize("data", [[], [{"attributes": None}], "none", None, [7]])
def test_what_an_answer_lacks_leads_nowhere(data):
    assert paths(answer("GET", "/api/v3/participant-declarations", data)) == {}


@pytest.mark.parametrize(("path", "status"), [("/api/v3/statements", 401), ("/nowhere", 200)])
def test_an_answer_without_links(path, status):
    assert paths(answer("GET", path, [{"id": ID}], status)) == {}


def test_an_answer_that_is_not_json():
    with pytest.raises(MissingFromAnswer):
        links_of(Answer("e", "GET", "/api/v3/statements", 200, {}, b"<html>"), CONTRACT)

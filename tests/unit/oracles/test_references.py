"""Records that others name, and that a list lacks."""

import json

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import Response
from lead_provider_conformance.oracles.lists import Listing, ListOperation
from lead_provider_conformance.oracles.references import lacking, named

CONTRACT = Contract.load("v3")
A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
DECLARATIONS = [{"id": "declared", "attributes": {"participant_id": each}} for each in (A, B)]


def participant(record_id, status="active"):
    return {"id": record_id, "attributes": {"ecf_enrolments": [{"participant_status": status}]}}


class Client:
    """Knows the contract."""

    contract = CONTRACT


class Served(Api):
    """An API with one list, and the records that it shows on their own."""

    version = "v3"
    client = Client()

    def __init__(self, listed, alone):
        self.listed = listed
        self.alone = {each["id"]: each for each in alone}
        self.asked = []

    def send(self, method, path, **_):
        self.asked.append(path)
        name = path.rpartition("/")[2]
        data = self.listed if name == "ecf" else self.alone.get(name)
        return Response("x1", method, path, 200 if data is not None else 404, {}, json.dumps({"data": data}).encode())


class Own:
    """What the other lists showed."""

    version = "v3"

    def resources(self, path):
        return DECLARATIONS if path == "/api/v3/participant-declarations" else ()


def looked_for(api, listed=()):
    about = next(each for each in ListOperation.of(CONTRACT) if each.operation.id == "list_ecf_participants")
    listing = Listing(api, about)
    return lacking(listing, listed, named(listing, Own()))


def test_who_is_named_and_shown_has_to_be_listed():
    assert looked_for(Served([participant(A)], [participant(A), participant(B)]), [participant(A)]) == B
    assert looked_for(Served([], [participant(A)])) == A


def test_all_that_are_named_are_listed_and_nothing_is_asked():
    api = Served([], [])
    assert looked_for(api, [participant(A), participant(B)]) is None
    assert api.asked == []


@pytest.mark.parametrize("alone", [[], [participant(A, "left"), participant(B, "withdrawn")]])
def test_who_is_not_shown_or_trained_no_more_need_not_be_listed(alone):
    assert looked_for(Served([], alone)) is None


def test_who_has_been_listed_since_is_not_lacking():
    assert looked_for(Served([participant(A), participant(B)], [participant(A), participant(B)])) is None


def test_of_a_list_whose_records_nobody_names_nothing_is_told():
    about = {each.operation.id: each for each in ListOperation.of(CONTRACT)}
    api = Served([], [participant(A)])
    assert named(Listing(api, about["list_ecf_partnerships"]), Own()) == ()
    assert named(Listing(api, about["list_ecf_participants"]), Own()) == (A, B)

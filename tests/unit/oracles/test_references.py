"""Records that other records refer to, but that a list lacks."""

import json

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import Response
from lead_provider_conformance.oracles.lists import Listing, ListOperation
from lead_provider_conformance.oracles.references import missing_record, referenced_ids

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
        self.requested = []

    def send(self, method, path, **_):
        self.requested.append(path)
        name = path.rpartition("/")[2]
        data = self.listed if name == "ecf" else self.alone.get(name)
        return Response("x1", method, path, 200 if data is not None else 404, {}, json.dumps({"data": data}).encode())


class OtherLists:
    """The lists that refer to the records."""

    version = "v3"

    def resources(self, path):
        return DECLARATIONS if path == "/api/v3/participant-declarations" else ()


def find_missing(api, listed=()):
    about = next(each for each in ListOperation.of(CONTRACT) if each.operation.id == "list_ecf_participants")
    listing = Listing(api, about)
    return missing_record(listing, listed, referenced_ids(listing, OtherLists()))


def test_record_that_is_referenced_and_shown_must_be_listed():
    assert find_missing(Served([participant(A)], [participant(A), participant(B)]), [participant(A)]) == B
    assert find_missing(Served([], [participant(A)])) == A


def test_nothing_is_requested_if_every_reference_is_listed():
    api = Served([], [])
    assert find_missing(api, [participant(A), participant(B)]) is None
    assert api.requested == []


@pytest.mark.parametrize("alone", [[], [participant(A, "left"), participant(B, "withdrawn")]])
def test_record_that_is_not_shown_or_left_need_not_be_listed(alone):
    assert find_missing(Served([], alone)) is None


def test_record_that_has_gone_before_the_list_is_read_again_is_not_missing():
    class Leaving(Served):
        def send(self, method, path, **options):
            response = super().send(method, path, **options)
            if path.endswith("/ecf"):
                self.alone.clear()
            return response

    assert find_missing(Leaving([], [participant(A)])) is None


def test_record_listed_since_is_not_missing():
    assert find_missing(Served([participant(A), participant(B)], [participant(A), participant(B)])) is None


def test_list_without_references_has_no_referenced_ids():
    about = {each.operation.id: each for each in ListOperation.of(CONTRACT)}
    api = Served([], [participant(A)])
    assert referenced_ids(Listing(api, about["list_ecf_partnerships"]), OtherLists()) == ()
    assert referenced_ids(Listing(api, about["list_ecf_participants"]), OtherLists()) == (A, B)

"""A list of records, served page by page from memory."""

import json
from types import SimpleNamespace

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import Response
from lead_provider_conformance.oracles.lists import Listing, ListOperation


class ServedFromMemory(Api):
    """An API with one list, which records the requests in `requests`.

    `records` may be a function of the query. With `page_size`, every page has that size.
    """

    def __init__(self, records, page_size=None):
        self.records = records
        self.page_size = page_size
        self.requests = []
        self.client = SimpleNamespace(latest_exchange="x1")

    @property
    def version(self):
        return "v3"

    def send(self, method, path, **what):
        query = dict(what.get("query", ()))
        self.requests.append((path, query))
        records = self.records(query) if callable(self.records) else self.records
        size = self.page_size or int(query.get("page[per_page]", 100))
        number = int(query.get("page[page]", 1))
        data = records[(number - 1) * size : number * size]
        return Response("x1", method, path, 200, {}, json.dumps({"data": data}).encode())


def record(record_id, /, **attributes):
    """A resource with these attributes."""
    return {"id": record_id, "type": "thing", "attributes": attributes}


@pytest.fixture
def serve():
    """The list of statements, holding these records."""

    def listing(records, *, name="statements", query=(), page_size=None):
        operation = next(each for each in ListOperation.of(Contract.load("v3")) if each.name == name)
        return Listing(ServedFromMemory(records, page_size), operation, query)

    return listing


@pytest.fixture(name="record")
def _record():
    return record

"""A list of records, served page by page from memory."""

import json

import pytest

from lead_provider_conformance.api import Api
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http import Answer
from lead_provider_conformance.lists import Listing, ListOperation


class ServedFromMemory(Api):
    """An API with one list. `records` may be replaced by a function of the query, and `asked` is what was asked for."""

    def __init__(self, records):
        self.records = records
        self.asked = []

    @property
    def version(self):
        return "v3"

    def send(self, method, path, **what):
        query = dict(what.get("query", ()))
        self.asked.append((path, query))
        records = self.records(query) if callable(self.records) else self.records
        size, number = int(query.get("page[per_page]", 100)), int(query.get("page[page]", 1))
        data = records[(number - 1) * size : number * size]
        return Answer("x1", method, path, 200, {}, json.dumps({"data": data}).encode())


def record(record_id, /, **attributes):
    """A resource with these attributes."""
    return {"id": record_id, "type": "thing", "attributes": attributes}


@pytest.fixture
def serve():
    """The list of statements, holding these records."""

    def listing(records, *, name="statements", always=()):
        about = next(each for each in ListOperation.of(Contract.load("v3")) if each.name == name)
        return Listing(ServedFromMemory(records), about, always)

    return listing


@pytest.fixture(name="record")
def _record():
    return record

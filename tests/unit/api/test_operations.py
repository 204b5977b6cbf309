"""The API reads lists whole, however many records they hold."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from lead_provider_conformance.api.operations import Api
from lead_provider_conformance.api.records import Participant
from lead_provider_conformance.contract import Contract
from lead_provider_conformance.http.credential import NO_CREDENTIAL
from lead_provider_conformance.model import Scope

DECLARATIONS = [{"id": str(UUID(int=number)), "attributes": {}} for number in range(1, 2502)]


class Client:
    """A server that lists DECLARATIONS, at most 1,000 on a page and 100 by default."""

    scope = Scope("v3", "ecf")
    contract = Contract.of("2024-12", scope)

    def __init__(self) -> None:
        self.queries: list[dict[str, str]] = []

    def send(self, _method: str, _path: str, *, query: Any = (), **_: Any) -> SimpleNamespace:
        self.queries.append(dict(query))
        page, size = (
            int(self.queries[-1].get(f"page[{name}]", other)) for name, other in (("page", 1), ("per_page", 100))
        )
        size = min(size, 1_000)
        return SimpleNamespace(resources=tuple(DECLARATIONS[(page - 1) * size : page * size]))


def test_declarations_about_a_participant_are_those_of_all_pages() -> None:
    client: Any = Client()

    found = Api(client, NO_CREDENTIAL).declarations_about(Participant("a-participant", {}, {}))

    assert [each.id for each in found] == [each["id"] for each in DECLARATIONS]
    assert {each["filter[participant_id]"] for each in client.queries} == {"a-participant"}


@pytest.mark.parametrize(
    ("edition", "types"),
    [("2025-04", ["ecf-partnership", "ecf-partnership-update"]), ("2026-08", ["partnership", "partnership"])],
)
def test_type_of_a_partnership_in_each_edition(edition: str, types: list[str]) -> None:
    sent: list[str] = []

    def send(*_: Any, body: Any, **__: Any) -> None:
        sent.append(body["data"]["type"])

    scope = Scope("v3", "ecf")
    client: Any = SimpleNamespace(scope=scope, contract=Contract.of(edition, scope), send=send)
    api = Api(client, NO_CREDENTIAL)

    api.confirm_partnership({})
    api.change_partnership("an-id", {})

    assert sent == types

"""Clients generated from `contract bundle --for clients` read every list, and write once with every operation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.clients.generators import DOCUMENTS, GENERATORS, HERE, NODE_TOOLS, PYTHON_TOOLS, GeneratedClient, run
from tests.clients.journeys import all_of, write_everything
from tests.selftest.processes import FIRST_TOKEN, ROOT
from tests.selftest.servers import Proxy, Request, Response, serve

from lead_provider_conformance.contract.operation import resolve

Start = Callable[[str, str, str], GeneratedClient]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.]\d+)?(Z|[+]00:00)")
VALUES = {
    "cohort": "2024",
    "updated_since": "2024-10-01T00:00:00Z",
    "created_since": "2024-10-01T00:00:00Z",
    "training_status": "active",
    "type": "ecf",
    "from_participant_id": "8f2a4c1e-55d0-4b0f-9c65-0d3a7f0a7b11",
}
"""Values of filters that the first record of a list does not have."""


@dataclass(frozen=True)
class Service:
    """A generated client and the server that it is for."""

    client: GeneratedClient
    address: str

    def sent(self, operation: str, path: dict[str, str], query: dict[str, Any]) -> Any:
        """Return the body that the server sends for a query."""
        template = self.client.operations[operation][1]
        headers = {"Authorization": f"Bearer {FIRST_TOKEN}"}
        response = requests.get(self.address + template.format(**path), params=query, headers=headers, timeout=30)
        response.raise_for_status()
        return response.json()

    def comparable(self, operation: str, body: Any) -> Any:
        """Return a body of an operation as every client writes it."""
        response = resolve(self.client.document, self.client.operations[operation][3]["responses"]["200"])
        schema = response["content"]["application/json"]["schema"]
        return declared(self.client.document, schema, body)


@pytest.fixture(scope="module", params=GENERATORS)
def generator(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module", params=DOCUMENTS)
def service(request: pytest.FixtureRequest, generator: str, addresses: dict[str, str], start: Start) -> Service:
    address = addresses[request.param]
    return Service(start(request.param, generator, address), address)


def declared(document: dict[str, Any], schema: dict[str, Any], value: Any) -> Any:
    """Return a JSON value with the members that its schema has: some clients drop others.

    Timestamps are times, because clients write them in forms of their own.
    """
    parts = [resolve(document, each) for each in (schema, *resolve(document, schema).get("allOf", ()))]
    properties = {name: each for part in parts for name, each in part.get("properties", {}).items()}
    if isinstance(value, dict):
        return {name: declared(document, properties[name], each) for name, each in value.items() if name in properties}
    if isinstance(value, list):
        return [declared(document, parts[0]["items"], each) for each in value]
    return datetime.fromisoformat(value) if isinstance(value, str) and MOMENT.fullmatch(value) else value


def queries(client: GeneratedClient, operation: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the queries of a list: two pages, a sorted one, and one for each filter."""
    names = client.parameters(operation, "query")
    always = {name: VALUES["cohort"] for name, each in names.items() if each.get("required")}
    filters = [name[len("filter[") : -1] for name in names if name.startswith("filter[")]
    found = {name: VALUES.get(name) or str(record["attributes"].get(name, record["id"])) for name in filters}
    pages = [{"page[page]": page, "page[per_page]": 2} for page in (1, 2)] if "page[page]" in names else [{}]
    sorts = [{"sort": "-updated_at"}] if "sort" in names else []
    filtered = [{f"filter[{name}]": value} for name, value in found.items()]
    return [{**always, **each} for each in (*pages, *sorts, *filtered)]


def participant_with_outcomes(client: GeneratedClient) -> str:
    """Return the id of an NPQ participant whom the provider trains, with an outcome."""
    participants = {each["id"] for each in all_of(client, "list_npq_participants")}
    outcomes = all_of(client, "list_npq_outcomes")
    return next(each for each in (one["attributes"]["participant_id"] for one in outcomes) if each in participants)


def test_every_list_is_read_as_the_server_sends_it(service: Service) -> None:
    client = service.client
    for operation in (each for each in client.operations if each.startswith("list_")):
        path = {name: participant_with_outcomes(client) for name in client.parameters(operation, "path")}
        required = {n: VALUES["cohort"] for n, e in client.parameters(operation, "query").items() if e.get("required")}
        record = service.sent(operation, path, required)["data"][0]
        for query in queries(client, operation, record):
            reply = client.call(operation, *path.values(), query=query)
            assert reply.status == 200
            sent = service.sent(operation, path, query)
            assert service.comparable(operation, reply.body) == service.comparable(operation, sent), query


def test_every_operation_that_writes_succeeds(service: Service) -> None:
    replies = write_everything(service.client)

    assert {name: reply.status for name, reply in replies.items()} == {
        name: 200 for name, (method, *_) in service.client.operations.items() if method != "get"
    }


def with_news(_: Request, response: Response) -> Response:
    """Add a member and an unknown value to every record of a response, as a later release may."""
    body = json.loads(response.body)
    for record in body["data"]:
        record["attributes"] |= {"new_member": {"new": [1]}, "state": "new-state", "course_identifier": "new-course"}
    return replace(response, body=json.dumps(body).encode())


def test_new_members_and_values_are_read(generator: str, addresses: dict[str, str], start: Start) -> None:
    with serve(Proxy(addresses["original"], change=with_news)) as address:
        client = start("original", generator, address)
        records = client.call("list_participant_declarations", query={"page[per_page]": 2}).data

    assert [each["attributes"]["state"] for each in records] == ["new-state"] * 2
    assert [each["attributes"]["course_identifier"] for each in records] == ["new-course"] * 2


def examples(language: str) -> list[str]:
    """Return the code in a language on the page about clients."""
    page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("position", range(2))
def test_python_of_the_docs_prints_participants(generated: Path, addresses: dict[str, str], position: int) -> None:
    code = examples("python")[position]
    for old, new in (("http://127.0.0.1:8100", addresses["original"]), ("ambition-sandbox-token-1", FIRST_TOKEN)):
        assert old in code
        code = code.replace(old, new)

    printed = run(PYTHON_TOOLS / "python", "-c", code, cwd=generated / "original" / list(GENERATORS)[position])

    assert len(printed.splitlines()) > 1


@pytest.mark.parametrize("name", DOCUMENTS)
def test_typescript_of_a_client_compiles(generated: Path, name: str) -> None:
    folder = generated / name / "openapi-typescript"
    sources = {"client.ts": (HERE / "typescript" / f"{name}.ts").read_text(encoding="utf-8")}
    if name == "original":
        sources["docs.ts"] = examples("typescript")[0]
    for file, text in sources.items():
        (folder / file).write_text(text, encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (folder / "node_modules").symlink_to(NODE_TOOLS, target_is_directory=True)
    options = ("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext")

    run("node", NODE_TOOLS / "typescript/bin/tsc", *options, "--moduleResolution", "bundler", *sources, cwd=folder)
